"""Policies are data, and a fault in them is told with its place."""

from pathlib import Path

import pytest

import sla_engine
from sla_engine.adapters.policies import InvalidPolicy, load_bundled, parse
from sla_engine.domain.instants import HOUR, SECOND
from sla_engine.domain.policy import Duration, Form, more_urgent

HUBS = (Path(sla_engine.__file__).parent / "policies" / "hubs.yaml").read_text()


def test_the_bundled_policies_are_hubs_timecare_demo_and_an_example() -> None:
    assert set(load_bundled()) == {"hubs", "timecare", "demo", "helsinki"}


def test_only_first_response_and_work_on_p1_are_promises_in_hubs() -> None:
    policy = load_bundled()["hubs"]
    promised = {
        (t.kind, p) for p, targets in policy.by_priority.items() for t in targets if t.commitment == "promise"
    }
    assert promised == {("response", p) for p in ("P1", "P2", "P3", "P4")} | {("work_started", "P1")}


def test_a_ticket_without_priority_runs_as_p3_with_a_triage_aim() -> None:
    policy = load_bundled()["hubs"]
    triage, *rest = policy.targets(None)
    assert (triage.kind, triage.within) == ("triage", Duration(Form.SUPPORT_TIME, HOUR))
    assert tuple(rest) == policy.targets("P3")


def test_timecare_has_triage_only_whatever_the_priority() -> None:
    policy = load_bundled()["timecare"]
    assert {tuple(t.kind for t in policy.targets(p)) for p in (None, "P1", "P4")} == {("triage",)}


def test_demo_counts_in_seconds() -> None:
    response = load_bundled()["demo"].targets("P1")[0]
    assert response.within == Duration(Form.SUPPORT_TIME, 10 * SECOND)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("lines: 2", "lines: two", r"\d:8: `lines` is text"),
        ("lines: 2", "lines: 2\ncolour: red", "colour"),
        ("within: same day", "within: soonish", "`within`: `soonish` is no duration"),
        ("within: 4 support hours", "within: 0 support hours", "no duration"),
        ("commitment: promise", "commitment: maybe", "`commitment`: `maybe`"),
        ("  P1:\n", "  P0:\n", "P0"),
        ("    response:", "    answer:", "answer"),
        ('"08:00-17:00"', '"17:00-08:00"', "begin before it ends"),
        ('"08:00-17:00"', '"8-17"', "an entry of `hours`: `8-17`"),
        ('"08:00-17:00"', '"08:00-12:00", "11:00-17:00"', "begins before"),
        ("[mon, tue", "[måndag, tue", "måndag"),
        ("midsummer", "easter", "easter"),
        ("warn_percent: 75", "warn_percent: 100", "warn_percent"),
        ("red_days: sweden", "red_days: sweden\n  bridge_days: sometimes", "bridge_days"),
        ("name: hubs", "name: [", "flow sequence"),
    ],
)
def test_a_faulty_policy_is_refused_with_its_place(right: str, wrong: str, told: str) -> None:
    assert right in HUBS
    with pytest.raises(InvalidPolicy, match=told):
        parse(HUBS.replace(right, wrong, 1))


def test_p1_is_the_most_urgent_and_no_priority_the_least() -> None:
    assert more_urgent("P1", "P2")
    assert more_urgent("P4", None)
    assert not more_urgent("P3", "P3")
