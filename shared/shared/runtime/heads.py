"""The head of a request: what it says of the trace and the body, and what no route could take as it stands.

A route that read a compressed body, or one in another charset, as if it were neither would store noise; and
of a header that must be one, sent twice, nobody can say which was meant.
"""

from typing import NamedTuple

from starlette.responses import Response
from starlette.types import Scope

from shared.runtime import problems

ONCE = {
    b"idempotency-key": "Idempotency-Key",
    b"if-match": "If-Match",
    b"content-type": "Content-Type",
    b"last-event-id": "Last-Event-ID",
}
"""Headers that carry one value, and their names as people write them."""
_CHARSETS = (b"utf-8", b"utf8", b"us-ascii")
"""ASCII is UTF-8, too. RFC 8259 knows no other for JSON."""


class Head(NamedTuple):
    """`length` is None when it is not declared; `refusal` is the answer to a head that nobody can take."""

    traceparent: str | None
    length: int | None
    refusal: Response | None


def read_head(scope: Scope) -> Head:
    """One walk through the headers, because each request pays for it."""
    traceparent: str | None = None
    length: int | None = None
    refusal: Response | None = None
    seen = set[bytes]()
    carries = scope["method"] not in ("GET", "HEAD")
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            length = int(value[:20])
        elif name == b"traceparent":
            traceparent = value.decode("latin-1")
        elif name in ONCE:
            if name in seen:
                refusal = _repeated(ONCE[name])
            seen.add(name)
            if name == b"content-type" and carries and b"charset" in value.lower():
                refusal = refusal or _of_charset(value)
        elif name == b"content-encoding" and carries and value.strip().lower() not in (b"", b"identity"):
            refusal = refusal or _encoded()
    return Head(traceparent, length, refusal)


def _repeated(name: str) -> Response:
    detail = f"Send the header {name} once."
    return problems.problem(
        400, "repeated-header", detail, [{"pointer": f"/{name}", "in": "header", "detail": detail}]
    )


def _of_charset(content_type: bytes) -> Response | None:
    for parameter in content_type.lower().split(b";")[1:]:
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"charset" and value.strip().strip(b'"') not in _CHARSETS:
            return problems.problem(
                415, "unsupported-charset", "Send the body in UTF-8, or leave charset out of Content-Type."
            )
    return None


def _encoded() -> Response:
    return problems.problem(
        415,
        "unsupported-content-encoding",
        "Send the body as it is, without Content-Encoding.",
        headers={"Accept-Encoding": "identity"},
    )
