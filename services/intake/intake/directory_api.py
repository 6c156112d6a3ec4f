"""Intake's routes for the directory: customers, contracts, people: listed, read, registered, changed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from intake import directory_requests as requests
from intake.directory_acts import KEEPERS_OF_PEOPLE, OPERATORS
from intake.directory_changes import Id, add_changes
from intake.directory_responses import ContractView, CustomerView, PersonView, shown
from intake.domain import contracts, customers, persons
from intake.registry import CONTRACT, CUSTOMER, PERSON, Change, Registry
from intake.roster import Listed, Roster
from intake.slugs import SLUG
from shared.errors import NotFound, Rejected
from shared.eventstore.commands import Committed
from shared.runtime.auth import ALL_TENANTS, CUSTOMER_ROLES, SUPPORT_ROLES, Principal, caller
from shared.runtime.cursors import Page, decode_cursor, encode_cursor, page_response
from shared.runtime.etags import etag
from shared.runtime.responses import JsonResponse
from shared.runtime.retries import IdempotencyKey, scoped_key
from shared.runtime.telemetry import current_traceparent

Operator = Annotated[Principal, Depends(caller(*OPERATORS))]
Keeper = Annotated[Principal, Depends(caller(*KEEPERS_OF_PEOPLE))]
Staff = Annotated[Principal, Depends(caller(*SUPPORT_ROLES, "ops"))]
Reader = Annotated[Principal, Depends(caller(*CUSTOMER_ROLES, *SUPPORT_ROLES, "ops"))]
PeopleReader = Annotated[Principal, Depends(caller("customer_admin", *SUPPORT_ROLES, "ops"))]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=500)]
_FIRST = UUID(int=0)


def router(registry: Registry, roster: Roster) -> APIRouter:
    """The directory over HTTP."""
    routes = APIRouter(prefix="/v1", tags=["directory"])

    @routes.get("/customers", response_model=Page[CustomerView])
    async def list_customers(
        who: Reader, request: Request, limit: Limit = 100, cursor: Cursor = None
    ) -> JsonResponse:
        return _page(who, request, await roster.by_id(CUSTOMER, who.tenant, _place(cursor), limit))

    @routes.post("/customers", status_code=201, response_model=CustomerView)
    async def register_customer(
        body: requests.NewCustomerBody, who: Operator, request: Request, key: IdempotencyKey = None
    ) -> JsonResponse:
        change = Change(
            CUSTOMER,
            CUSTOMER.stream(body.id),
            who.tenant,
            lambda known, _: customers.register(known, body.id, body.name, who.actor()),
            owner=body.id,
            key=scoped_key(who, request, key, body.model_dump_json()),
            traceparent=current_traceparent(),
        )
        return _answer(who, await registry.change(change), f"/v1/customers/{body.id}")

    @routes.get("/customers/{customer}", response_model=CustomerView)
    async def read_customer(customer: Id, who: Reader) -> JsonResponse:
        found = await registry.read(CUSTOMER, CUSTOMER.stream(customer), who.tenant)
        return JsonResponse(shown(who, found), headers={"ETag": etag(found.version)})

    @routes.get("/contracts", response_model=Page[ContractView])
    async def list_contracts(
        who: Staff, request: Request, limit: Limit = 100, cursor: Cursor = None
    ) -> JsonResponse:
        return _page(who, request, await roster.by_id(CONTRACT, who.tenant, _place(cursor), limit))

    @routes.post("/contracts", status_code=201, response_model=ContractView)
    async def draw_up_contract(
        body: requests.NewContractBody, who: Operator, request: Request, key: IdempotencyKey = None
    ) -> JsonResponse:
        change = Change(
            CONTRACT,
            CONTRACT.stream(body.id),
            who.tenant,
            lambda known, _: contracts.draw_up(known, body.terms(body.id), who.actor()),
            owner=ALL_TENANTS,
            key=scoped_key(who, request, key, body.model_dump_json()),
            traceparent=current_traceparent(),
        )
        return _answer(who, await registry.change(change), f"/v1/contracts/{body.id}")

    @routes.get("/contracts/{contract}", response_model=ContractView)
    async def read_contract(contract: Id, who: Staff) -> JsonResponse:
        found = await registry.read(CONTRACT, CONTRACT.stream(contract), who.tenant)
        return JsonResponse(shown(who, found), headers={"ETag": etag(found.version)})

    @routes.get("/people", response_model=Page[PersonView])
    async def list_people(
        who: PeopleReader,
        request: Request,
        customer: Annotated[str | None, Query(pattern=SLUG)] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> JsonResponse:
        after = decode_cursor(cursor, tuple[UUID])[0] if cursor else _FIRST
        return _page(who, request, await roster.people(who.tenant, customer, after, limit))

    @routes.post("/people", status_code=201, response_model=PersonView)
    async def register_person(
        body: requests.NewPersonBody, who: Keeper, request: Request, key: IdempotencyKey = None
    ) -> JsonResponse:
        customer = await _customer_of(registry, body.customer, who)
        owner = customer or ALL_TENANTS
        stream = PERSON.stream(owner, body.external_id)
        change = Change(
            PERSON,
            stream,
            who.tenant,
            lambda known, _: persons.register(
                known, body.external_id, customer, body.contact(), body.locale, who.actor()
            ),
            owner=owner,
            key=scoped_key(who, request, key, body.model_dump_json()),
            traceparent=current_traceparent(),
        )
        return _answer(who, await registry.change(change), f"/v1/people/{stream}")

    @routes.get("/people/{person}", response_model=PersonView)
    async def read_person(person: UUID, who: PeopleReader) -> JsonResponse:
        found = await registry.read(PERSON, person, who.tenant)
        if found.removed:
            raise NotFound("not-found", "There is no such person.")
        return JsonResponse(shown(who, found), headers={"ETag": etag(found.version)})

    add_changes(routes, registry)
    return routes


def _page(who: Principal, request: Request, page: Listed[Any]) -> JsonResponse:
    items = [shown(who, found) for found in page.items]
    return page_response(request, items, page.next_place and encode_cursor(page.next_place))


def _place(cursor: str | None) -> str:
    return decode_cursor(cursor, tuple[str])[0] if cursor else ""


def _answer(who: Principal, committed: Committed[Any], location: str) -> JsonResponse:
    headers = {"ETag": etag(committed.version), "Location": location}
    return JsonResponse(shown(who, committed.state), status_code=201, headers=headers)


async def _customer_of(registry: Registry, named: str | None, who: Principal) -> str | None:
    """Whose person it will be; None for a person of support."""
    if who.customer is not None:
        if named not in (None, who.customer):
            raise Rejected(
                "unknown-customer", "Leave customer out: it follows from the credential.", "/customer"
            )
        named = who.customer
    if named is not None:
        try:
            await registry.read(CUSTOMER, CUSTOMER.stream(named), ALL_TENANTS)
        except NotFound as error:
            raise Rejected("unknown-customer", "There is no such customer.", "/customer") from error
    return named
