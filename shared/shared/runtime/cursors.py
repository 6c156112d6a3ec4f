"""Lists in pages: opaque cursors, `{items, next_cursor}` and `Link: rel="next"`."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from pydantic import BaseModel
from starlette.requests import Request

from shared.errors import Rejected
from shared.runtime.responses import JsonResponse

T = TypeVar("T")
Version = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""A stream's version, or a count, in a cursor: bounded as the database's integers are."""


class Page(BaseModel, Generic[T]):
    """One page; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None


def encode_cursor(*parts: str | int | None) -> str:
    """An opaque cursor of the sort key where the next page begins. It is not secret, and grants nothing."""
    data = msgspec.json.encode(parts)
    return urlsafe_b64encode(_checksum(data) + data).rstrip(b"=").decode()


def decode_cursor(cursor: str, kind: type[T]) -> T:
    """The parts of `cursor` as `kind`, such as `tuple[UUID, int]`. Raises Rejected for any other text."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        if raw[:4] == _checksum(raw[4:]) and b"\\u0000" not in raw:
            return msgspec.json.decode(raw[4:], type=kind)
    except (ValueError, msgspec.MsgspecError):
        # Falls through to the one answer for every cursor that is not ours.
        pass
    raise Rejected(
        "invalid-cursor", "Give the cursor exactly as next_cursor had it, or leave it out.", "/cursor"
    )


def page_response(request: Request, items: Sequence[Any], next_cursor: str | None) -> JsonResponse:
    """The page as a response. The link is relative (`?…`), so it holds behind any path prefix."""
    response = JsonResponse({"items": items, "next_cursor": next_cursor})
    if next_cursor is not None:
        query = [(k, v) for k, v in parse_qsl(request.url.query, keep_blank_values=True) if k != "cursor"]
        response.headers["Link"] = f'<?{urlencode([*query, ("cursor", next_cursor)])}>; rel="next"'
    return response


def _checksum(data: bytes) -> bytes:
    return binascii.crc32(data).to_bytes(4, "big")
