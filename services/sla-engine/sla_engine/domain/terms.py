"""What a ticket's deadlines are reckoned by."""

import msgspec

from sla_engine.domain.calendar import Calendar
from sla_engine.domain.policy import Policy


class Terms(msgspec.Struct, frozen=True):
    """A policy with its calendar; all three versions are written into a deadline's first event."""

    policy: Policy
    calendar: Calendar
    tzdata_version: str
