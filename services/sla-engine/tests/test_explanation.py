"""What is explained of a deadline, and what cannot be."""

from datetime import UTC, datetime

from shared.events.sla import DeadlineStarted
from sla_engine.compose import bundled_agreements
from sla_engine.domain.told import begun
from sla_engine.responses import deadline_json


def test_a_deadline_beyond_every_calendar_is_told_without_an_explanation() -> None:
    agreements = bundled_agreements()
    terms = agreements.of_policy("hubs")
    started = DeadlineStarted(
        deadline_id="d",
        kind="customer_update",
        due_at=datetime(8000, 1, 1, tzinfo=UTC),
        warn_at=None,
        received_at=datetime(2026, 5, 19, 8, tzinfo=UTC),
        commitment="aim",
        in_support_hours=True,
        generation=1,
        policy="hubs",
        policy_version=terms.policy.version,
        calendar_version=terms.calendar.version,
        tzdata_version=terms.tzdata_version,
    )
    shown = deadline_json(agreements, begun(started))
    assert shown["due_at"] == started.due_at
    assert "explanation" not in shown
