"""What a customer may see of an event is said once, and nobody shows a customer more."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from intake.responses import event_json, visible
from shared.events import codec
from shared.events.catalogue import BY_NAME, CATALOGUE
from shared.events.envelope import Event, Recorded
from shared.events.ids import new_id
from shared.events.visibility import _SHOWN, for_customer, may_be_public, shown_of, visibility

GOLDEN = Path(__file__).parent / "golden"
INTERNAL = {
    "TicketAssigned.v1",
    "OnCallAlerted.v1",
    "OnCallAcknowledged.v1",
    "ServiceManagerAlerted.v1",
    "DeviationAnnounced.v1",
}
Json = dict[str, Any]


def golden(name: str) -> Event:
    event = codec.decode(name, (GOLDEN / f"{name}.json").read_bytes())
    assert event is not None
    return event


def every() -> list[str]:
    return sorted(path.stem for path in GOLDEN.glob("*.json") if path.stem in BY_NAME)


def test_what_nobody_has_spoken_of_is_internal() -> None:
    internal = {entry.name for entry in CATALOGUE if not may_be_public(entry.event)}
    assert internal >= INTERNAL
    assert all(visibility(golden(name)) == "internal" for name in internal & set(every()))


@pytest.mark.parametrize("event_type", _SHOWN)
def test_every_field_that_is_shown_is_one_of_the_type(event_type: type[Event]) -> None:
    assert set(_SHOWN[event_type]) <= set(event_type.__struct_fields__)


@pytest.mark.parametrize("name", [name for name in every() if for_customer(golden(name)) is not None])
def test_a_customer_is_told_the_same_of_what_is_kept(name: str) -> None:
    assert shown_of(name, _whole(golden(name))) == for_customer(golden(name))


@pytest.mark.parametrize("name", [name for name in every() if not may_be_public(BY_NAME[name].event)])
def test_nothing_is_told_of_what_is_internal(name: str) -> None:
    assert shown_of(name, _whole(golden(name))) == {}


def test_what_is_added_to_the_language_reaches_no_customer_before_somebody_has_said_so() -> None:
    event = golden("TicketResolved.v1")
    assert "margin" not in shown_of("TicketResolved.v1", _whole(event) | {"margin": 0.4})
    assert shown_of("InvoiceDrafted.v1", {"amount": 1}) == {}


def test_the_customer_hears_of_the_line_but_not_of_the_team_or_why() -> None:
    moved = {"from_line": 1, "to_line": 2, "team": "line-2", "cause": "priority", "cause_id": "P1"}
    by_hand = {**moved, "by": {"id": "agent-1", "party": "support"}, "reason": "Hard.", "assignee": "agent-1"}
    for each in (moved, by_hand):
        assert shown_of("TicketEscalated.v1", each) == {"from_line": 1, "to_line": 2}


def test_the_customer_hears_that_support_acted_but_not_who() -> None:
    acted = {"by": {"id": "agent-1", "party": "support", "role": "agent"}, "reason": "Soon."}
    side = {"id": "support", "party": "support", "role": "agent"}
    assert shown_of("TicketReopened.v1", acted) == {"by": side, "reason": "Soon."}
    own = {"by": {"id": "client-1", "party": "customer", "role": "client"}}
    assert shown_of("TicketReopened.v1", own) == own


def test_the_customer_hears_neither_whom_support_alerts_nor_how_the_contract_is_run() -> None:
    terms = {"id": "hubs", "policy": "hubs", "timezone": "Europe/Stockholm", "locale": "sv"}
    opened = {
        "subject": "s",
        "service_manager": {"name": "Ylva Exempel"},
        "contract": terms | {"lines": 2, "alert_service_manager": ["P1"], "escalate_at_once": ["P1"]},
    }
    assert shown_of("TicketOpened.v1", opened) == {"subject": "s", "contract": terms}


def test_what_a_merged_incident_once_was_is_told_to_nobody_outside() -> None:
    event = msgspec.structs.replace(golden("TicketMerged.v1"), highest_priority="P1")  # type: ignore[type-var]
    assert "highest_priority" in _whole(event)
    assert "highest_priority" not in (for_customer(event) or {})


@pytest.mark.parametrize("name", [name for name in every() if BY_NAME[name].source == "/intake"])
def test_a_customer_is_told_what_its_tickets_history_shows(name: str) -> None:
    recorded = _recorded(name, golden(name))
    told = for_customer(recorded.data)
    if told is None:
        assert not may_be_public(type(recorded.data)) or not visible([recorded], internal=False)
    else:
        assert told == event_json(recorded, internal=False)["data"]


def _whole(event: Event) -> Json:
    found: Json = msgspec.json.decode(codec.join(*codec.encode(event)))
    return found


def _recorded(name: str, event: Event) -> Recorded:
    at = codec.decode("TicketOpened.v1", (GOLDEN / "TicketOpened.v1.json").read_bytes())
    assert at is not None
    return Recorded(
        id=new_id(),
        type=name,
        source=BY_NAME[name].source,
        subject=new_id(),
        version=1,
        tenant="acme",
        time=at.registered_at,  # type: ignore[union-attr]
        recorded_at=at.registered_at,  # type: ignore[union-attr]
        correlation_id=new_id(),
        causation_id=None,
        traceparent=None,
        data=event,
    )
