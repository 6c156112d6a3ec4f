"""Each rule holds on a story that went well, and sees what it is there to see."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from faults.checker import RULES, check
from faults.evidence import Evidence, Mail, Outage
from faults.journal import Attempt
from faults.rules.clocks import evidence_for
from faults.tests.story import EMAIL, TICKET, after, clock, event, evidence


def violated(found: Evidence) -> set[str]:
    """The rules that do not hold."""
    return {verdict.rule for verdict in check(found) if verdict.violations}


def test_a_story_that_went_well_violates_nothing() -> None:
    assert violated(evidence()) == set()


def _data(found: Evidence, source: str, index: int, **data: Any) -> None:
    told = found.feeds[source][index]
    found.feeds[source][index] = replace(told, data=told.data | data)


def _lost_write(found: Evidence) -> None:
    found.feeds["/intake"].pop()


def _stored_twice(found: Evidence) -> None:
    found.feeds["/intake"].append(replace(found.feeds["/intake"][1], version=5, id="twice"))


def _other_answer(found: Evidence) -> None:
    found.writes[0].again = {"id": TICKET, "number": "2026-000002", "version": 1}


def _server_error(found: Evidence) -> None:
    found.writes[0].attempts.insert(0, Attempt(after(0), 0.1, 500, clean=False))


def _refused_without_kafka(found: Evidence) -> None:
    found.outages.append(Outage("kafka", after(-1), after(5)))
    found.writes[0].attempts.insert(0, Attempt(after(0), 0.1, 503, clean=True))


def _gap(found: Evidence) -> None:
    found.feeds["/intake"].pop(1)


def _unpublished(found: Evidence) -> None:
    found.arrivals.pop()


def _unstored(found: Evidence) -> None:
    found.feeds["/notifier"].pop()


def _second_id(found: Evidence) -> None:
    again = found.arrivals[3]
    found.arrivals.append(replace(again, event=replace(again.event, id="another"), offset=99))


def _disorder(found: Evidence) -> None:
    found.arrivals[0], found.arrivals[1] = found.arrivals[1], found.arrivals[0]


def _other_partition(found: Evidence) -> None:
    found.arrivals[-1] = replace(found.arrivals[-1], partition=8)


def _other_due(found: Evidence) -> None:
    found.previews[TICKET][0]["due_at"] = after(11).isoformat()


def _met_twice(found: Evidence) -> None:
    found.feeds["/sla-engine"].append(replace(found.feeds["/sla-engine"][3], version=7))


def _never_ends(found: Evidence) -> None:
    found.feeds["/sla-engine"].pop()


def _false_breach(found: Evidence) -> None:
    due = after(25).isoformat()
    breach = clock(6, "resolution", "DeadlineBreached", 26, due_at=due, detected_at=after(26).isoformat())
    found.feeds["/sla-engine"][5] = breach


def _met_by_nothing(found: Evidence) -> None:
    _data(found, "/sla-engine", 5, met_at=after(6).isoformat())


def _breach_in_outage(found: Evidence) -> None:
    found.outages.append(Outage("kafka", after(10), after(40)))
    _false_breach(found)


def _does_not_pause(found: Evidence) -> None:
    question = event("/intake", 4, "CustomerQuestioned", 5, by={"party": "support"}, body="Question")
    found.feeds["/intake"].insert(3, question)


def _not_routed(found: Evidence) -> None:
    found.feeds["/escalation"] = []


def _escalated_twice(found: Evidence) -> None:
    found.feeds["/escalation"].append(replace(found.feeds["/escalation"][1], version=4))


def _not_alerted(found: Evidence) -> None:
    found.feeds["/escalation"].pop()


def _stays_low(found: Evidence) -> None:
    _data(found, "/escalation", 1, to_line=1)
    found.feeds["/intake"].pop()
    _false_breach(found)


def _no_confirmation(found: Evidence) -> None:
    found.feeds["/notifier"].pop(0)


def _mailed_twice(found: Evidence) -> None:
    found.mails.append(replace(found.mails[0], message_id="<again@stafett.example>"))


def _word_untold(found: Evidence) -> None:
    found.feeds["/notifier"].pop(1)


def _internal_told(found: Evidence) -> None:
    found.writes[2].body = {"body": "Word: w000003", "visibility": "internal"}
    found.mails[0] = replace(found.mails[0], text="They say: w000003.")


def _shown_wrongly(found: Evidence) -> None:
    found.shown[TICKET]["status"] = "open"


def _subscriber_misses(found: Evidence) -> None:
    assert found.late is not None
    found.late["/intake", TICKET].pop()


def _read_model_behind(found: Evidence) -> None:
    found.shown[TICKET]["versions"]["sla-engine"] = 5


def _closed(found: Evidence, *reviews: str) -> None:
    """Closed after its solution, and what then comes of its review."""
    support: dict[str, Any] = {"by": {"party": "support"}}
    due: dict[str, Any] = {"due_at": after(30).isoformat(), "highest_priority": "P1", "review": 1}
    found.feeds["/intake"].append(event("/intake", 5, "TicketClosed", 10, **support))
    found.feeds["/intake"] += [
        event("/intake", 6 + n, told, 10, **support, **due) for n, told in enumerate(reviews)
    ]


def _not_reviewed(found: Evidence) -> None:
    _closed(found)


def _review_untimed(found: Evidence) -> None:
    _closed(found, "ReviewOpened")


TAMPERED: dict[str, Callable[[Evidence], None]] = {
    "acknowledged-is-stored": _lost_write,
    "written-once": _stored_twice,
    "same-key-same-answer": _other_answer,
    "refusals-are-clean": _server_error,
    "accepts-without-kafka": _refused_without_kafka,
    "streams-have-no-gaps": _gap,
    "published-as-stored": _unpublished,
    "nothing-published-unstored": _unstored,
    "one-id-per-version": _second_id,
    "first-in-version-order": _disorder,
    "one-partition-per-ticket": _other_partition,
    "deadlines-start": _other_due,
    "exactly-one-end": _met_twice,
    "ends-when-due": _never_ends,
    "no-false-breach": _false_breach,
    "met-by-evidence": _met_by_nothing,
    "waiting-stops-the-clock": _does_not_pause,
    "breaches-held-while-kafka-is-away": _breach_in_outage,
    "routed-once": _not_routed,
    "escalated-once": _escalated_twice,
    "alerted-once": _not_alerted,
    "breach-moves-up": _stays_low,
    "urgent-closings-are-reviewed": _not_reviewed,
    "reviews-are-timed-and-told": _review_untimed,
    "one-confirmation": _no_confirmation,
    "told-once": _mailed_twice,
    "words-are-told": _word_untold,
    "internal-is-never-told": _internal_told,
    "shown-as-folded": _shown_wrongly,
    "late-subscriber-holds-all": _subscriber_misses,
    "drained": _read_model_behind,
}


def test_every_rule_is_tampered_with() -> None:
    assert TAMPERED.keys() == RULES.keys()


@pytest.mark.parametrize("rule", TAMPERED)
def test_a_rule_sees_what_it_is_there_for(rule: str) -> None:
    found = evidence()
    TAMPERED[rule](found)
    assert rule in violated(found)


def test_the_same_record_again_is_allowed() -> None:
    found = evidence()
    found.arrivals += [replace(arrival, offset=arrival.offset + 100) for arrival in found.arrivals]
    assert violated(found) == set()


def test_a_copy_under_the_same_message_id_is_allowed() -> None:
    found = evidence()
    found.mails.append(found.mails[0])
    assert violated(found) == set()


def test_a_retracted_breach_is_no_false_one_outside_an_outage() -> None:
    found = evidence()
    due, met = after(25).isoformat(), found.feeds["/sla-engine"].pop()
    breach = clock(6, "resolution", "DeadlineBreached", 26, due_at=due, detected_at=after(26).isoformat())
    retracted = clock(7, "resolution", "BreachRetracted", 27, due_at=due, met_at=after(7).isoformat())
    found.feeds["/sla-engine"] += [breach, retracted, replace(met, version=8)]
    assert not violated(found) & {"no-false-breach", "exactly-one-end"}


def test_a_mail_to_another_address_concerns_no_ticket() -> None:
    found = evidence()
    found.mails[-1] = Mail("ylva.exempel@acme.example", "<x@stafett.example>", "Alert", "P1")
    assert violated(found) == set()


def test_an_internal_event_type_of_tomorrow_disturbs_nothing() -> None:
    found = evidence()
    found.feeds["/escalation"].append(event("/escalation", 4, "OnCallAlerted", 1))
    assert "routed-once" not in violated(found)
    assert EMAIL in {mail.to for mail in found.mails}


@pytest.mark.parametrize(("due", "right"), [(25, False), (26, True), (27, False)])
def test_a_wait_of_a_second_moves_what_is_due_by_a_second(due: int, right: bool) -> None:
    found = evidence()
    _does_not_pause(found)
    answered = event("/intake", 5, "CustomerAnswered", 6, by={"party": "customer"})
    found.feeds["/intake"][4:] = [answered, replace(found.feeds["/intake"][4], version=6)]
    paused = clock(6, "resolution", "DeadlinePaused", 5, paused_at=after(5).isoformat())
    resumed = clock(7, "resolution", "DeadlineResumed", 6, due_at=after(due).isoformat())
    met = found.feeds["/sla-engine"].pop()
    found.feeds["/sla-engine"] += [paused, resumed, replace(met, version=8)]
    assert ("waiting-stops-the-clock" not in violated(found)) == right


@pytest.mark.parametrize(("cause", "counts"), [("limit", 0), ("resolution", 1)])
def test_the_move_that_a_line_limits_breach_causes_is_no_evidence_against_it(cause: str, counts: int) -> None:
    found = evidence()
    started = clock(9, "line_limit", "DeadlineStarted", 0, due_at=after(20).isoformat())
    started.data["deadline_id"] = "limit"
    moves = ((1, 2, cause), (2, 3, "another"))
    found.feeds["/escalation"] = [
        event("/escalation", version, "TicketEscalated", 20, from_line=before, to_line=to, cause_id=by)
        for version, (before, to, by) in enumerate(moves, start=1)
    ]
    assert len(evidence_for(found, TICKET, started)) == counts


def test_a_review_that_is_opened_timed_told_and_taken_back_is_right() -> None:
    found = evidence()
    _closed(found, "ReviewOpened")
    opened = found.feeds["/intake"][-1]
    found.feeds["/intake"] += [
        event("/intake", 7, "TicketReopened", 11, by={"party": "customer"}),
        event("/intake", 8, "ReviewWithdrawn", 11, by={"party": "customer"}),
    ]
    begun = {"due_at": after(30).isoformat(), "received_at": after(10).isoformat(), "internal": True}
    found.feeds["/sla-engine"].append(clock(7, "review", "DeadlineStarted", 10, **begun))
    told = {"about": opened.id, "recipient": "review_owner", "template": "review_opened", "channel": "email"}
    found.feeds["/notifier"].append(event("/notifier", 5, "NotificationSent", 12, **told))
    assert not violated(found) & {"urgent-closings-are-reviewed", "reviews-are-timed-and-told"}


@pytest.mark.parametrize(
    ("changes", "reviewed"),
    [
        ([("P3", "correction")], False),
        ([("P3", "worsened")], True),
        ([("P3", "correction"), ("P2", "worsened"), ("P4", "correction")], False),
    ],
)
def test_what_was_corrected_was_never_held(changes: list[tuple[str, str]], reviewed: bool) -> None:
    found = evidence()
    _closed(found)
    for priority, basis in changes:
        told = event(
            "/intake", 0, "TicketPrioritised", 1, by={"party": "support"}, priority=priority, basis=basis
        )
        found.feeds["/intake"].insert(-1, told)
    found.feeds["/intake"] = [replace(e, version=n) for n, e in enumerate(found.feeds["/intake"], start=1)]
    assert ("urgent-closings-are-reviewed" in violated(found)) == reviewed
