"""A post-incident review is told to whoever owns it, and when it is late; the customer never hears of it."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from tests.notifier_facts import AGENT, CLIENT, MANAGER, REPORTER, START, TEAMS, fact, opened

from notifier.domain.notice import Notice
from notifier.domain.notices import notices_of
from notifier.domain.recipients import address_of
from notifier.domain.ticket import Ticket, observe
from notifier.rendering import LANGUAGES
from notifier.samples import samples
from notifier.subscriptions import SUBSCRIBED
from notifier.wording import Wording
from shared.events.envelope import Event
from shared.events.ids import new_id
from shared.events.people import Contact
from shared.events.review import ReviewAssigned, ReviewCompleted, ReviewOpened, ReviewWithdrawn
from shared.events.sla import DeadlineBreached, DeadlineKind, DeadlineWarned

SUBJECT = new_id()
KNOWN = observe(Ticket(), fact(opened(priority="P3"), SUBJECT))
BO = Contact(name="Bo Exempel", email="bo@support.example")
OPENED = ReviewOpened(review=1, highest_priority="P2", due_at=START, owner=MANAGER, by=AGENT)
ASSIGNED = ReviewAssigned(
    review=1, due_at=START, previous_due_at=START, owner_changed=True, owner=BO, by=AGENT
)
SILENT: Sequence[Event] = (
    ReviewWithdrawn(review=1, reason="reopened", by=CLIENT),
    ReviewCompleted(review=1, by=AGENT, root_cause="Disken var full."),
    replace(ASSIGNED, owner_changed=False),
)


def warned(kind: DeadlineKind = "review") -> DeadlineWarned:
    return DeadlineWarned(
        deadline_id="d", kind=kind, reason="fraction", warn_at=START, due_at=START, internal=True
    )


def overdue(kind: DeadlineKind = "review") -> DeadlineBreached:
    return DeadlineBreached(
        deadline_id="d", kind=kind, commitment="aim", due_at=START, detected_at=START, internal=True
    )


TOLD: Sequence[tuple[Event, str]] = (
    (OPENED, "review_opened"),
    (ASSIGNED, "review_assigned"),
    (warned(), "review_warned"),
    (overdue(), "review_overdue"),
)


def told(event: Event, before: Ticket = KNOWN) -> list[Notice]:
    return list(notices_of(fact(event, SUBJECT), before))


def reached(*events: Event, known: Ticket = KNOWN) -> str | None:
    """Where the last of `events` goes, once all of them have been heard."""
    for event in events:
        (before, known) = known, observe(known, fact(event, SUBJECT))
    (notice,) = told(events[-1], before)
    return address_of(notice, known, TEAMS)


@pytest.mark.parametrize(("event", "template"), TOLD, ids=[name for _, name in TOLD])
def test_the_owner_alone_is_told(event: Event, template: str) -> None:
    assert [(n.template, n.recipient) for n in told(event)] == [(template, "review_owner")]
    assert SUBSCRIBED.keys() >= {type(event)}


@pytest.mark.parametrize("event", SILENT)
def test_what_the_owner_did_or_need_not_know_is_told_to_nobody(event: Event) -> None:
    assert told(event) == []


def test_it_is_mailed_to_the_owner_and_to_another_once_it_is_theirs() -> None:
    assert reached(OPENED) == MANAGER.email
    assert reached(OPENED, ASSIGNED) == BO.email
    assert reached(OPENED, ASSIGNED, overdue()) == BO.email
    assert reached(OPENED, warned()) == MANAGER.email


def test_without_an_owner_it_is_the_teams_and_not_the_service_managers_of_the_opening() -> None:
    assert KNOWN.service_manager == MANAGER
    nobodys = replace(OPENED, owner=None)
    assert reached(nobodys, overdue()) == "line-1@support.example"
    by_telephone = replace(OPENED, owner=Contact(name="Ylva", phone="+46 8 000 00 21"))
    assert reached(by_telephone) == "line-1@support.example"


def test_no_clock_of_a_review_waits_and_its_opening_may() -> None:
    assert [told(event)[0].urgent for event, _ in TOLD] == [False, False, True, True]


def test_the_tickets_own_clocks_are_told_to_support_as_before() -> None:
    for clock in (warned("resolution"), overdue("resolution")):
        assert {notice.recipient for notice in told(clock)} == {"team", "assignee"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_say_what_is_asked_for_and_by_when(language: str) -> None:
    found = samples(language)  # type: ignore[arg-type]
    for _, template in TOLD:
        said = Wording().words([(template, found[template][0])])
        assert "2026-03-30" in said.text and "2026-000123" in said.text
        assert ("genomgång" if language == "sv" else "review") in (said.subject + said.text).lower()
    cause = {"sv": "rotorsaken", "en": "root cause"}[language]
    assert cause in Wording().words([("review_opened", found["review_opened"][0])]).text


def test_the_customer_is_told_of_nothing() -> None:
    for event in (*(event for event, _ in TOLD), *SILENT):
        assert "reporter" not in {notice.recipient for notice in told(event)}
        assert reached(OPENED, ASSIGNED) != REPORTER.email
