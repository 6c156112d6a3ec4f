"""Requests that nobody thought of, made from the services' own documents by Schemathesis."""
