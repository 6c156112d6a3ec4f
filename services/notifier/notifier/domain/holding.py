"""What may wait: the quiet hours of those who work by day. Bursts are folded by the ledger, which sees both.

A P1's matters, confirmations, clocks and alerts never wait.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from notifier.domain.notice import Notice
from notifier.domain.ticket import MOST_URGENT, Ticket
from shared.events.notification import Recipient

_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class QuietHours(NamedTuple):
    """Local times of day, half-open; `begins` later than `ends` spans midnight."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> "QuietHours":
        """From `22:00-06:00`. Raises ValueError."""
        found = _SPAN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no span of local time such as 22:00-06:00")
        hours = [int(part) for part in found.groups()]
        begins, ends = time(hours[0], hours[1]), time(hours[2], hours[3])
        if begins == ends:
            raise ValueError(f"{text!r} is no span: it begins when it ends")
        return cls(begins, ends)

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The instant at which the quiet that `now` falls into ends, None when it is not quiet."""
        local = now.astimezone(zone)
        at = local.time()
        over_midnight = self.begins > self.ends
        quiet = (at >= self.begins or at < self.ends) if over_midnight else self.begins <= at < self.ends
        if not quiet:
            return None
        day = local.date() + timedelta(days=1 if over_midnight and at >= self.begins else 0)
        return datetime.combine(day, self.ends, zone).astimezone(now.tzinfo)


Quiet = Mapping[Recipient, QuietHours]


def is_urgent(notice: Notice, ticket: Ticket) -> bool:
    """Whether it is told at once, alone and at any hour."""
    return notice.urgent or ticket.priority == MOST_URGENT


def quiet_until(notice: Notice, ticket: Ticket, now: datetime, quiet: Quiet) -> datetime | None:
    """Until when the recipient's night keeps the notice back, None when it may go."""
    hours = quiet.get(notice.recipient)
    if hours is None or is_urgent(notice, ticket):
        return None
    return hours.until(now, ZoneInfo(ticket.timezone))
