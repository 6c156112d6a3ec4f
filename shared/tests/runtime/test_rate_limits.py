"""How many requests a credential may send."""

from shared.runtime.rate_limits import Limit, RateLimits

LIMIT = Limit(10, 5)


def test_a_full_bucket_is_spent_at_once_and_fills_evenly() -> None:
    limits = RateLimits()
    assert [limits.take("a", LIMIT, 0).wait for _ in range(11)] == [0] * 10 + [1]
    assert limits.take("a", LIMIT, 0.49).wait == 1
    assert limits.take("a", LIMIT, 0.51).wait == 0
    assert limits.take("a", LIMIT, 0.51).wait == 1


def test_a_refused_request_costs_nothing() -> None:
    limits = RateLimits()
    for _ in range(1000):
        limits.take("a", LIMIT, 0)
    assert limits.take("a", LIMIT, 0.5).wait == 0


def test_rest_saves_up_no_more_than_a_bucket() -> None:
    limits = RateLimits()
    limits.take("a", LIMIT, 0)
    assert limits.take("a", LIMIT, 1_000_000).requests == 9


def test_one_credential_does_not_use_up_anothers_rate() -> None:
    limits = RateLimits()
    for _ in range(20):
        limits.take("a", LIMIT, 0)
    assert limits.take("b", LIMIT, 0).wait == 0


def test_the_headers_say_what_is_left_and_when_the_bucket_is_full() -> None:
    limits = RateLimits()
    assert limits.take("a", LIMIT, 0).headers() == [
        (b"ratelimit", b'"default";r=9;t=1'),
        (b"ratelimit-policy", b'"default";q=10;w=5'),
    ]
