"""Every error answer is a problem document (RFC 9457): a stable type, what to change, never the input."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from shared.errors import Conflict, NotFound, Refusal, Rejected, Stale, Transient
from shared.runtime import telemetry
from shared.runtime.auth import let_in
from shared.runtime.faults import Fault, faults, is_broken_json, is_unread
from shared.runtime.refusals import (
    Forbidden,
    Malformed,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMedia,
)

TYPE_BASE = "https://stafett.example/problems/"
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2

STATUS: Mapping[type[Refusal], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Stale: 412,
    UnsupportedMedia: 415,
    Rejected: 422,
    TooManyRequests: 429,
    Transient: 503,
}

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PLAIN: Mapping[int, tuple[str, str]] = {
    400: (
        "malformed-request",
        "The request cannot be read: a body must be JSON in UTF-8, not nested too deep.",
    ),
    404: ("unknown-route", "There is no such route; /openapi.json lists them."),
    405: ("method-not-allowed", "This route takes other methods; the Allow header lists them."),
    413: ("body-too-large", "The body is larger than this route takes; send less."),
}


def problem(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem `code`, whose `type` and title never change; `detail` says what to change."""
    document: dict[str, Any] = {
        "type": TYPE_BASE + code,
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "trace_id": telemetry.current_trace_id() or "0" * 32,
    }
    if errors or status in (400, 422):
        document["errors"] = list(errors) or [{"pointer": "", "detail": detail}]
    return Response(orjson.dumps(document), status, headers, MEDIA_TYPE)


def of_refusal(refusal: Refusal) -> Response:
    """The problem of a refusal, by the nearest class in `STATUS`."""
    status = next((STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS), 500)
    pointer: Fault = {"pointer": refusal.pointer, "detail": refusal.detail}
    errors = [pointer] if status in (400, 422) else []
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="stafett"'
    if isinstance(refusal, TooManyRequests):
        headers["Retry-After"] = str(refusal.wait)
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return problem(status, refusal.code, refusal.detail, errors, headers)


def of_validation(error: RequestValidationError) -> Response:
    """422 with a pointer per fault; 400 for broken JSON; 415 for a body that is none."""
    if is_unread(error):
        return of_refusal(UnsupportedMedia("unsupported-media-type", "Send the body as application/json."))
    if is_broken_json(error):
        return problem(400, "malformed-json", "The body is not JSON; check its syntax.", faults(error))
    return of_faults(faults(error))


def of_faults(found: Sequence[Fault]) -> Response:
    """422 for fields that are not as they must be."""
    return problem(422, "invalid-request", "Some fields are not as they must be; see errors.", found)


def of_status(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The problem for a bare status, such as the router's 404 and 405."""
    phrase = HTTPStatus(status).phrase
    code, detail = _PLAIN.get(status, (phrase.lower().replace(" ", "-"), f"{phrase}."))
    return problem(status, code, detail, headers=headers)


def unexpected() -> Response:
    """The problem for what nobody foresaw; the log has more under the same trace_id."""
    return problem(500, "internal-error", "Something failed here; the trace_id helps support to find it.")


async def on_refusal(_: Request, error: Exception) -> Response:
    """Exception handler for `Refusal`."""
    assert isinstance(error, Refusal)
    return of_refusal(error)


async def on_validation(request: Request, error: Exception) -> Response:
    """Exception handler for FastAPI's own validation; a stranger is not told what it found."""
    assert isinstance(error, RequestValidationError)
    try:
        await let_in(request)
    except Refusal as refusal:
        return of_refusal(refusal)
    return of_validation(error)


async def on_http(request: Request, error: Exception) -> Response:
    """Exception handler for the router's and the framework's HTTP exceptions."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return of_status(405, {"Allow": ", ".join(_allowed(request))})
    return of_status(error.status_code, error.headers)


def _allowed(request: Request) -> list[str]:
    """Every method of the path: the router itself names those of the first matching route only."""
    routes = request.app.routes
    scopes = ((method, dict(request.scope, method=method)) for method in _METHODS)
    found = [m for m, scope in scopes if any(route.matches(scope)[0] == Match.FULL for route in routes)]
    return [*found, "HEAD"] if "GET" in found else found
