"""Given a fact, then who is told of it."""

import pytest
from tests.notifier_facts import (
    AGENT,
    ALERTED,
    BREACHED,
    CLIENT,
    ESCALATED,
    REPORTER,
    comment,
    fact,
    opened,
)

from notifier.domain.notices import Notice, address_of, notice_of
from notifier.domain.ticket import Ticket, observe
from notifier.subscriptions import SUBSCRIBED
from shared.events.envelope import Event
from shared.events.escalation import TicketRouted
from shared.events.ids import new_id
from shared.events.people import Contact
from shared.events.sla import DeadlineWarned
from shared.events.ticket import TicketClosed, TicketPrioritised, TicketResolved

WARNED = DeadlineWarned(
    deadline_id="d1", kind="resolution", reason="fraction", warn_at=BREACHED.due_at, due_at=BREACHED.due_at
)


def told(event: Event) -> Notice | None:
    return notice_of(fact(event, new_id()))


@pytest.mark.parametrize(
    ("event", "template"),
    [
        (opened(), "ticket_opened"),
        (comment("Hej"), "comment_added"),
        (TicketResolved(by=AGENT, solution="Klart"), "ticket_resolved"),
        (TicketClosed(by=AGENT, resolved=True), "ticket_closed"),
        (ESCALATED, "ticket_escalated"),
    ],
)
def test_the_reporter_is_told_of_the_ticket(event: Event, template: str) -> None:
    notice = told(event)

    assert notice is not None
    assert (notice.recipient, notice.template) == ("reporter", template)


def test_what_the_customer_writes_is_told_to_the_team() -> None:
    notice = told(comment("Nu går det igen", by=CLIENT))

    assert notice == Notice("customer_commented", "team", {"body": "Nu går det igen"})
    assert told(comment("Sagt bland oss", by=CLIENT, visibility="internal")) is None


@pytest.mark.parametrize("event", [BREACHED, WARNED])
def test_clocks_are_told_to_the_team_and_never_to_the_customer(event: Event) -> None:
    notice = told(event)

    assert notice is not None
    assert notice.recipient == "team"


def test_an_alert_goes_to_the_service_manager() -> None:
    notice = told(ALERTED)

    assert notice is not None
    assert notice.recipient == "service_manager"


@pytest.mark.parametrize(
    "event",
    [
        comment("Bara vi", visibility="internal"),
        TicketClosed(by=CLIENT, resolved=True),
        TicketPrioritised(priority="P2", previous=None, basis="correction", by=AGENT),
        TicketRouted(line=1, team="line-1"),
    ],
)
def test_nobody_is_told_of_internal_words_nor_of_what_the_customer_did_itself(event: Event) -> None:
    assert told(event) is None


def test_everything_that_is_told_is_subscribed_to() -> None:
    events = (opened(), comment("Hej"), ESCALATED, ALERTED, BREACHED, WARNED)

    assert {type(event) for event in events} <= SUBSCRIBED.keys()


def test_a_reporter_without_an_e_mail_is_not_written_to() -> None:
    by_phone = opened(reporter=Contact(name="Åsa", phone="070-1740605"))
    ticket = observe(Ticket(), fact(by_phone, new_id()))

    assert address_of("reporter", ticket, "support.example") is None


def test_a_missing_service_manager_shows_as_an_empty_address() -> None:
    ticket = observe(Ticket(), fact(opened(manager=None), new_id()))

    assert address_of("service_manager", ticket, "support.example") == ""


def test_the_team_that_holds_the_ticket_is_written_to() -> None:
    subject = new_id()
    ticket = observe(Ticket(), fact(opened(), subject))

    assert address_of("team", ticket, "support.example") == "line-1@support.example"
    moved = observe(ticket, fact(ESCALATED, subject))
    assert address_of("team", moved, "support.example") == "line-2@support.example"
    assert address_of("reporter", moved, "support.example") == REPORTER.email
