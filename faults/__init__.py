"""Fault tests: real processes are killed, frozen and cut off under load, and what they leave is judged."""
