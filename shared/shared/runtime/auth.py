"""Who calls: bearer tokens of 256 random bits, known by their SHA-256 only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, get_args

from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from shared.events.people import Actor, Party
from shared.runtime.rate_limits import DEFAULT, Left, Limit, RateLimits
from shared.runtime.refusals import Forbidden, TooManyRequests, Unauthenticated

Role = Literal["client", "customer_user", "customer_admin", "agent", "manager", "ops", "service"]
CUSTOMER_ROLES: tuple[Role, ...] = ("client", "customer_user", "customer_admin")
SUPPORT_ROLES: tuple[Role, ...] = ("agent", "manager")
FEED_ROLES: tuple[Role, ...] = ("service", "ops")
ALL_ROLES: tuple[Role, ...] = get_args(Role)
Scope = Literal["read", "write"]
ALL_SCOPES: tuple[Scope, ...] = get_args(Scope)
ALL_TENANTS = "*"
LEFT = "stafett.rate"
"""Where a request's scope holds what is left of the caller's rate."""
_READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller behind a credential. `customer` is set for a customer's roles, and for no other.

    `scopes`: whether it may only read. `expires_at`: from when on it is unknown.
    """

    id: str
    role: Role
    customer: str | None
    name: str
    scopes: frozenset[str] = frozenset(ALL_SCOPES)
    expires_at: datetime | None = None
    limit: Limit = DEFAULT

    @property
    def tenant(self) -> str:
        """Whose rows the caller may see: its own customer's, or every one's."""
        return self.customer or ALL_TENANTS

    @property
    def is_support(self) -> bool:
        """An agent or a service manager."""
        return self.role in SUPPORT_ROLES

    def actor(self) -> Actor:
        """The caller as events name it. Operators and services are no support persons (R0)."""
        party: Party = "customer" if self.customer else "support" if self.is_support else "system"
        return Actor(id=self.id, party=party, role=self.role)


class Known(Protocol):
    """The credentials of this deployment."""

    def principal(self, token: bytes) -> Principal | None: ...


class Caller(SecurityBase):
    """A FastAPI dependency that gives the Principal; one object, so that it costs one step per request."""

    def __init__(self, roles: tuple[Role, ...]) -> None:
        self.model = HTTPBearer(description="A credential of this deployment.")
        self.scheme_name = "bearer"
        self.roles: frozenset[str] = frozenset(roles)

    async def __call__(self, request: Request) -> Principal:
        """Raises Unauthenticated (401), TooManyRequests (429) or Forbidden (403)."""
        principal = authenticate(request)
        if principal.role not in self.roles:
            raise Forbidden("role-not-allowed", f"The role {principal.role} may not use this route.")
        wanted = "read" if request.method in _READING else "write"
        if wanted not in principal.scopes:
            raise Forbidden("scope-missing", f"The credential lacks the scope {wanted}.")
        return principal


def caller(*roles: Role) -> Caller:
    """The dependency for a route that only `roles` may use; without any, every known caller may."""
    return Caller(roles or ALL_ROLES)


def authenticate(request: Request) -> Principal:
    """The principal of the request's bearer token. Raises Unauthenticated, TooManyRequests.

    What is left of its rate goes into the scope, where the answer's headers are made.
    """
    given = [value for name, value in request.scope["headers"] if name == b"authorization"]
    if not given:
        raise Unauthenticated("Send a credential as `Authorization: Bearer <token>`.")
    scheme, _, token = given[0].partition(b" ")
    credentials: Known = request.app.state.credentials
    principal = credentials.principal(token.strip()) if scheme.lower() == b"bearer" else None
    if principal is None or len(given) > 1:
        raise Unauthenticated("The credential is not known here; send a valid bearer token.")
    limits: RateLimits = request.app.state.rate_limits
    left = request.scope[LEFT] = limits.take(principal.id, principal.limit)
    if left.wait:
        raise TooManyRequests(left.wait)
    return principal


async def let_in(request: Request) -> None:
    """Judge the caller before the request is told what is wrong with it: the framework reads bodies first.

    Raises as `Caller` does; a caller that the route has let in already is not counted twice.
    """
    if LEFT in request.scope:
        return
    for dependency in request.scope["route"].dependant.dependencies:
        if isinstance(dependency.call, Caller):
            await dependency.call(request)


def rate_headers(scope: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """The headers that say what is left of the caller's rate; none before the caller is known."""
    left: Left | None = scope.get(LEFT)
    return [] if left is None else left.headers()
