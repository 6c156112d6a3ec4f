"""How urgent a ticket is."""

from typing import Literal

Priority = Literal["P1", "P2", "P3", "P4"]
