"""When a mail is tried no more."""

from datetime import timedelta

from tests.notifier_facts import START, opened, row

from notifier.claims import GIVE_UP_AFTER, MOST_DOUBTS, Settled, given_up
from notifier.outcomes import Deferred, Unknown


def test_a_mail_that_may_have_gone_out_often_enough_is_given_up() -> None:
    tries = [row(opened())._replace(ambiguities=n) for n in range(MOST_DOUBTS)]
    assert [given_up(Settled(each, Unknown("broken-off"), None), START) for each in tries] == [
        False,
        False,
        True,
    ]


def test_a_temporary_refusal_is_given_up_after_two_days() -> None:
    deferred = Settled(row(opened()), Deferred("smtp-451"), None)
    assert not given_up(deferred, START + GIVE_UP_AFTER)
    assert given_up(deferred, START + GIVE_UP_AFTER + timedelta(seconds=1))
