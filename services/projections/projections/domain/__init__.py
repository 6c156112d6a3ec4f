"""Pure: what an event means to each read model. No clock, no I/O."""
