"""The published language: every event that leaves a service, and how it looks on the wire."""
