"""What was told to whom (topic `notification-events`). Addresses are personal, and stay in the ledger."""

from typing import Literal

import msgspec

from shared.events.personal import Personal

NotificationChannel = Literal["email"]
Recipient = Literal["reporter", "service_manager", "team"]


class NotificationSent(msgspec.Struct, frozen=True, kw_only=True):
    """The recipient's mail server accepted the message."""

    notification_id: str
    about: str
    template: str
    channel: NotificationChannel
    recipient: Recipient
    attempts: int
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


NotificationEvent = NotificationSent | NotificationFailed
