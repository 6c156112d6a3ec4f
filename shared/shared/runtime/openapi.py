"""The OpenAPI 3.1 document, with the errors that every route can answer."""

from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from shared.runtime.auth import Caller
from shared.runtime.problems import MEDIA_TYPE

_FAULT = {
    "type": "object",
    "required": ["pointer", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "JSON Pointer to the field."},
        "detail": {"type": "string"},
        "in": {"type": "string", "enum": ["query", "path", "header", "cookie"]},
    },
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail", "trace_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to change."},
        "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "errors": {"type": "array", "items": _FAULT},
    },
}
_ANY: dict[str, str] = {
    "400": "The request cannot be read.",
    "422": "Something in the request is not as it must be.",
    "500": "Something failed here.",
    "503": "A dependency is away; try again after Retry-After.",
}
_SECURED = {
    "401": "No credential, or an unknown one.",
    "403": "The role, or the credential's scopes, may not do this.",
    "429": "Too many requests with this credential; try again after Retry-After.",
    "404": "There is no such thing for this caller.",
}
_WITH_BODY = {
    "413": "The body is too large.",
    "415": "The body is not JSON in UTF-8, or is compressed.",
}
_CHANGING = {
    "409": "Someone else was first.",
    "412": "If-Match names an older version.",
}
_SHAPES: dict[str, dict[str, str]] = {
    "cursor": {"pattern": "^[A-Za-z0-9_-]*$"},
    "If-Match": {"pattern": '^([*]|"[!#-~]*")$'},
    "min_version": {
        "pattern": "^(((intake|sla-engine|escalation|notifier):)?(0|[1-9][0-9]{0,8})"
        "(,((intake|sla-engine|escalation|notifier):)?(0|[1-9][0-9]{0,8})){0,3})?$"
    },
}
"""What text a parameter may have that its route reads by itself, by the parameter's name."""
_GENERATED = ("HTTPValidationError", "ValidationError")


def document(app: FastAPI) -> dict[str, Any]:
    """The document of `app`, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version="3.1.0",
            description="Errors are RFC 9457 problem details; instants are UTC with Z and microseconds.",
            routes=app.routes,
        )
        app.openapi_schema = _with_problems(_with_roles(schema, app))
    return app.openapi_schema


def _with_roles(schema: dict[str, Any], app: FastAPI) -> dict[str, Any]:
    """`x-roles`: who may use an operation, from what its route itself asks."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        if roles := _roles(route.dependant):
            for method in route.methods or ():
                schema["paths"][context.path][method.lower()]["x-roles"] = sorted(roles)
    return schema


def _roles(dependant: Dependant) -> frozenset[str]:
    found = [d.call.roles for d in dependant.dependencies if isinstance(d.call, Caller)]
    return frozenset[str]().union(*found)


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    schemas: dict[str, Any] = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in _GENERATED:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    for path in schema.get("paths", {}).values():
        for method, operation in path.items():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _never_null(parameter["schema"])
                _shape(parameter["schema"], _SHAPES.get(parameter["name"], {}))
            responses = operation["responses"]
            for status, description in _expected(method, operation).items():
                headers = {"Retry-After": {"schema": {"type": "integer"}}} if status in ("429", "503") else {}
                responses[status] = _response(description, headers)
    return schema


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is left out, and cannot be null: no header or query has a way to say it."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if not kinds:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def _shape(schema: dict[str, Any], shape: dict[str, str]) -> None:
    for each in (schema, *schema.get("anyOf", ())):
        if each.get("type") == "string":
            each.update(shape)


def _expected(method: str, operation: dict[str, Any]) -> dict[str, str]:
    expected = dict(_ANY)
    if operation.get("security"):
        expected |= _SECURED
    if operation.get("requestBody"):
        expected |= _WITH_BODY
    if method != "get":
        expected |= _CHANGING
    return expected


def _response(description: str, headers: dict[str, Any]) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content} | ({"headers": headers} if headers else {})
