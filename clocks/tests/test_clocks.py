"""Some thousand lives of `make clocks`, and the proof that it sees what it is there to see."""

from collections.abc import Iterator

import pytest

from clocks.mutants import MUTANTS, try_all
from clocks.running import Outcome, run
from clocks.terms import CONTRACTS
from sla_engine.adapters.tzdata import pin

LIVES = 2600
NAMED = (
    "a short day is as long as any",
    "a changed priority forgets the waits",
    "time that is out at closing is due at the next opening",
)


@pytest.fixture(scope="module")
def lived() -> Outcome:
    return run(seed=2026, number=LIVES, announcing=0.03)


def test_the_engine_s_clocks_are_those_wound_by_hand(lived: Outcome) -> None:
    assert lived.lives == LIVES
    assert not lived.differing, "\n".join(lived.differences)


def test_every_change_of_the_clocks_and_every_red_day_and_eve_was_crossed(lived: Outcome) -> None:
    assert lived.missed() == {contract: [] for contract in CONTRACTS}


def test_every_kind_of_act_was_compared(lived: Outcome) -> None:
    acts = {"opened", "shifted", "ask", "answer", "prioritise", "worsen", "announce"}
    assert lived.compared.keys() == acts
    assert min(lived.compared.values()) > 100


@pytest.fixture
def only_named(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    planted = tuple(mutant for mutant in MUTANTS if mutant.bug in NAMED)
    assert len(planted) == len(NAMED)
    monkeypatch.setattr("clocks.mutants.MUTANTS", planted)
    yield


def test_a_planted_bug_is_caught(only_named: None) -> None:
    pin()
    for caught in try_all(seed=1, number=1000):
        assert caught.after is not None, caught.bug
        assert "after" in caught.told
