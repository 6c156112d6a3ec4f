"""The lives that the other tests here go by are as long and as many-sided as they are meant to be."""

from collections import Counter
from itertools import pairwise
from random import Random

from shared.events.catalogue import CATALOGUE
from tests.histories.life import play
from tests.histories.plans import plan_of

ELSEWHERE = {"DeadlineMoved"}
"""Opening hours that change under an open ticket are no part of these lives."""
PLAYED = {
    entry.event.__name__
    for entry in CATALOGUE
    if entry.source in ("/intake", "/sla-engine", "/escalation", "/notifier")
}


def test_lives_say_all_that_their_sources_can_say() -> None:
    lives = [play(plan_of(Random(seed))) for seed in range(400)]

    said = Counter(type(event.data).__name__ for life in lives for source in life.sources for event in source)

    assert PLAYED - said.keys() - ELSEWHERE == set(), (
        "let `plans.ACTS` try what says these, or name them above"
    )
    assert said.total() > 20 * len(lives)


def test_each_source_counts_its_versions_and_tells_them_in_the_order_of_their_storing() -> None:
    for seed in range(50):
        for source in play(plan_of(Random(seed))).sources:
            assert [event.version for event in source] == list(range(1, len(source) + 1))
            assert all(one.recorded_at <= other.recorded_at for one, other in pairwise(source))


def test_a_plan_is_always_the_same_life() -> None:
    assert play(plan_of(Random(7))) == play(plan_of(Random(7)))
