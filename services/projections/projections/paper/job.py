"""What the process that prints is given, and what bounds it; both sides import it."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from projections.paper.words import Language

SECONDS: Final = 60
"""For which one record may be set; the longest that is printed takes half of it."""
MEMORY: Final = 512 << 20
"""Bytes that setting one record may take."""
CANNOT_PRINT: Final = 3
"""The exit status that says that something must be installed; stderr then says what."""


class Printed(NamedTuple):
    """When and for whom, and whether what is internal is in it."""

    at: datetime
    to: str
    internal: bool


class Job(msgspec.Struct, frozen=True):
    """What is printed, and how."""

    record: dict[str, Any]
    language: Language
    printed: Printed
