"""What Schemathesis is told of this system: who may call, and ids of things that are there.

Loaded by its command line (`SCHEMATHESIS_HOOKS=fuzz.hooks`); `FUZZ_THINGS` holds the ids by parameter name.
"""

import json
import os
import zlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import schemathesis
from schemathesis import AuthContext, Case, CheckContext, HookContext, Response
from schemathesis.core.failures import Failure

THINGS: Mapping[str, list[str]] = json.loads(os.environ.get("FUZZ_THINGS", "{}"))
TOKENS = {
    "client": "local-acme",
    "agent": "local-agent",
    "manager": "local-manager",
    "ops": "local-ops",
    "service": "local-service",
}
_MEMBERS = frozenset(("type", "title", "status", "detail", "trace_id"))


@schemathesis.auth(refresh_interval=None)
class OneWhoMay:
    """Mostly one of the route's own roles; now and then somebody who may not."""

    def get(self, case: Case[Any], context: AuthContext) -> str:
        """A token, the same each time for the same case."""
        roles = context.operation.definition.raw.get("x-roles", ())
        may = [token for role, token in TOKENS.items() if role in roles] or list(TOKENS.values())
        number = _number(case.path_parameters, case.query, case.body)
        return _of(may if number % 8 else list(TOKENS.values()), number // 8)

    def set(self, case: Case[Any], data: str, context: AuthContext) -> None:
        """Send it."""
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def map_path_parameters(context: HookContext, path_parameters: Any) -> Any:
    """Ids of what is there, for three in four that could be one: what is broken on purpose stays so."""
    return _known(path_parameters)


@schemathesis.hook
def map_query(context: HookContext, query: Any) -> Any:
    """See the path's."""
    return _known(query)


@schemathesis.hook
def map_body(context: HookContext, body: Any) -> Any:
    """See the path's."""
    return _known(body)


@schemathesis.hook
def map_headers(context: HookContext, headers: Any) -> Any:
    """Most tags of nobody's become the one that any version fits."""
    tag = (headers or {}).get("If-Match")
    if isinstance(tag, str) and len(tag) > 1 and tag[0] == tag[-1] == '"' and _number(tag) % 4:
        headers["If-Match"] = "*"
    return headers


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Schemathesis takes some tags for valid that the header's documented pattern excludes, such as a `0`."""
    return not (response.status_code == 400 and b"/problems/invalid-if-match" in response.content)


@schemathesis.check
def refusals_are_problems(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """Whatever is refused, documented or not, is answered as RFC 9457 says, with what we promise beside."""
    if response.status_code < 400 or case.method.upper() == "HEAD":
        return
    kind = response.headers.get("content-type", [""])[0]
    assert kind == "application/problem+json", f"{response.status_code} as {kind}"
    problem = response.json()
    assert problem.keys() >= _MEMBERS, f"without {sorted(_MEMBERS - problem.keys())}"
    assert problem["status"] == response.status_code


def _known(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return {name: _instead(name, value) for name, value in given.items()}


def _instead(name: str, value: Any) -> Any:
    things = THINGS.get(name)
    if not things or not isinstance(value, str) or not _fits(name, value) or _number(value) % 4 == 0:
        return value
    return _of(things, _number(value) // 4)


def _fits(name: str, value: str) -> bool:
    """Whether `value` is what the schema asks of it; only then another such may stand in its place."""
    if name in ("contract", "customer"):
        return 0 < len(value) <= 100 and value.isprintable()
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _of(choices: list[str], number: int) -> str:
    return choices[number % len(choices)]


def _number(*values: Any) -> int:
    return zlib.crc32(repr(values).encode("utf-8", "surrogatepass"))
