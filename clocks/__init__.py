"""Every clock of a ticket against one that is wound by hand.

`terms`, `walker` and `ticket` know nothing of the engine: they are written from the support terms, minute by
minute. `judging` lets the engine's own deciders live the same lives.
"""
