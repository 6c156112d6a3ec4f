"""Routes of webhooks: who may be told, of what, and what came of telling them."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request

from notifier.domain.webhooks import AUDIENCES, CARRIED, open_to
from notifier.webhooks.acts import Acts, New
from notifier.webhooks.bodies import (
    CreateBody,
    DeliveryDetail,
    DeliveryState,
    DeliveryView,
    EmptyBody,
    SecretView,
    WebhookDetail,
    WebhookView,
)
from notifier.webhooks.reading import Asked as PageAsked
from notifier.webhooks.reading import Hooks
from notifier.webhooks.repeating import Acted, Asked
from notifier.webhooks.urls import BadUrl, parse
from shared.errors import Rejected
from shared.runtime.auth import Principal, caller
from shared.runtime.consistency import await_young
from shared.runtime.cursors import Page, decode_cursor, encode_cursor, page_response
from shared.runtime.etags import etag, parse_if_match
from shared.runtime.responses import JsonResponse
from shared.runtime.retries import IdempotencyKey, IfMatch, scoped_key
from shared.runtime.telemetry import current_traceparent
from shared.runtime.text import Body

Owner = Annotated[Principal, Depends(caller("client", "customer_admin", "manager", "ops", "service"))]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=500)]
CarryOut = Callable[[UUID, Asked], Awaitable[Acted]]
Ordinal = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


def router(acts: Acts, hooks: Hooks, *, local: bool) -> APIRouter:
    """A customer tends its own hooks; a service manager also customers', operators and services all."""
    routes = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

    @routes.post("", status_code=201, response_model=SecretView)
    async def create_webhook(
        body: CreateBody, who: Owner, request: Request, key: IdempotencyKey = None
    ) -> JsonResponse:
        acted = await acts.create(_new(body, who, local=local), _asked(who, request, body, key))
        return _answer(acted, status=201, location=f"/v1/webhooks/{acted.webhook}")

    @routes.get("", response_model=Page[WebhookView])
    async def list_webhooks(
        request: Request, who: Owner, limit: Limit = 100, cursor: Cursor = None
    ) -> JsonResponse:
        (after,) = decode_cursor(cursor, tuple[UUID]) if cursor is not None else (None,)
        items = await hooks.page(who, PageAsked(after, limit + 1))
        following = encode_cursor(items[limit - 1]["id"]) if len(items) > limit else None
        return page_response(request, items[:limit], following)

    @routes.get("/{webhook_id}", response_model=WebhookDetail)
    async def read_webhook(webhook_id: UUID, who: Owner) -> JsonResponse:
        hook = await await_young(webhook_id, lambda: hooks.one(who, webhook_id))
        return JsonResponse(hook, headers={"ETag": etag(hook["version"])})

    for name, act, carry_out, view, status in (
        ("rotate_secret", "rotate", acts.rotate, SecretView, 200),
        ("disable_webhook", "disable", acts.disable, WebhookView, 200),
        ("enable_webhook", "enable", acts.enable, WebhookView, 200),
        ("test_webhook", "test", acts.test, DeliveryView, 202),
    ):
        routes.add_api_route(
            f"/{{webhook_id}}/{act}",
            _endpoint(carry_out, status),
            methods=["POST"],
            name=name,
            status_code=status,
            response_model=view,
        )

    @routes.get("/{webhook_id}/deliveries", response_model=Page[DeliveryView])
    async def list_deliveries(
        webhook_id: UUID,
        request: Request,
        who: Owner,
        state: DeliveryState | None = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> JsonResponse:
        (after,) = decode_cursor(cursor, tuple[Ordinal]) if cursor is not None else (None,)
        found = await hooks.deliveries(who, webhook_id, PageAsked(after, limit + 1, state))
        following = encode_cursor(found[limit - 1][0]) if len(found) > limit else None
        return page_response(request, [item for _, item in found[:limit]], following)

    @routes.get("/{webhook_id}/deliveries/{delivery_id}", response_model=DeliveryDetail)
    async def read_delivery(webhook_id: UUID, delivery_id: UUID, who: Owner) -> JsonResponse:
        return JsonResponse(await hooks.delivery(who, webhook_id, delivery_id))

    @routes.post(
        "/{webhook_id}/deliveries/{delivery_id}/resend", status_code=202, response_model=DeliveryView
    )
    async def resend_delivery(
        webhook_id: UUID,
        delivery_id: UUID,
        who: Owner,
        request: Request,
        body: EmptyBody | None = None,
        key: IdempotencyKey = None,
        match: IfMatch = None,
    ) -> JsonResponse:
        asked = _asked(who, request, body, key, match, webhook_id=webhook_id, delivery_id=delivery_id)
        return _answer(await acts.resend(webhook_id, delivery_id, asked), status=202)

    return routes


def _endpoint(carry_out: CarryOut, status: int) -> Callable[..., Awaitable[JsonResponse]]:
    """One route that acts on a hook: the same for all but the act."""

    async def acts_on(
        webhook_id: UUID,
        who: Owner,
        request: Request,
        body: EmptyBody | None = None,
        key: IdempotencyKey = None,
        match: IfMatch = None,
    ) -> JsonResponse:
        asked = _asked(who, request, body, key, match, webhook_id=webhook_id)
        return _answer(await carry_out(webhook_id, asked), status=status)

    return acts_on


def _new(body: CreateBody, who: Principal, *, local: bool) -> New:
    """What is asked for, checked. Raises Rejected."""
    try:
        parse(body.url, local=local)
    except BadUrl as error:
        raise Rejected("webhook-url-refused", str(error), "/url") from None
    if who.customer is not None and body.customer not in (None, who.customer):
        raise Rejected("unknown-customer", "Leave customer out: it follows from the credential.", "/customer")
    allowed = open_to(AUDIENCES[who.role][0])
    for place, name in enumerate(body.types or ()):
        if name not in allowed:
            why = "is told to support only" if name in CARRIED else "is no event type that is sent"
            raise Rejected(
                "unknown-event-type", f"This {why}; see docs/api/asyncapi.json.", f"/types/{place}"
            )
    types = None if body.types is None else sorted(set(body.types))
    return New(body.url, types, who.customer or body.customer, body.description)


def _asked(
    who: Principal,
    request: Request,
    body: Body | None,
    key: str | None,
    match: str | None = None,
    **ids: UUID,
) -> Asked:
    given = (body or EmptyBody()).model_dump_json()
    return Asked(
        who, scoped_key(who, request, key, given, **ids), parse_if_match(match), current_traceparent()
    )


def _answer(acted: Acted, *, status: int = 200, location: str | None = None) -> JsonResponse:
    """Only what made a secret shows it."""
    headers = {"ETag": etag(acted.version)}
    if location is not None:
        headers["Location"] = location
    shown = acted.answer if acted.secret is None else acted.answer | {"secret": acted.secret}
    return JsonResponse(shown, status_code=status, headers=headers)
