"""The routes of the table in `directory_acts.py`: the same for all but path, body, roles and decision."""

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel

from intake.directory_acts import DIRECTORY_ACTS, Asking, DirectoryAct
from intake.directory_responses import ContractView, CustomerView, PersonView, shown
from intake.registry import CONTRACT, CUSTOMER, PERSON, Change, Registry
from intake.slugs import SLUG
from shared.errors import NotFound, Rejected
from shared.runtime.auth import ALL_TENANTS, Principal, caller
from shared.runtime.etags import etag, parse_if_match
from shared.runtime.responses import JsonResponse
from shared.runtime.retries import IdempotencyKey, IfMatch, scoped_key
from shared.runtime.telemetry import current_traceparent

Id = Annotated[str, Path(pattern=SLUG)]
_PLURALS: Mapping[str, str] = {CUSTOMER.name: "customers", CONTRACT.name: "contracts", PERSON.name: "people"}
_VIEWS: Mapping[str, type[BaseModel]] = {
    CUSTOMER.name: CustomerView,
    CONTRACT.name: ContractView,
    PERSON.name: PersonView,
}


def add_changes(routes: APIRouter, registry: Registry) -> None:
    """One route for each act."""
    for act in DIRECTORY_ACTS:
        routes.add_api_route(
            f"/{_PLURALS[act.kind.name]}/{{{act.kind.name}}}/{act.name}",
            _endpoint(registry, act),
            methods=["POST"],
            response_model=_VIEWS[act.kind.name],
            summary=act.summary,
            name=act.operation,
        )


def _endpoint(registry: Registry, act: DirectoryAct) -> Callable[..., Any]:
    async def acts(
        who: Principal,
        request: Request,
        body: BaseModel | None = None,
        key: str | None = None,
        match: str | None = None,
        **ids: Any,
    ) -> JsonResponse:
        given = act.body() if body is None else body
        if (contract := act.needs(given)) is not None:
            await _require(registry, contract)
        own = ids[act.kind.name]
        change: Change[Any] = Change(
            act.kind,
            own if isinstance(own, UUID) else act.kind.stream(own),
            who.tenant,
            lambda known, now: act.decide(known, Asking(given, who.actor(), now, ids.get("contract", ""))),
            expected=parse_if_match(match),
            key=scoped_key(who, request, key, given.model_dump_json(), **ids),
            traceparent=current_traceparent(),
        )
        done = await registry.change(change)
        return JsonResponse(shown(who, done.state), headers={"ETag": etag(done.version)})

    acts.__signature__ = _signature(act)  # type: ignore[attr-defined]
    return acts


def _signature(act: DirectoryAct) -> Signature:
    """What FastAPI reads of the route: its ids, who may call it, the body (optional if all of it is)."""
    ids: dict[str, Any] = {act.kind.name: UUID if act.kind is PERSON else Id}
    if "{contract}" in act.name:
        ids["contract"] = Id
    annotations: dict[str, Any] = {
        **ids,
        "who": Annotated[Principal, Depends(caller(*act.roles))],
        "request": Request,
        "body": act.body | None if act.may_be_empty else act.body,
        "key": IdempotencyKey,
        "match": IfMatch,
    }
    optional = {"key", "match"} | ({"body"} if act.may_be_empty else set())
    return Signature(
        [
            Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                annotation=annotation,
                default=None if name in optional else Parameter.empty,
            )
            for name, annotation in annotations.items()
        ]
    )


async def _require(registry: Registry, contract: str) -> None:
    try:
        await registry.read(CONTRACT, CONTRACT.stream(contract), ALL_TENANTS)
    except NotFound as error:
        raise Rejected(
            "unknown-contract", f"There is no contract {contract!r}; draw it up first.", "/contract"
        ) from error
