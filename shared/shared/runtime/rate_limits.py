"""How many requests a credential may send: a bucket of tokens each, in this process's memory.

Several instances of a service allow as many times as much: the limit keeps one client from starving the
others, and is no quota to be billed by. What is left goes into the IETF's RateLimit header fields.
"""

import math
import time
from dataclasses import dataclass
from typing import NamedTuple

FIELD, POLICY = b"ratelimit", b"ratelimit-policy"


class Limit(NamedTuple):
    """`requests` in any `seconds`; the bucket fills evenly again."""

    requests: int
    seconds: int


DEFAULT = Limit(10_000, 5)
"""What a credential without a limit of its own may send: a client at full speed stays below it."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Left(NamedTuple):
    """What is left after a request. `wait`: whole seconds until another one is taken, 0 when it is now."""

    limit: Limit
    requests: int
    wait: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`RateLimit` and `RateLimit-Policy`."""
        full = math.ceil((self.limit.requests - self.requests) * self.limit.seconds / self.limit.requests)
        return [
            (FIELD, f'"default";r={self.requests};t={full}'.encode()),
            (POLICY, f'"default";q={self.limit.requests};w={self.limit.seconds}'.encode()),
        ]


class RateLimits:
    """The buckets of all credentials of a process; as many as there are credentials, so never swept."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def take(self, credential: str, limit: Limit, now: float | None = None) -> Left:
        """Take one request's token at `now` (monotonic seconds); `wait` tells when there is none."""
        now = time.monotonic() if now is None else now
        bucket = self._buckets.get(credential)
        if bucket is None:
            bucket = self._buckets[credential] = _Bucket(limit.requests, now)
        per_second = limit.requests / limit.seconds
        bucket.left = min(limit.requests, bucket.left + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.left < 1:
            return Left(limit, 0, max(1, math.ceil((1 - bucket.left) / per_second)))
        bucket.left -= 1
        return Left(limit, int(bucket.left), 0)
