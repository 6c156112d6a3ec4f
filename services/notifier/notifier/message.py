"""A row of the ledger as a whole mail. The same row always makes the same mail, its Message-ID included."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final, NamedTuple
from uuid import UUID

from notifier.claims import Claimed
from notifier.ledger import EMAIL
from notifier.wording import words
from shared.events.ids import derived_id

# Not every server on the way takes eight bits.
_POLICY: Final = SMTP.clone(cte_type="7bit")
SENDER_NAME: Final = "Stafett"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LONGEST_SUBJECT: Final = 200


class BadAddress(ValueError):
    """No mail can be addressed so; in particular nothing that would break out of a header."""


class Letterhead(NamedTuple):
    """What stands on every mail: the sender's address, and where the portal is."""

    sender: str
    portal_url: str


def message_id(row: UUID, sender: str) -> str:
    """Derived from the row, so that a second attempt is the same mail to whoever gets both."""
    return f"<{row}@{sender.rpartition('@')[2]}>"


def compose_message(row: Claimed, letterhead: Letterhead, trace_id: str | None) -> EmailMessage:
    """The mail of `row`. Raises BadAddress."""
    ticket = row.ticket
    link = f"{letterhead.portal_url.rstrip('/')}/tickets/{row.ticket_id}"
    said = words(row.template, ticket.locale, {"ticket": ticket, "notice": row.facts, "link": link})
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(SENDER_NAME, letterhead.sender)
    mail["To"] = _address("", row.address)
    mail["Subject"] = _one_line(f"[{ticket.number}] {said.subject}")[:_LONGEST_SUBJECT]
    mail["Date"] = format_datetime(row.created_at)
    mail["Message-ID"] = message_id(row.id, letterhead.sender)
    first = _confirmation(row)
    if first is not None and first != row.id:
        mail["In-Reply-To"] = mail["References"] = message_id(first, letterhead.sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Stafett-Ticket"] = str(row.ticket_id)
    if trace_id is not None:
        mail["X-Stafett-Trace-Id"] = trace_id
    mail.set_content(said.text)
    mail.add_alternative(said.html, subtype="html")
    mail["Content-Language"] = ticket.locale
    return mail


def _confirmation(row: Claimed) -> UUID | None:
    """The row that confirmed the ticket to its reporter: the head of the thread."""
    opened_by = row.ticket.opened_by
    return derived_id(opened_by, "notification", f"reporter/{EMAIL}") if opened_by else None


def deliverable(address: str) -> str:
    """`address` as mail servers take it: its domain in letters of ASCII (växjö.se). Raises BadAddress."""
    local, at, domain = address.rpartition("@")
    try:
        written = local + at + domain.encode("idna").decode()
    except UnicodeError:
        raise BadAddress from None
    if not _ADDRESS.fullmatch(written):
        raise BadAddress
    return written


def _address(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=deliverable(address))


def _one_line(text: str) -> str:
    """One line of a header. What looks like an encoded word would be decoded, or break the header."""
    return _CONTROL.sub(" ", text).replace("=?", "= ?").strip()
