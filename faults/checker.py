"""The independent checker: it knows the contract and shares no code with what it judges."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from faults.evidence import Evidence
from faults.rules import clocks, log, mails, people, reviews, views, writes

Rule = Callable[[Evidence], Iterable[str]]

RULES: dict[str, Rule] = {
    "acknowledged-is-stored": writes.acknowledged_is_stored,
    "written-once": writes.written_once,
    "same-key-same-answer": writes.same_key_same_answer,
    "refusals-are-clean": writes.refusals_are_clean,
    "accepts-without-kafka": writes.accepts_without_kafka,
    "streams-have-no-gaps": log.streams_have_no_gaps,
    "published-as-stored": log.published_as_stored,
    "nothing-published-unstored": log.nothing_published_unstored,
    "one-id-per-version": log.one_id_per_version,
    "first-in-version-order": log.first_in_version_order,
    "one-partition-per-ticket": log.one_partition_per_ticket,
    "deadlines-start": clocks.deadlines_start,
    "exactly-one-end": clocks.exactly_one_end,
    "ends-when-due": clocks.ends_when_due,
    "no-false-breach": clocks.no_false_breach,
    "met-by-evidence": clocks.met_by_evidence,
    "waiting-stops-the-clock": clocks.waiting_stops_the_clock,
    "breaches-held-while-kafka-is-away": clocks.breaches_held,
    "routed-once": people.routed_once,
    "escalated-once": people.escalated_once,
    "alerted-once": people.alerted_once,
    "breach-moves-up": people.breach_moves_up,
    "urgent-closings-are-reviewed": reviews.urgent_closings_are_reviewed,
    "reviews-are-timed-and-told": reviews.reviews_are_timed_and_told,
    "one-confirmation": mails.one_confirmation,
    "told-once": mails.told_once,
    "words-are-told": mails.words_are_told,
    "internal-is-never-told": mails.internal_is_never_told,
    "shown-as-folded": views.shown_as_folded,
    "late-subscriber-holds-all": views.late_subscriber_holds_all,
    "drained": views.drained,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's: nothing in `violations` means that it held."""

    rule: str
    violations: list[str]


def check(evidence: Evidence) -> list[Verdict]:
    """Judge the evidence by every rule."""
    return [Verdict(name, _violations(rule, evidence)) for name, rule in RULES.items()]


def _violations(rule: Rule, evidence: Evidence) -> list[str]:
    """What cannot even be judged, because something that must be there is not, violates the rule too."""
    found: list[str] = []
    try:
        found.extend(rule(evidence))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as unfit:
        found.append(f"cannot be judged further: {unfit!r}")
    return found
