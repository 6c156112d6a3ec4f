"""What is to be told to one kind of recipient."""

from typing import Any, NamedTuple

from shared.events.notification import Recipient


class Notice(NamedTuple):
    """`template` names the wording, `facts` (JSON) what it needs beside the ticket.

    An `urgent` one is told at once, alone and at any hour. `team`: which team is meant, when it is not the
    one that holds the ticket.
    """

    template: str
    recipient: Recipient
    facts: dict[str, Any]
    urgent: bool = False
    team: str | None = None
