"""Rows of the ledger as a whole mail. The same rows always make the same mail, its Message-ID included."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final
from uuid import UUID

from notifier.claims import Claimed, Mail
from notifier.ledger import row_id
from notifier.wording import Wording

# Not every server on the way takes eight bits.
_POLICY: Final = SMTP.clone(cte_type="7bit")
SENDER_NAME: Final = "Stafett"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LONGEST_SUBJECT: Final = 200


class BadAddress(ValueError):
    """No mail can be addressed so; in particular nothing that would break out of a header."""


class Postbox:
    """Writes mails: from `sender`, where answers go too, with links to the portal."""

    def __init__(self, sender: str, portal_url: str, wording: Wording) -> None:
        self.sender = sender
        self._portal = portal_url.rstrip("/")
        self._wording = wording

    def compose(self, mail: Mail, trace_id: str | None) -> EmailMessage:
        """`mail` as it goes over the wire. Raises BadAddress."""
        row = mail.lead
        ticket = row.ticket
        said = self._wording.words([(each.template, self._facts(each)) for each in mail.rows])
        written = EmailMessage(policy=_POLICY)
        written["From"] = _address(SENDER_NAME, self.sender)
        written["To"] = _address("", row.address)
        written["Reply-To"] = _address("", self.sender)
        written["Subject"] = _one_line(f"[{ticket.number}] {said.subject}")[:_LONGEST_SUBJECT]
        written["Date"] = format_datetime(row.created_at)
        written["Message-ID"] = message_id(row.id, self.sender)
        first = row_id(ticket.opened_by, "reporter") if ticket.opened_by else None
        if first is not None and first != row.id:
            written["In-Reply-To"] = written["References"] = message_id(first, self.sender)
        # No `Precedence`: it is no standard, and what honours it honours these two.
        written["Auto-Submitted"] = "auto-generated"
        written["X-Auto-Response-Suppress"] = "All"
        written["X-Stafett-Ticket"] = str(row.ticket_id)
        if trace_id is not None:
            written["X-Stafett-Trace-Id"] = trace_id
        written.set_content(said.text)
        written.add_alternative(said.html, subtype="html")
        written["Content-Language"] = said.language
        return written

    def _facts(self, row: Claimed) -> dict[str, Any]:
        return {
            "ticket": row.ticket,
            "notice": row.facts,
            "recipient": row.recipient,
            "at": row.event_time,
            "portal": self._portal,
            "link": f"{self._portal}/tickets/{row.ticket_id}",
        }


def message_id(row: UUID, sender: str) -> str:
    """Derived from the row, so that a second attempt is the same mail to whoever gets both."""
    return f"<{row}@{sender.rpartition('@')[2]}>"


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
