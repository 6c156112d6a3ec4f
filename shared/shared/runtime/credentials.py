"""Every credential of a deployment: a YAML file, read again when it changes, so revoking needs no restart.

An entry has `id`, `role`, for a customer's roles `customer`, and `token_sha256`; if wanted also `name`,
`scopes` (of `read` and `write`; else both), `expires_at` (RFC 3339), `rate_limit: {requests: …, seconds: …}`.
An entry that is taken out is revoked: after two seconds at most a request with it is answered with 401.
"""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import structlog
import yaml

from shared.runtime.auth import ALL_ROLES, ALL_SCOPES, CUSTOMER_ROLES, Principal
from shared.runtime.instants import parse_instant
from shared.runtime.rate_limits import DEFAULT, Limit
from shared.runtime.settings import DEMO_PREFIX, Environment

log = structlog.get_logger()

LOOK_EVERY = 2.0
"""Seconds between looks at whether the file has changed."""
_FIELDS = frozenset(
    ("id", "role", "customer", "name", "token", "token_sha256", "scopes", "expires_at", "rate_limit")
)
_DEMO_DIGESTS = frozenset(
    sha256(f"{DEMO_PREFIX}{name}".encode()).digest()
    for name in ("acme", "region", "fast", "agent", "manager", "ops", "service")
)


class InvalidCredentials(Exception):
    """The credentials file cannot be used; the service must not start."""


class Credentials:
    """Every credential of this deployment, by the SHA-256 of its token; `reread` brings a changed file's."""

    def __init__(self, by_digest: Mapping[bytes, Principal], file: "_File | None" = None) -> None:
        self._by_digest = dict(by_digest)
        self._file = file

    @classmethod
    def load(cls, path: Path, environment: Environment) -> Self:
        """Read the YAML file. Raises InvalidCredentials, which production does for any demo credential."""
        file = _File(path, environment)
        return cls(file.read(), file)

    def principal(self, token: bytes, now: datetime | None = None) -> Principal | None:
        """Whose token this is; looked up by digest, so that timing tells nothing of the token."""
        if self._file is not None and (changed := self._file.changed()) is not None:
            self._by_digest = changed
        found = self._by_digest.get(sha256(token).digest())
        if found is not None and found.expires_at is not None:
            return found if (now or datetime.now(UTC)) < found.expires_at else None
        return found


class _File:
    """Where the credentials stand, and what it looked like when it was last read."""

    def __init__(self, path: Path, environment: Environment) -> None:
        self._path, self._environment = path, environment
        self._look_at = 0.0
        self._seen: tuple[int, int, int] | None = None

    def read(self) -> dict[bytes, Principal]:
        """Raises InvalidCredentials."""
        try:
            self._seen = self._stamp()
            self._look_at = time.monotonic() + LOOK_EVERY
            document = yaml.safe_load(self._path.read_text(encoding="utf-8"))
            entries: Iterable[Mapping[str, Any]] = document["credentials"]
            return dict(_entry(entry, self._environment) for entry in entries)
        except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise InvalidCredentials(f"{self._path}: cannot be read as credentials ({error!r})") from None

    def changed(self) -> dict[bytes, Principal] | None:
        """The credentials anew when the file has changed; one that cannot be used changes nothing."""
        if time.monotonic() < self._look_at:
            return None
        self._look_at = time.monotonic() + LOOK_EVERY
        try:
            if self._stamp() == self._seen:
                return None
            found = self.read()
        except (OSError, InvalidCredentials) as error:
            log.warning("credentials-not-reread", reason=str(error))
            return None
        log.info("credentials-reread", count=len(found))
        return found

    def _stamp(self) -> tuple[int, int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_size, status.st_ino


def _entry(entry: Mapping[str, Any], environment: Environment) -> tuple[bytes, Principal]:
    identity, role, customer = str(entry["id"]), entry["role"], entry.get("customer")
    if unknown := entry.keys() - _FIELDS:
        raise InvalidCredentials(f"{identity}: unknown fields {sorted(unknown)}")
    if role not in ALL_ROLES:
        raise InvalidCredentials(f"{identity}: there is no role {role!r}")
    if (customer is not None) != (role in CUSTOMER_ROLES):
        raise InvalidCredentials(f"{identity}: a customer's roles name their customer, the others none")
    scopes = frozenset(entry.get("scopes", ALL_SCOPES))
    if not scopes or not scopes <= frozenset(ALL_SCOPES):
        raise InvalidCredentials(f"{identity}: scopes are some of {', '.join(ALL_SCOPES)}")
    expires_at = parse_instant(entry["expires_at"]) if "expires_at" in entry else None
    principal = Principal(
        identity,
        role,
        customer,
        str(entry.get("name", identity)),
        scopes=scopes,
        expires_at=expires_at,
        limit=_limit(identity, entry.get("rate_limit")),
    )
    return _digest(identity, entry, environment), principal


def _digest(identity: str, entry: Mapping[str, Any], environment: Environment) -> bytes:
    if environment == "production" and ("token" in entry or identity.startswith(DEMO_PREFIX)):
        raise InvalidCredentials(f"{identity} is a demo credential: production takes token_sha256 only")
    if "token" in entry:
        return sha256(str(entry["token"]).encode()).digest()
    try:
        digest = bytes.fromhex(entry["token_sha256"])
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise InvalidCredentials(f"{identity}: token_sha256 is 64 hexadecimal digits")
    if environment == "production" and digest in _DEMO_DIGESTS:
        raise InvalidCredentials(f"{identity} has a demo token: production takes secret ones only")
    return digest


def _limit(identity: str, given: Any) -> Limit:
    if given is None:
        return DEFAULT
    match given:
        case {"requests": int(requests), "seconds": int(seconds), **more} if (
            requests > 0 < seconds and not more
        ):
            return Limit(requests, seconds)
        case _:
            raise InvalidCredentials(f"{identity}: rate_limit is {{requests: …, seconds: …}}, both above 0")
