"""A service's own truth: its streams of events in PostgreSQL, and the outbox that goes with them."""
