"""Time zones by the names of the zone database that the engine reckons by."""

import zoneinfo
from difflib import get_close_matches

from sla_engine.policy.faults import Misread

# What a machine has set up for itself, and what says that nobody has.
_NOWHERE = {"Factory", "localtime", "posixrules"}


def zone(name: str) -> str:
    """`name`, when there is such a zone. Raises Misread."""
    known = zoneinfo.available_timezones() - _NOWHERE
    if name in known:
        return name
    # People know the place: Stockholm, Europe/Stokholm.
    by_place = {each.rsplit("/", 1)[-1].lower(): each for each in sorted(known)}
    meant = get_close_matches(name, known, n=1, cutoff=0.8) or [
        by_place[place] for place in get_close_matches(name.rsplit("/", 1)[-1].lower(), by_place, n=1)
    ]
    raise Misread(
        f"there is no time zone `{name}`",
        f"did you mean `{meant[0]}`?" if meant else "IANA's name, such as `Europe/Stockholm`",
    )
