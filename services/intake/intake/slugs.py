"""How customers and contracts are named, and which time zones there are."""

import re
from functools import cache
from zoneinfo import available_timezones

SLUG = r"^[a-z][a-z0-9-]{0,62}$"
"""Small letters, digits and hyphens: an id that goes into paths, topics and files as it is."""
_SLUG = re.compile(SLUG)


_NOWHERE = frozenset({"localtime", "Factory"})
"""What zone databases list beside the zones: one machine's own, another on the next; and none at all."""


def is_slug(text: str) -> bool:
    """Whether `text` may be an id."""
    return _SLUG.fullmatch(text) is not None


def known_zone(name: str) -> bool:
    """Whether clocks can go by `name`."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOWHERE
