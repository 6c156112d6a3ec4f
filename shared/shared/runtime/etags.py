"""Versions as entity tags: `ETag: "7"` out, `If-Match: "7"` in (RFC 9110 §8.8.3, §13.1.1)."""

import re

from shared.errors import Stale
from shared.runtime.refusals import Malformed

_TAG = re.compile(r'"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)


def etag(version: int) -> str:
    """The entity tag of a stream's version."""
    return f'"{version}"'


def parse_if_match(value: str | None) -> int | None:
    """The version that the caller wants to change; None without a condition (absent, or `*`).

    Raises Malformed (400) for weak, unquoted or several tags, and Stale (412) for a tag that was never ours.
    """
    if value is None or value.strip() == "*":
        return None
    found = _TAG.fullmatch(value.strip())
    if found is None:
        raise Malformed(
            "invalid-if-match",
            'If-Match takes one strong tag as the ETag header gave it, such as "7", or *.',
            "/If-Match",
        )
    if not _VERSION.fullmatch(found[1]):
        raise Stale("version-stale", "If-Match names no version of this resource; read it again and retry.")
    return int(found[1])
