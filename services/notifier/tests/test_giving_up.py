"""When a mail is tried no more."""

from datetime import timedelta

from tests.notifier_facts import START, opened, row

from notifier.claims import GIVE_UP_AFTER, Settled, given_up
from notifier.outcomes import Deferred, Unknown


def test_a_mail_of_which_nobody_knows_whether_it_went_goes_once_more_and_no_more() -> None:
    tries = [row(opened())._replace(ambiguities=n) for n in range(2)]
    assert [given_up(Settled(each, Unknown("broken-off"), None), START) for each in tries] == [
        False,
        True,
    ]


def test_a_temporary_refusal_is_given_up_after_two_days() -> None:
    deferred = Settled(row(opened()), Deferred("smtp-451"), None)
    assert not given_up(deferred, START + GIVE_UP_AFTER)
    assert given_up(deferred, START + GIVE_UP_AFTER + timedelta(seconds=1))


def test_what_went_in_one_mail_is_given_up_together() -> None:
    lead, along = row(opened()), row(opened())._replace(created_at=START + timedelta(hours=1))
    deferred = Settled(along, Deferred("smtp-451"), None, lead)
    assert given_up(deferred, START + GIVE_UP_AFTER + timedelta(seconds=1))
