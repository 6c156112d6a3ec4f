"""What the clocks go by: deviations of opening hours (topic `policy-events`)."""

import msgspec

from shared.events.people import Actor


class OpeningInterval(msgspec.Struct, frozen=True, kw_only=True):
    """Local times of day, `HH:MM`; half-open, `24:00` is the day's end."""

    opens: str
    closes: str


class DeviationAnnounced(msgspec.Struct, frozen=True, kw_only=True):
    """On the local `date` (`YYYY-MM-DD`) the policy's calendar has these hours; none is closed (R4).

    A later announcement for the same date replaces it. `calendar_version` holds from then on.
    """

    policy: str
    date: str
    intervals: tuple[OpeningInterval, ...]
    reason: str
    calendar_version: str
    by: Actor


PolicyEvent = DeviationAnnounced
