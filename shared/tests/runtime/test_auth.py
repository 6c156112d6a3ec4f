"""Who may call what."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
import yaml
from fastapi import APIRouter, Depends

from shared.runtime import credentials as credentials_of_a_file
from shared.runtime.app import create_app
from shared.runtime.auth import ALL_TENANTS, Principal, caller
from shared.runtime.credentials import Credentials, InvalidCredentials
from shared.runtime.settings import ServiceSettings

Settings = Callable[..., ServiceSettings]
NOTE = {"subject": "s"}


def written(folder: Path, **entry: Any) -> Path:
    path = folder / "credentials.yaml"
    path.write_text(yaml.safe_dump({"credentials": [entry]}))
    return path


@pytest.mark.parametrize("header", [None, "Bearer nobody", "Basic local-acme", "Bearer", "local-acme", ""])
async def test_an_unknown_caller_is_asked_for_a_credential(
    client: httpx2.AsyncClient, header: str | None
) -> None:
    del client.headers["Authorization"]
    headers = {"Authorization": header} if header is not None else {}
    response = await client.post("/v1/notes", json=NOTE, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.json()["type"].endswith("/unauthenticated")


async def test_a_role_outside_the_routes_is_forbidden(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/notes", json=NOTE, headers={"Authorization": "Bearer local-ops"})
    assert response.status_code == 403
    assert response.json()["type"].endswith("/role-not-allowed")


async def test_a_role_of_the_route_may_use_it(client: httpx2.AsyncClient) -> None:
    for name in ("local-acme", "local-agent"):
        response = await client.post("/v1/notes", json=NOTE, headers={"Authorization": f"bearer {name}"})
        assert response.status_code == 201


@pytest.mark.parametrize(
    ("token", "tenant", "party", "role"),
    [
        ("local-acme", "acme", "customer", "client"),
        ("local-region", "region", "customer", "client"),
        ("local-fast", "fast", "customer", "client"),
        ("local-agent", ALL_TENANTS, "support", "agent"),
        ("local-manager", ALL_TENANTS, "support", "manager"),
        ("local-ops", ALL_TENANTS, "system", "ops"),
        ("local-service", ALL_TENANTS, "system", "service"),
    ],
)
def test_the_demo_credentials_are_those_of_the_contract(
    demo_credentials: Path, token: str, tenant: str, party: str, role: str
) -> None:
    principal = Credentials.load(demo_credentials, "local").principal(token.encode())
    assert principal is not None
    assert (principal.tenant, principal.actor().party, principal.role) == (tenant, party, role)


def test_production_refuses_demo_credentials(demo_credentials: Path) -> None:
    with pytest.raises(InvalidCredentials, match="demo credential"):
        Credentials.load(demo_credentials, "production")


def test_production_knows_tokens_by_their_digest(tmp_path: Path) -> None:
    path = written(
        tmp_path, id="acme-1", role="client", customer="acme", token_sha256=sha256(b"t").hexdigest()
    )
    credentials = Credentials.load(path, "production")
    assert credentials.principal(b"t") is not None
    assert credentials.principal(b"u") is None


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "a", "role": "client", "token_sha256": "0" * 64},
        {"id": "a", "role": "agent", "customer": "acme", "token_sha256": "0" * 64},
        {"id": "a", "role": "root", "token_sha256": "0" * 64},
        {"id": "a", "role": "agent", "token_sha256": "00"},
        {"id": "a", "role": "agent", "token_sha256": sha256(b"local-agent").hexdigest()},
        {"id": "a", "role": "agent"},
        {"role": "agent", "token_sha256": "0" * 64},
        {"id": "a", "role": "agent", "token_sha256": "0" * 64, "scopes": ["everything"]},
        {"id": "a", "role": "agent", "token_sha256": "0" * 64, "scopes": []},
        {"id": "a", "role": "agent", "token_sha256": "0" * 64, "rate_limit": {"requests": 0, "seconds": 1}},
        {"id": "a", "role": "agent", "token_sha256": "0" * 64, "expires_at": "2026-03-30T06:30:00"},
        {"id": "a", "role": "agent", "token_sha256": "0" * 64, "colour": "red"},
    ],
)
def test_credentials_that_cannot_be_right_do_not_start(tmp_path: Path, entry: dict[str, Any]) -> None:
    with pytest.raises(InvalidCredentials):
        Credentials.load(written(tmp_path, **entry), "production")


def test_local_listens_on_the_loopback_only(settings: Settings) -> None:
    with pytest.raises(ValueError, match=r"HOST must be 127\.0\.0\.1"):
        settings(host="0.0.0.0")


def test_production_is_the_default_and_takes_no_demo_token(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APP_ENV", raising=False)
    with pytest.raises(ValueError, match="demo credential"):
        settings(app_env="production", service_token="local-service")


def test_settings_keep_secrets_out_of_their_faults(settings: Settings) -> None:
    with pytest.raises(ValueError) as caught:
        settings(host="0.0.0.0", database_url="postgresql://user:hunter2@db/x")
    assert "hunter2" not in str(caught.value)


def test_a_credential_that_is_taken_out_of_the_file_is_revoked_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials_of_a_file, "LOOK_EVERY", 0)
    known = Credentials.load(written(tmp_path, id="a", role="agent", token="t"), "local")
    assert known.principal(b"t")
    written(tmp_path, id="another", role="agent", token="other")
    assert known.principal(b"t") is None
    assert known.principal(b"other")


def test_a_file_that_cannot_be_used_any_more_leaves_the_credentials_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials_of_a_file, "LOOK_EVERY", 0)
    path = written(tmp_path, id="a", role="agent", token="t")
    known = Credentials.load(path, "local")
    path.write_text("credentials: [{id: a, role: nobody, token: t}]")
    assert known.principal(b"t")
    path.unlink()
    assert known.principal(b"t")


def test_a_credential_is_unknown_from_its_expiry_on(tmp_path: Path) -> None:
    path = written(tmp_path, id="a", role="agent", token="t", expires_at="2026-03-30T06:30:00Z")
    known, expiry = Credentials.load(path, "local"), datetime(2026, 3, 30, 6, 30, tzinfo=UTC)
    assert known.principal(b"t", expiry - timedelta(microseconds=1))
    assert known.principal(b"t", expiry) is None


async def calls(settings: Settings, path: Path, *requests: tuple[str, str]) -> list[httpx2.Response]:
    app = create_app("notes", settings(credentials_file=path), [routes()])
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": "Bearer t"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://n.example", headers=headers) as http:
        return [await http.request(method, where, json=NOTE) for method, where in requests]


def routes() -> APIRouter:
    router = APIRouter()

    @router.api_route("/notes", methods=["GET", "POST"])
    async def notes(_: Annotated[Principal, Depends(caller())]) -> dict[str, str]:
        return {}

    return router


async def test_a_credential_that_may_only_read_writes_nothing(settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path, id="a", role="agent", token="t", scopes=["read"])
    read, wrote = await calls(settings, path, ("GET", "/notes"), ("POST", "/notes"))
    assert (read.status_code, wrote.status_code) == (200, 403)
    assert wrote.json()["type"].endswith("/scope-missing")


async def test_a_credential_beyond_its_rate_is_told_when_to_come_back(
    settings: Settings, tmp_path: Path
) -> None:
    path = written(tmp_path, id="a", role="agent", token="t", rate_limit={"requests": 2, "seconds": 600})
    first, second, third = await calls(settings, path, *[("GET", "/notes")] * 3)
    assert [r.headers["ratelimit-policy"] for r in (first, second, third)] == ['"default";q=2;w=600'] * 3
    assert first.headers["ratelimit"].startswith('"default";r=1;t=')
    assert (second.status_code, third.status_code) == (200, 429)
    assert third.headers["ratelimit"].startswith('"default";r=0;t=')
    assert 0 < int(third.headers["retry-after"]) <= 300
    assert third.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("authorization", [None, "Bearer nobody"])
@pytest.mark.parametrize(
    "request_",
    [
        {"params": {"misspelt": "1"}},
        {"params": [("dry", "1"), ("dry", "0")]},
        {"params": {"dry": "perhaps"}},
        {"json": {"unknown": 1}},
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
    ],
)
async def test_a_stranger_learns_nothing_of_what_the_request_should_have_been(
    client: httpx2.AsyncClient, authorization: str | None, request_: dict[str, Any]
) -> None:
    del client.headers["Authorization"]
    if authorization is not None:
        client.headers["Authorization"] = authorization
    response = await client.post("/v1/orders", **request_)
    assert (response.status_code, response.json()["type"].rsplit("/")[-1]) == (401, "unauthenticated")


async def test_a_role_is_judged_before_the_query(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/v1/orders?misspelt=1", json={})).status_code == 403
