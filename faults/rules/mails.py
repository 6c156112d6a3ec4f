"""Messages: one per recipient and cause, whoever was killed while sending it."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from faults.evidence import Event, Evidence, Mail

CONFIRMATION = "ticket_opened"


def _sent(evidence: Evidence, ticket: str) -> list[Event]:
    return [event for event in evidence.stream("/notifier", ticket) if event.type == "NotificationSent"]


def _by_address(evidence: Evidence) -> dict[str, list[Mail]]:
    found = defaultdict[str, list[Mail]](list)
    for mail in evidence.mails:
        found[mail.to].append(mail)
    return found


def copies(evidence: Evidence) -> int:
    """Messages that came again under their Message-ID: allowed where a sender died between send and note."""
    return len(evidence.mails) - len({(mail.to, mail.message_id) for mail in evidence.mails})


def one_confirmation(evidence: Evidence) -> Iterator[str]:
    """A reporter with an e-mail address got exactly one confirmation, and it carries the ticket's number."""
    by_address = _by_address(evidence)
    for ticket, opened in evidence.tickets.items():
        email = (opened.data["reporter"] or {}).get("email")
        if not email:
            continue
        noted = [e for e in _sent(evidence, ticket) if e.data["template"] == CONFIRMATION]
        if len(noted) != 1:
            yield f"{ticket}: {len(noted)} confirmations noted"
        number = opened.data["number"]
        if not any(number in mail.subject or number in mail.text for mail in by_address.get(email, [])):
            yield f"{ticket}: no mail to {email} carries {number}"


def told_once(evidence: Evidence) -> Iterator[str]:
    """Each cause is told to each recipient once; as many distinct messages arrived as were noted as sent."""
    by_address, total = _by_address(evidence), 0
    for ticket, opened in evidence.tickets.items():
        sent = _sent(evidence, ticket)
        noted = Counter((e.data["about"], e.data["recipient"], e.data["channel"]) for e in sent)
        yield from (f"{ticket}: {at} noted {count} times" for at, count in noted.items() if count > 1)
        # What came soon after another notice to the same person stands in that one's mail.
        alone = [event for event in sent if not event.data.get("carried_by")]
        total += len(alone)
        email = (opened.data["reporter"] or {}).get("email")
        mails = {mail.message_id: mail for mail in by_address.get(email or "", [])}
        expected = sum(event.data["recipient"] == "reporter" for event in alone)
        if email and len(mails) != expected:
            yield f"{ticket}: {len(mails)} distinct messages to {email}, {expected} noted as sent"
        alike = Counter((mail.subject, mail.text) for mail in mails.values())
        for (subject, _), count in alike.items():
            if count > 1:
                yield f"{ticket}: {count} messages alike to {email}, {subject!r}"
    distinct = len({(mail.to, mail.message_id) for mail in evidence.mails})
    if distinct != total:
        yield f"{distinct} distinct messages arrived, {total} are noted as sent"


def words_are_told(evidence: Evidence) -> Iterator[str]:
    """Public words of either side, solutions, and alerts were each sent to whom they concern."""
    for ticket, opened in evidence.tickets.items():
        told = {(event.data["about"], event.data["recipient"]) for event in _sent(evidence, ticket)}
        reached = bool((opened.data["reporter"] or {}).get("email"))
        for event in evidence.stream("/intake", ticket) if reached else []:
            word = event.type == "CommentAdded" and event.data["visibility"] == "public"
            word = word and event.data["by"]["party"] == "support"
            word = word or event.type in ("CustomerQuestioned", "TicketClosed")
            if (word or event.type == "TicketResolved") and (event.id, "reporter") not in told:
                yield f"{ticket}: the reporter was not told of {event.type} v{event.version}"
        for event in evidence.stream("/intake", ticket):
            word = event.type == "CommentAdded" and event.data["visibility"] == "public"
            word = word and event.data["by"]["party"] == "customer"
            if word and (event.id, "team") not in told:
                yield f"{ticket}: the team was not told of the customer's word v{event.version}"
        for event in evidence.stream("/escalation", ticket):
            if event.type == "ServiceManagerAlerted" and (event.id, "service_manager") not in told:
                yield f"{ticket}: the service manager was not told of {event.data['reason']}"


def internal_is_never_told(evidence: Evidence) -> Iterator[str]:
    """No internal comment stands in any message."""
    internal = {
        write.token: write.ticket
        for write in evidence.writes
        if write.kind == "comment" and write.body["visibility"] == "internal"
    }
    for mail in evidence.mails:
        for word in mail.text.split():
            if (token := word.strip(".,:;()")) in internal:
                yield f"{internal[token]}: an internal comment was sent to {mail.to}"
