"""Instants as integers: microseconds since 1970 in UTC.

Deadlines are sums and comparisons of instants; integers make them exact (a ticket registered at …59.999999
keeps its last microsecond) and several times cheaper than `datetime`. Only the edges convert.
"""

from datetime import UTC, datetime, timedelta

Micros = int

SECOND: Micros = 1_000_000
MINUTE: Micros = 60 * SECOND
HOUR: Micros = 3600 * SECOND
DAY: Micros = 86_400 * SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(instant: datetime) -> Micros:
    """The aware `instant` in microseconds since the epoch. Raises TypeError for a naive one."""
    since = instant - EPOCH
    return since.days * DAY + since.seconds * SECOND + since.microseconds


def from_micros(micros: Micros) -> datetime:
    """The instant as an aware UTC datetime."""
    return EPOCH + timedelta(microseconds=micros)


def up_to_second(micros: Micros) -> Micros:
    """`micros`, or the next whole second when it lies between two (R13 rounds warnings up)."""
    return -(-micros // SECOND) * SECOND
