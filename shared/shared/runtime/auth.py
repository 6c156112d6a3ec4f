"""Who calls: bearer tokens of 256 random bits, known by their SHA-256 only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Self, get_args

import yaml
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from shared.events.people import Actor, Party
from shared.runtime.refusals import Forbidden, Unauthenticated
from shared.runtime.settings import DEMO_PREFIX, Environment

Role = Literal["client", "customer_user", "customer_admin", "agent", "manager", "ops", "service"]
CUSTOMER_ROLES: tuple[Role, ...] = ("client", "customer_user", "customer_admin")
SUPPORT_ROLES: tuple[Role, ...] = ("agent", "manager")
FEED_ROLES: tuple[Role, ...] = ("service", "ops")
ALL_ROLES: tuple[Role, ...] = get_args(Role)
ALL_TENANTS = "*"
_DEMO_DIGESTS = frozenset(
    sha256(f"{DEMO_PREFIX}{name}".encode()).digest()
    for name in ("acme", "region", "fast", "agent", "manager", "ops", "service")
)


class InvalidCredentials(Exception):
    """The credentials file cannot be used; the service must not start."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller behind a credential. `customer` is set for a customer's roles, and for no other."""

    id: str
    role: Role
    customer: str | None
    name: str

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


class Credentials:
    """Every credential of this deployment, by the SHA-256 of its token."""

    def __init__(self, by_digest: Mapping[bytes, Principal]) -> None:
        self._by_digest = dict(by_digest)

    @classmethod
    def load(cls, path: Path, environment: Environment) -> Self:
        """Read the YAML file. Raises InvalidCredentials, which production does for any demo credential."""
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
            entries: Iterable[Mapping[str, Any]] = document["credentials"]
            return cls(dict(_entry(entry, environment) for entry in entries))
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise InvalidCredentials(f"{path}: cannot be read as credentials ({error!r})") from None

    def principal(self, token: bytes) -> Principal | None:
        """Whose token this is; looked up by digest, so that timing tells nothing of the token."""
        return self._by_digest.get(sha256(token).digest())


def _entry(entry: Mapping[str, Any], environment: Environment) -> tuple[bytes, Principal]:
    identity, role, customer = str(entry["id"]), entry["role"], entry.get("customer")
    if role not in ALL_ROLES:
        raise InvalidCredentials(f"{identity}: there is no role {role!r}")
    if (customer is not None) != (role in CUSTOMER_ROLES):
        raise InvalidCredentials(f"{identity}: a customer's roles name their customer, the others none")
    if environment == "production" and ("token" in entry or identity.startswith(DEMO_PREFIX)):
        raise InvalidCredentials(f"{identity} is a demo credential: production takes token_sha256 only")
    if "token" in entry:
        digest = sha256(str(entry["token"]).encode()).digest()
    else:
        try:
            digest = bytes.fromhex(entry["token_sha256"])
        except ValueError:
            digest = b""
        if len(digest) != 32:
            raise InvalidCredentials(f"{identity}: token_sha256 is 64 hexadecimal digits")
        if environment == "production" and digest in _DEMO_DIGESTS:
            raise InvalidCredentials(f"{identity} has a demo token: production takes secret ones only")
    return digest, Principal(identity, role, customer, str(entry.get("name", identity)))


class Caller(SecurityBase):
    """A FastAPI dependency that gives the Principal; one object, so that it costs one step per request."""

    def __init__(self, roles: tuple[Role, ...]) -> None:
        self.model = HTTPBearer(description="A credential of this deployment.")
        self.scheme_name = "bearer"
        self.roles: frozenset[str] = frozenset(roles)

    async def __call__(self, request: Request) -> Principal:
        """Raises Unauthenticated (401) or Forbidden (403)."""
        principal = authenticate(request)
        if principal.role not in self.roles:
            raise Forbidden("role-not-allowed", f"The role {principal.role} may not use this route.")
        return principal


def caller(*roles: Role) -> Caller:
    """The dependency for a route that only `roles` may use; without any, every known caller may."""
    return Caller(roles or ALL_ROLES)


def authenticate(request: Request) -> Principal:
    """The principal of the request's bearer token. Raises Unauthenticated."""
    given = [value for name, value in request.scope["headers"] if name == b"authorization"]
    if not given:
        raise Unauthenticated("Send a credential as `Authorization: Bearer <token>`.")
    scheme, _, token = given[0].partition(b" ")
    credentials: Credentials = request.app.state.credentials
    principal = credentials.principal(token.strip()) if scheme.lower() == b"bearer" else None
    if principal is None or len(given) > 1:
        raise Unauthenticated("The credential is not known here; send a valid bearer token.")
    return principal
