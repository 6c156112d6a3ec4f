"""Query parameters that a route does not have are refused: a misspelt filter would filter nothing."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError


async def only_known_parameters(request: Request) -> None:
    """A dependency of every route. Raises RequestValidationError, which names each unknown parameter."""
    if not request.scope["query_string"]:
        return
    known = _documented(request.app, request.scope["route"].path, request.method.lower())
    if known is None:
        return
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        raise RequestValidationError(
            [
                {"type": "extra_forbidden", "loc": ("query", name), "msg": "", "input": None}
                for name in unknown
            ]
        )


def _documented(app: FastAPI, path: str, method: str) -> frozenset[str] | None:
    """The query parameters that the published description of a route lists; None where it has none, or the
    route is not built yet."""
    operation = app.openapi()["paths"].get(path, {}).get(method)
    if operation is None or "501" in operation["responses"]:
        return None
    listed = operation.get("parameters", ())
    return frozenset(parameter["name"] for parameter in listed if parameter["in"] == "query")
