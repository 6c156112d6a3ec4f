"""What every service measures of its own HTTP side, for Prometheus."""

from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest
from starlette.responses import Response

_DURATION = Histogram(
    "http_server_request_duration_seconds",
    "How long requests took, by route template.",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_children: dict[tuple[str, str, int], Histogram] = {}


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request. `route` is the template, never the path: few series, and no ids in them."""
    key = (method, route, status)
    child = _children.get(key)
    if child is None:
        known = method if method in _METHODS else "other"
        child = _DURATION.labels(known, route, str(status))
        if known == method:
            _children[key] = child
    child.observe(seconds)


def exposition() -> Response:
    """Everything the process measures, in the Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
