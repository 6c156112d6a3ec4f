"""One ticket of one customer: opened, then whatever anybody tries, each answer held against the contract."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from lives.judging import judge
from lives.laws import ACTS, EVERYBODY, SUPPORT, allowed, follows

OWNERS = {"acme": "region", "fast": "acme", "region": "fast"}
"""Customers (of hubs, demo and timecare), and for each a stranger."""
ADA = {"name": "Ada Exempel", "email": "ada@acme.example"}
KEPT = 3


class Told:
    """What came of all lives so far; `failed`: the steps of the last lives that failed, and why."""

    def __init__(self) -> None:
        self.lives = 0
        self.events = 0
        self.answers: Counter[str] = Counter()
        self.failed: list[tuple[list[str], str]] = []

    def fail(self, steps: list[str], why: str) -> None:
        """Note a life that failed. Hypothesis tries smaller ones after it: the last are the smallest."""
        self.failed = [*self.failed[1 - KEPT :], (list(steps), why)]


class AnyLife(RuleBasedStateMachine):
    """Subclasses say where the services answer, with which client, and who writes down what came of it."""

    urls: Mapping[str, str]
    http: httpx2.Client
    told: Told

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[str] = []
        self.ticket: dict[str, Any] | None = None
        self.done: set[str] = set()
        self.review: str | None = None

    @initialize(
        owner=st.sampled_from(sorted(OWNERS)), priority=st.sampled_from(["P1", "P2", "P3", "P4", None])
    )
    def opened(self, owner: str, priority: str | None) -> None:
        self.people = {"customer": owner, "stranger": OWNERS[owner]}
        body = {"subject": "Liv", "description": "Vad som helst.", "reporter": ADA, "priority": priority}
        answer = self._post("intake", "/v1/tickets", "customer", body)
        self._hold(answer.status_code == 201, answer.text)
        self.ticket = answer.json()

    @rule(what=st.sampled_from(sorted(ACTS)), who=st.sampled_from(EVERYBODY), number=st.integers(1, 8))
    def does(self, what: str, who: str, number: int) -> None:
        self._does(what, who, number)

    # Most of what anybody tries at random is refused: let lives go on as well.
    @rule(what=st.sampled_from(sorted(ACTS)), number=st.integers(1, 8))
    def does_what_it_may(self, what: str, number: int) -> None:
        who = sorted(ACTS[what].who)
        self._does(what, who[number % len(who)], number)

    def teardown(self) -> None:
        if self.ticket is None:
            return
        try:
            self.told.events += judge(self._get, self.ticket, "customer", self.review)
        except Exception as wrong:
            self.told.fail(self.steps, f"{type(wrong).__name__}: {wrong}")
            raise
        finally:
            self.told.lives += 1

    def _does(self, what: str, who: str, number: int) -> None:
        assert self.ticket is not None
        act, before = ACTS[what], self.ticket
        answer = self._post(act.service, f"/v1/tickets/{before['id']}/{what}", who, act.body(number))
        self._hold(
            answer.status_code in allowed(what, who, before["status"], self.done, self.review),
            f"{what} by {who} while {before['status']}: {answer.status_code} {answer.text}",
        )
        self.told.answers[f"{what} {answer.status_code}"] += 1
        if answer.status_code != 200 or act.service != "intake":
            return
        self.ticket = answer.json()
        self._follow_review(what, who)
        expected = follows(what, who, before["status"])
        self._hold(self.ticket["status"] == expected, f"{what}: {self.ticket['status']}, not {expected}")
        if act.once:
            self.done.add(what)
        if what == "reopen":
            self.done.clear()

    def _follow_review(self, what: str, who: str) -> None:
        assert self.ticket is not None
        shown = self.ticket.pop("review", None)
        if who in SUPPORT:
            self.review = shown and shown["status"]
        else:
            self._hold(shown is None, "a customer is shown the review")
            if what == "reopen" and self.review == "open":
                self.review = "withdrawn"

    def _hold(self, well: bool, why: str) -> None:
        if not well:
            self.told.fail(self.steps, why)
            raise AssertionError(why)

    def _post(self, service: str, path: str, who: str, body: Any) -> httpx2.Response:
        answer = self._call("POST", service, path, who, body)
        self.steps.append(f"{who} ({self.people.get(who, who)}): POST {path} {body} -> {answer.status_code}")
        self._hold(answer.status_code < 500, answer.text)
        return answer

    def _get(self, service: str, path: str, who: str) -> Any:
        answer = self._call("GET", service, path, who)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def _call(self, method: str, service: str, path: str, who: str, body: Any = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer local-{self.people.get(who, who)}"}
        return self.http.request(method, self.urls[service] + path, headers=headers, json=body)
