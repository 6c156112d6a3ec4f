"""JSON out: orjson, instants as the contract writes them, and never a naive time."""

from datetime import date, datetime, time
from typing import Any

import msgspec
import orjson
from pydantic import BaseModel
from starlette.responses import Response

from shared.events.codec import instant


class JsonResponse(Response):
    """Takes plain data, pydantic models and msgspec structs. Raises when a time in it lacks its zone."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body."""
        return dumps(content)


def dumps(content: Any) -> bytes:
    """`content` as JSON."""
    return orjson.dumps(content, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return instant(value)
        case date() | time():
            return value.isoformat()
        case BaseModel():
            return value.model_dump(mode="json", by_alias=True)
        case msgspec.Struct():
            return msgspec.structs.asdict(value)
        case set() | frozenset() | tuple():
            return list(value)
        case _:
            raise TypeError(f"no JSON for {type(value).__name__}")
