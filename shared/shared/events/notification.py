"""What was told to whom (topic `notification-events`). Addresses are personal, and stay in the ledger."""

from datetime import datetime
from typing import Literal

import msgspec

from shared.events.personal import Personal

NotificationChannel = Literal["email"]
Recipient = Literal["reporter", "service_manager", "team", "assignee", "on_call", "review_owner"]


class NotificationSent(msgspec.Struct, frozen=True, kw_only=True):
    """The recipient's mail server accepted the message.

    `carried_by` is the notification in whose message this one stood, when several were told in one.
    """

    notification_id: str
    about: str
    template: str
    channel: NotificationChannel
    recipient: Recipient
    attempts: int
    carried_by: str | msgspec.UnsetType = msgspec.UNSET
    address: Personal[str] = ""


class NotificationFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The message was refused for good, or every attempt was used up."""

    notification_id: str
    about: str
    template: str
    channel: NotificationChannel
    recipient: Recipient
    attempts: int
    reason: str
    address: Personal[str] = ""


class NotificationHeld(msgspec.Struct, frozen=True, kw_only=True):
    """The message waits until `until`: the recipient's quiet hours, or more to tell in one mail (`burst`)."""

    notification_id: str
    about: str
    template: str
    channel: NotificationChannel
    recipient: Recipient
    until: datetime
    reason: Literal["quiet_hours", "burst"]


NotificationEvent = NotificationSent | NotificationFailed | NotificationHeld
