"""The outermost step of every request: trace, measure, bound, secure, and let no error out unshaped.

One plain ASGI middleware, because each layer costs every request its share.
"""

from time import perf_counter
from urllib.parse import parse_qsl

from opentelemetry import context, trace
from opentelemetry.trace import Span, StatusCode
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime import metrics, problems, telemetry
from shared.runtime.auth import rate_headers
from shared.runtime.faults import NO_NUL_SENTENCE, pointer
from shared.runtime.heads import read_head
from shared.runtime.logs import log_failure

DEFAULT_BODY_LIMIT = 256 * 1024
"""Bytes of a request body; more is refused (413) before it has been read."""

_ALWAYS = [
    (b"vary", b"Authorization"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_UNLESS_SET = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class _AnsweredError(Exception):
    """The head is out: what the route would say further, a stream without an end perhaps, nobody hears."""


class Edge:
    """See the module."""

    def __init__(self, app: ASGIApp, body_limit: int = DEFAULT_BODY_LIMIT) -> None:
        self._app = app
        self._limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other scopes pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        method: str = scope["method"]
        head_only = method == "HEAD"
        if head_only:
            # Every route that answers GET answers HEAD: the same, and its body stays here.
            scope = {**scope, "method": "GET"}
        traceparent, length, refusal = read_head(scope)
        span = telemetry.start_span(
            method, "server", telemetry.remote(traceparent), {"http.request.method": method}
        )
        token = context.attach(trace.set_span_in_context(span))
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*_secured(message.get("headers", [])), *rate_headers(scope)]
            elif head_only:
                await send({"type": "http.response.body", "body": b""})
                raise _AnsweredError
            await send(message)

        try:
            if refusal is not None:
                await refusal(scope, receive, sending)
            elif _holds_nul(scope):
                await _nul_refused(scope)(scope, receive, sending)
            elif length is None:
                await self._app(scope, self._bounded(receive), sending)
            elif length > self._limit:
                await problems.of_status(413, {"Connection": "close"})(scope, receive, sending)
            else:
                await self._app(scope, receive, sending)
        except Exception as error:
            if head_only and status:
                return
            telemetry.failed(span, error)
            log_failure("request failed", error, method=method, route=_route(scope))
            if status:
                raise
            await problems.unexpected()(scope, receive, sending)
        finally:
            route = _route(scope)
            metrics.observe(method, route, status, perf_counter() - started)
            if span.is_recording():
                _describe(span, method, route, status)
            span.end()
            context.detach(token)

    def _bounded(self, receive: Receive) -> Receive:
        """Without a declared length the bytes are counted as they come."""
        total = 0

        async def counting() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self._limit:
                raise HTTPException(413, headers={"Connection": "close"})
            return message

        return counting


def _holds_nul(scope: Scope) -> bool:
    """No text of ours holds NUL, and PostgreSQL would refuse it: not even a plain `str` parameter sees it."""
    return "\0" in scope["path"] or b"%00" in scope["query_string"]


def _nul_refused(scope: Scope) -> Response:
    if "\0" in scope["path"]:
        return problems.of_status(404)
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return problems.of_faults(
        [
            {"pointer": pointer([name]), "in": "query", "detail": NO_NUL_SENTENCE}
            for name, value in query
            if "\0" in name or "\0" in value
        ]
    )


def _secured(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in headers}
    return [*headers, *_ALWAYS, *(pair for pair in _UNLESS_SET if pair[0] not in names)]


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "unmatched")


def _describe(span: Span, method: str, route: str, status: int) -> None:
    span.update_name(f"{method} {route}")
    span.set_attributes({"http.route": route, "http.response.status_code": status})
    if status >= 500:
        span.set_status(StatusCode.ERROR)
