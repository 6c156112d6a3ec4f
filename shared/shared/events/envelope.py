"""An event as stored and as published: the CloudEvents attributes around the data."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.events.directory import DirectoryEvent
from shared.events.escalation import EscalationEvent
from shared.events.notification import NotificationEvent
from shared.events.policy import PolicyEvent
from shared.events.sla import SlaEvent
from shared.events.ticket import TicketEvent

Event = TicketEvent | SlaEvent | EscalationEvent | NotificationEvent | PolicyEvent | DirectoryEvent


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one stream.

    `subject` is the stream's id (for tickets the ticket id); `version` counts 1, 2, 3 … per subject and
    source; `time` is when it happened, `recorded_at` when it was stored; `tenant` is the customer.
    """

    id: UUID
    type: str
    source: str
    subject: UUID
    version: int
    tenant: str
    time: datetime
    recorded_at: datetime
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    data: Event
