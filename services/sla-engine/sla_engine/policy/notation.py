"""How durations and opening hours are written in a policy file."""

import re

from sla_engine.domain.days import Hours
from sla_engine.domain.instants import HOUR, MINUTE, SECOND
from sla_engine.domain.policy import Duration, Form
from sla_engine.policy.faults import Misread

DURATION = (
    r"^(?:[1-9][0-9]{0,5} (?:(?:support|elapsed) (?:hour|minute|second)s?|(?:working|next open) days?)"
    r"|same day)$"
)
HOURS = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"

_UNITS = {"hour": HOUR, "minute": MINUTE, "second": SECOND}
_DAYS = {"working": Form.WORKING_DAYS, "next open": Form.NEXT_OPEN_DAYS}
_TIMES = {"support": Form.SUPPORT_TIME, "elapsed": Form.ELAPSED_TIME}
# A hundred days of time; more reaches further than anybody plans opening hours.
_LONGEST = 2400 * HOUR
_MOST_DAYS = 250
_BOUNDS = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_DURATIONS = (
    "write as in `4 support hours`, `8 elapsed hours`, `2 working days`, `1 next open day`, `same day`"
)


def duration(text: str) -> Duration:
    """What `4 support hours` means. Raises Misread."""
    if re.fullmatch(DURATION, text) is None:
        raise Misread(f"`{text}` is no duration", _DURATIONS)
    if text == "same day":
        return Duration(Form.SAME_DAY)
    number, words = text.split(" ", 1)
    reckoned, unit = words.rsplit(" ", 1)
    if reckoned in _DAYS:
        if int(number) > _MOST_DAYS:
            raise Misread(f"`{text}` is longer than {_MOST_DAYS} days", "a shorter time")
        return Duration(_DAYS[reckoned], int(number))
    amount = int(number) * _UNITS[unit.removesuffix("s")]
    if amount > _LONGEST:
        raise Misread(f"`{text}` is longer than {_LONGEST // HOUR} hours", "a shorter time, or working days")
    return Duration(_TIMES[reckoned], amount)


def hours(text: str) -> Hours:
    """What `08:00-17:00` means. Raises Misread."""
    found = _BOUNDS.fullmatch(text)
    if found is None:
        raise Misread(f"`{text}` are no opening hours", "write as in `08:00-17:00`, in quotes")
    opens, closes = (_minutes(found[n], found[n + 1]) for n in (1, 3))
    if opens >= closes:
        raise Misread(
            f"`{text}` does not begin before it ends", "hours past midnight are two days' hours: end at 24:00"
        )
    if re.fullmatch(HOURS, text) is None:
        raise Misread(f"`{text}` is not written in full", f"write `{Hours(opens, closes)}`")
    return Hours(opens, closes)


def _minutes(hour: str, minute: str) -> int:
    if int(minute) > 59 or int(hour) * 60 + int(minute) > 24 * 60:
        raise Misread(f"no clock shows {hour}:{minute}", "00:00 to 23:59, or 24:00 for the end of the day")
    return int(hour) * 60 + int(minute)
