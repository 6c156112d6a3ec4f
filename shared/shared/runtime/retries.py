"""The headers by which a write may be repeated, or done only while nobody else was first."""

import hashlib
from typing import Annotated

from fastapi import Header, Request
from pydantic import StringConstraints

from shared.eventstore.idempotency import Key
from shared.runtime.auth import Principal

IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key"), StringConstraints(min_length=1, max_length=255)
]
IfMatch = Annotated[str | None, Header(alias="If-Match")]


def scoped_key(who: Principal, request: Request, key: str | None, body: str, **ids: object) -> Key | None:
    """`key` within the caller's credential, method and path, with the hash of the `body` as it was read.

    `ids` fill the path of the route: one spelling of them, so that a key holds however the client writes it.
    """
    if key is None:
        return None
    path: str = request.scope["route"].path
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", str(value))
    return Key(who.id, request.method, path, key, hashlib.sha256(body.encode()).digest())
