"""Every planted bug: who has it, in which scenario it shows, and which rule must catch it."""

from collections.abc import Callable
from typing import NamedTuple

from faults.bugs import clocks, relay, reviews, telling, writing


class Plant(NamedTuple):
    """`patient`: the stories go on long enough for clocks to run out."""

    service: str
    caught_by: str
    plant: Callable[[], None]
    scenario: str = "calm"
    patient: bool = False


PLANTS: dict[str, Plant] = {
    "answers-without-storing": Plant("intake", "acknowledged-is-stored", writing.answers_without_storing),
    "forgets-keys": Plant("intake", "written-once", writing.forgets_keys),
    "remembers-wrongly": Plant("intake", "same-key-same-answer", writing.remembers_wrongly),
    "breaks-now-and-then": Plant("intake", "refusals-are-clean", writing.breaks_now_and_then),
    "needs-kafka": Plant("intake", "accepts-without-kafka", writing.needs_kafka, "kafka-away"),
    "relay-walks-ids": Plant("intake", "published-as-stored", relay.walks_ids),
    "relay-drops-a-row": Plant("sla_engine", "published-as-stored", relay.drops_a_row),
    "relay-drops-for-late": Plant("intake", "late-subscriber-holds-all", relay.drops_a_row, "late-consumer"),
    "relay-renames": Plant("escalation", "one-id-per-version", relay.renames),
    "relay-disorders": Plant("intake", "first-in-version-order", relay.disorders),
    "relay-scatters": Plant("escalation", "one-partition-per-ticket", relay.scatters),
    "feed-omits": Plant("intake", "streams-have-no-gaps", relay.feed_omits),
    "feed-omits-what-is-out": Plant("notifier", "nothing-published-unstored", relay.feed_omits),
    "acknowledges-first": Plant("escalation", "routed-once", writing.acknowledges_first),
    "loses-an-update": Plant("projections", "shown-as-folded", writing.loses_an_update),
    "read-model-falls-behind": Plant("projections", "drained", writing.acknowledges_first),
    "forgets-a-clock": Plant("sla_engine", "deadlines-start", clocks.forgets_a_clock),
    "fires-twice": Plant("sla_engine", "exactly-one-end", clocks.fires_twice, patient=True),
    "never-fires": Plant("sla_engine", "ends-when-due", clocks.never_fires, patient=True),
    "breaches-what-was-met": Plant("sla_engine", "no-false-breach", clocks.breaches_what_was_met),
    "judges-without-marks": Plant(
        "sla_engine",
        "breaches-held-while-kafka-is-away",
        clocks.judges_without_marks,
        "kafka-away",
        patient=True,
    ),
    "undoes-its-own-breach": Plant(
        "sla_engine", "met-by-evidence", clocks.undoes_its_own_breach, patient=True
    ),
    "forgets-to-pause": Plant("sla_engine", "waiting-stops-the-clock", clocks.forgets_to_pause, patient=True),
    "met-when-heard": Plant("sla_engine", "met-by-evidence", clocks.met_when_heard),
    "escalates-twice": Plant("escalation", "escalated-once", telling.escalates_twice),
    "alerts-twice": Plant("escalation", "alerted-once", telling.alerts_twice),
    "stays-low": Plant("escalation", "breach-moves-up", telling.stays_low, patient=True),
    "starts-high": Plant("escalation", "routed-once", telling.starts_high),
    "forgets-reviews": Plant("intake", "urgent-closings-are-reviewed", reviews.forgets_reviews),
    "tells-no-owner": Plant("notifier", "reviews-are-timed-and-told", reviews.tells_no_owner),
    "mails-twice": Plant("notifier", "told-once", telling.mails_twice),
    "forgets-confirmations": Plant("notifier", "one-confirmation", telling.forgets_confirmations),
    "forgets-words": Plant("notifier", "words-are-told", telling.forgets_words),
    "tells-internal": Plant("notifier", "internal-is-never-told", telling.tells_internal),
}
