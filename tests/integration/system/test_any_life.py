"""Whatever anybody does to a ticket, in whatever order: no 5xx, no illegal transition, and every view agrees.

Drives the public API with random commands by random roles. What is legal stands here once more, as the
contract has it; what is left is judged by the fault checker's rules, which share no code with the services.
A short run belongs to the tests; `HYPOTHESIS_PROFILE=long` makes it 5,000 lives.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from faults.checker import RULES
from faults.evidence import Evidence
from faults.reading import event_of
from tests.integration.system.conftest import ADA, System

pytestmark = pytest.mark.integration

LIVES = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else int(os.environ.get("LIVES", "25"))
STEPS = 14
SERVICES = {
    "/intake": "intake",
    "/sla-engine": "sla_engine",
    "/escalation": "escalation",
    "/notifier": "notifier",
}
JUDGED = ("streams-have-no-gaps", "exactly-one-end", "shown-as-folded", "urgent-closings-are-reviewed")

ACTIVE, ENDED, NOT_CLOSED = (
    {"new", "open", "waiting"},
    {"resolved", "closed"},
    {"new", "open", "waiting", "resolved"},
)
CUSTOMER, SUPPORT = {"acme"}, {"agent", "manager"}


class Law(NamedTuple):
    """Who may do it, in which statuses, and the status that follows; `` leaves it, `new` becoming `open`."""

    who: set[str]
    statuses: set[str]
    then: str = ""


LAWS = {
    "comments": Law(CUSTOMER | SUPPORT, NOT_CLOSED),
    "priority": Law(SUPPORT, ACTIVE),
    "category": Law(SUPPORT, ACTIVE),
    "work": Law(SUPPORT, ACTIVE, "open"),
    "question": Law(SUPPORT, ACTIVE, "waiting"),
    "wait": Law(SUPPORT, ACTIVE),
    "agreed-date": Law(SUPPORT, ACTIVE),
    "expected": Law(SUPPORT, ACTIVE),
    "resolve": Law(SUPPORT, ACTIVE, "resolved"),
    "close-request": Law(CUSTOMER, NOT_CLOSED),
    "close": Law(SUPPORT, NOT_CLOSED, "closed"),
    "reopen": Law(CUSTOMER | SUPPORT, ENDED, "open"),
    "survey": Law(CUSTOMER, {"closed"}),
    "split": Law(SUPPORT, ACTIVE),
    "review": Law(SUPPORT, {"closed"}),
    "review-complete": Law(SUPPORT, {"closed"}),
}
OF_A_REVIEW = {"review", "review-complete"}
EVERYBODY = ("acme", "region", "agent", "manager", "ops", "service")
ONCE = {"close-request": "closure-requested", "survey": "survey-answered"}


def _body(what: str, number: int) -> dict[str, Any]:
    ahead = (datetime.now(UTC) + timedelta(hours=number)).isoformat()
    bodies: dict[str, dict[str, Any]] = {
        "comments": {"body": f"Ord {number}"},
        "priority": {"priority": f"P{number % 4 + 1}", "basis": "worsened" if number % 2 else "correction"},
        "category": {"category": ["application", "installation", "defect", "question"][number % 4]},
        "question": {"body": "Hur?"},
        "wait": {"for": "supplier", "reference": f"D-{number}"},
        "agreed-date": {"due_at": ahead},
        "expected": {"expected_at": ahead},
        "resolve": {"solution": "Löst."},
        "reopen": {"reason": "Igen."},
        "survey": {"score": number % 5 + 1},
        "review": {"due_at": ahead},
        "review-complete": {"root_cause": "Orsak."},
        "split": {"subject": "Del", "description": "En del."},
    }
    return bodies.get(what, {})


class AnyLife(RuleBasedStateMachine):
    """One ticket of acme, under hubs or (support's choice of customer) under seconds."""

    system: System
    http: httpx2.Client

    @initialize(priority=st.sampled_from(["P1", "P2", "P3", "P4", None]))
    def opened(self, priority: str | None) -> None:
        body = {"subject": "Liv", "description": "Vad som helst.", "reporter": ADA, "priority": priority}
        answer = self._call("POST", "intake", "/v1/tickets", "acme", body)
        assert answer.status_code == 201, answer.text
        self.ticket: dict[str, Any] = answer.json()
        self.done: set[str] = set()
        self.review: str | None = None

    @rule(what=st.sampled_from(sorted(LAWS)), who=st.sampled_from(EVERYBODY), number=st.integers(1, 8))
    def does(self, what: str, who: str, number: int) -> None:
        self._does(what, who, number)

    # Most of what anybody tries at random is refused: let lives go on as well.
    @rule(what=st.sampled_from(sorted(LAWS)), number=st.integers(1, 8))
    def does_what_it_may(self, what: str, number: int) -> None:
        self._does(what, sorted(LAWS[what].who)[number % len(LAWS[what].who)], number)

    @rule(
        what=st.sampled_from(["assign", "escalate", "return"]),
        who=st.sampled_from(EVERYBODY),
        line=st.integers(1, 2),
    )
    def is_moved(self, what: str, who: str, line: int) -> None:
        body = {"assign": {"line": line}, "escalate": {"reason": "Svår."}, "return": {"reason": "Lätt."}}[
            what
        ]
        path = f"/v1/tickets/{self.ticket['id']}/{what}"
        answer = self._call("POST", "escalation", path, who, body)
        if who not in SUPPORT:
            assert answer.status_code in (403, 404), answer.text
        else:
            assert answer.status_code in (200, 409), answer.text

    def _does(self, what: str, who: str, number: int) -> None:
        law, before = LAWS[what], self.ticket
        path = f"/v1/tickets/{before['id']}/{what}"
        answer = self._call("POST", "intake", path, who, _body(what, number))
        if who not in law.who:
            assert answer.status_code == (404 if who == "region" and "acme" in law.who else 403), answer.text
        elif before["status"] not in law.statuses or what in self.done or self._lacks_review(what):
            assert answer.status_code == 409, answer.text
        else:
            assert answer.status_code == 200, answer.text
            self.ticket = answer.json()
            assert who in SUPPORT or "review" not in self.ticket
            if who in SUPPORT:
                self.review = (self.ticket.get("review") or {}).get("status")
            elif what == "reopen" and self.review == "open":
                self.review = "withdrawn"
            assert self.ticket["status"] == self._then(law, what, who, before["status"])
            if what in ONCE:
                self.done.add(what)
            if what == "reopen":
                self.done.clear()

    def _lacks_review(self, what: str) -> bool:
        return what in OF_A_REVIEW and self.review != "open"

    @staticmethod
    def _then(law: Law, what: str, who: str, status: str) -> str:
        if what == "comments" and who == "acme":
            return "open" if status == "waiting" else status
        return law.then or ("open" if status == "new" and who in SUPPORT else status)

    def teardown(self) -> None:
        if not hasattr(self, "ticket"):
            return
        ticket = self.ticket["id"]
        seen = {name: value for name, value in self.ticket.items() if name != "review"}
        assert self._call("GET", "intake", f"/v1/tickets/{ticket}", "acme").json() == seen
        end = time.monotonic() + 20
        while True:
            feeds = {source: self._feed(service, ticket) for source, service in SERVICES.items()}
            shown = self._call("GET", "projections", f"/v1/tickets/{ticket}", "agent").json()
            heard = {source: shown["versions"].get(source.removeprefix("/"), 0) for source in SERVICES}
            level = heard == {source: len(events) for source, events in feeds.items()}
            # Versions and rows are read one after the other: only what stands still can be compared.
            again = self._call("GET", "projections", f"/v1/tickets/{ticket}", "agent").json()
            if level and feeds["/escalation"] and again == shown:
                break
            assert time.monotonic() < end, f"the read model stays behind: {heard}"
        for field in (
            "status",
            "priority",
            "category",
            "contract",
            "waiting_for",
            "agreed_due_at",
            "expected_at",
        ):
            assert shown[field] == self.ticket[field], field
        assert (shown["review"] or {}).get("status") == self.review
        evidence = Evidence([], [], feeds, {ticket: shown}, {}, [], datetime.now(UTC))
        for name in JUDGED:
            assert list(RULES[name](evidence)) == [], name

    def _feed(self, service: str, ticket: str) -> list[Any]:
        answer = self._call("GET", service, f"/v1/events?subject={ticket}&limit=500", "service")
        return [event_of(document) for document in answer.json()["items"]]

    def _call(self, method: str, service: str, path: str, who: str, body: Any = None) -> httpx2.Response:
        url, headers = self.system.machine.url(service) + path, {"Authorization": f"Bearer local-{who}"}
        answer = self.http.request(method, url, headers=headers, json=body)
        assert answer.status_code < 500, answer.text
        return answer


@pytest.mark.timeout(7200)
def test_whatever_happens_to_a_ticket_is_legal_and_seen_alike_everywhere(system: System) -> None:
    with httpx2.Client(timeout=20, trust_env=False) as http:
        life = type("Life", (AnyLife,), {"system": system, "http": http})
        run_state_machine_as_test(
            life,
            settings=settings(
                max_examples=LIVES,
                stateful_step_count=STEPS,
                deadline=None,
                # Lives take real time on a real system: what failed once is told, and not sought smaller.
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
                derandomize=LIVES < 1000,
            ),
        )
