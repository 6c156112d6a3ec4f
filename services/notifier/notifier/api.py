"""The notifier's routes: the ledger, and the caught mail of a machine of one's own."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from notifier.mailbox import CaughtMail, Mailbox
from notifier.reading import Asked, Notifications
from shared.errors import NotFound
from shared.events.notification import NotificationChannel, Recipient
from shared.runtime.auth import ALL_ROLES, Principal, caller
from shared.runtime.consistency import await_young
from shared.runtime.cursors import Page, decode_cursor, encode_cursor, page_response
from shared.runtime.instants import Instant
from shared.runtime.responses import JsonResponse
from shared.runtime.text import Text

if TYPE_CHECKING:
    import asyncpg

Ordinal = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A row's number in a cursor, bounded as the database's is."""

Anyone = Annotated[Principal, Depends(caller(*ALL_ROLES))]


class Notification(BaseModel):
    """One row of the ledger.

    `state`: `pending`, `held` until `send_after` because of `hold` (`quiet_hours` or `burst`), `sending`,
    `sent`, `failed`, or `unknown`: an attempt broke off when the mail may have been taken, and it goes once
    more under the same Message-ID. `ambiguities`: how many attempts ended so. `carried_by`: the notification
    in whose mail it is told.
    """

    id: UUID
    ticket: UUID
    event: UUID
    event_type: str
    event_time: Instant
    recipient: Recipient
    channel: NotificationChannel
    template: str
    address: str | None
    state: str
    attempts: int
    ambiguities: int
    reason: str | None
    urgent: bool
    hold: str | None
    send_after: Instant | None
    carried_by: UUID | None
    created_at: Instant
    next_attempt_at: Instant | None
    settled_at: Instant | None


def router(notifications: Notifications) -> APIRouter:
    """A customer sees what its own reporters were told; everyone else sees every row."""
    routes = APIRouter(tags=["notifications"])

    @routes.get("/v1/notifications", response_model=Page[Notification])
    async def read_notifications(
        request: Request,
        who: Anyone,
        ticket: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
    ) -> JsonResponse:
        if ticket is not None:
            await _must_be_known(notifications, ticket, who.tenant)
        (after,) = decode_cursor(cursor, tuple[Ordinal]) if cursor is not None else (0,)
        asked = Asked(ticket, who.customer is not None, after, limit)
        rows = await notifications.page(asked, who.tenant)
        following = encode_cursor(rows[-1]["ordinal"]) if len(rows) == limit else None
        return page_response(request, [_shown(row) for row in rows], following)

    return routes


def caught_mail(mailbox: Mailbox) -> APIRouter:
    """What the sink has caught. Included under the local profile only."""
    routes = APIRouter(tags=["local"])

    @routes.get("/local/mail", response_model=list[CaughtMail])
    def read_mail(to: Text | None = None, ticket: Text | None = None) -> JsonResponse:
        found = [
            mail
            for mail in mailbox.mails()
            if to in (None, mail["to"]) and (ticket is None or _is_about(mail, ticket))
        ]
        return JsonResponse(found)

    return routes


async def _must_be_known(notifications: Notifications, ticket: UUID, tenant: str) -> None:
    async def heard_of() -> None:
        if not await notifications.knows(ticket, tenant):
            raise NotFound("not-found", "There is no such ticket.")

    await await_young(ticket, heard_of)


def _shown(row: "asyncpg.Record") -> Notification:
    return Notification(**dict(row) | {"event": row["event_id"], "reason": row["reason"] or None})


def _is_about(mail: CaughtMail, ticket: str) -> bool:
    """By the ticket's id, or by its number."""
    return mail["headers"].get("X-Stafett-Ticket") == ticket or f"[{ticket}]" in mail["subject"]
