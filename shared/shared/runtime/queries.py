"""Query parameters that a route does not have are refused: a misspelt filter would filter nothing. So is one
that it takes once and that comes twice: only the last would count.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError


async def only_known_parameters(request: Request) -> None:
    """A dependency of every route. Raises RequestValidationError, which names each such parameter."""
    if not request.scope["query_string"]:
        return
    known = _documented(request.app, request.scope["route"].path, request.method.lower())
    if known is None:
        return
    given = Counter(name for name, _ in request.query_params.multi_items())
    faults = [_fault(name, "extra_forbidden") for name in given if name not in known]
    faults += [
        _fault(name, "repeated") for name, times in given.items() if times > 1 and known.get(name) is False
    ]
    if faults:
        raise RequestValidationError(faults)


def _fault(name: str, kind: str) -> dict[str, Any]:
    return {"type": kind, "loc": ("query", name), "msg": "", "input": None}


def _documented(app: FastAPI, path: str, method: str) -> Mapping[str, bool] | None:
    """The query parameters that the published description of a route lists, and whether each may be repeated;
    None where it has none."""
    operation = app.openapi()["paths"].get(path, {}).get(method)
    if operation is None:
        return None
    listed = operation.get("parameters", ())
    return {each["name"]: _is_list(each["schema"]) for each in listed if each["in"] == "query"}


def _is_list(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "array" or any(map(_is_list, schema.get("anyOf", ())))
