"""The rules of webhooks that need no machine: who is told, when again, and where a hook may point."""

from datetime import timedelta

import pytest
from tests.notifier_facts import START

from notifier.domain.addresses import is_public
from notifier.domain.webhooks import (
    AUDIENCES,
    CARRIED,
    HOPELESS_AFTER,
    LONGEST_ASKED,
    SCHEDULE,
    Hook,
    is_hopeless,
    next_pause,
    open_to,
    wants,
)
from notifier.webhooks import api
from notifier.webhooks.urls import BadUrl, parse
from shared.events.ids import new_id


def test_the_pauses_are_those_of_standard_webhooks() -> None:
    pauses = [next_pause(failures, 0.0) for failures in range(1, 9)]
    seconds = [pause and pause.total_seconds() for pause in pauses]
    assert seconds == [5, 300, 1800, 7200, 18000, 36000, 36000, None]


def test_jitter_lengthens_a_pause_by_a_tenth_at_most() -> None:
    assert next_pause(2, 0.5) == timedelta(minutes=5) * 1.05
    assert all(pause <= (next_pause(n, 0.999) or pause) < pause * 1.1 for n, pause in enumerate(SCHEDULE, 1))


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        (timedelta(minutes=1), timedelta(minutes=1)),
        (timedelta(seconds=1), timedelta(seconds=5)),
        (timedelta(days=-1), timedelta(seconds=5)),
        (timedelta(days=400), LONGEST_ASKED),
    ],
)
def test_retry_after_is_honoured_within_bounds(asked: timedelta, pause: timedelta) -> None:
    assert next_pause(1, 0.0, asked) == pause


def test_retry_after_gives_no_attempt_beyond_the_last() -> None:
    assert next_pause(8, 0.0, timedelta(seconds=1)) is None


def test_a_hook_is_hopeless_after_five_days_without_success() -> None:
    assert not is_hopeless(None, START)
    assert not is_hopeless(START, START + HOPELESS_AFTER - timedelta(seconds=1))
    assert is_hopeless(START, START + HOPELESS_AFTER)


def test_a_hook_hears_of_its_customer_and_its_types_only() -> None:
    every = Hook(new_id(), "operations", None, None)
    one = Hook(new_id(), "support", "acme", ["TicketOpened.v1"])
    assert wants(every, "TicketAssigned.v1", "region")
    assert wants(one, "TicketOpened.v1", "acme")
    assert not wants(one, "TicketOpened.v1", "region")
    assert not wants(one, "TicketResolved.v1", "acme")


def test_a_customers_hook_without_a_customer_hears_nothing() -> None:
    assert not wants(Hook(new_id(), "customer", None, None), "TicketOpened.v1", "acme")


def test_customers_can_only_ask_for_what_is_ever_theirs_to_see() -> None:
    assert set(open_to("customer")) < set(open_to("support")) == set(CARRIED)
    assert not {"TicketAssigned.v1", "OnCallAlerted.v1", "ServiceManagerAlerted.v1"} & set(
        open_to("customer")
    )


def test_who_may_have_webhooks_is_said_once() -> None:
    (dependency,) = api.Owner.__metadata__  # type: ignore[attr-defined]
    assert dependency.dependency.roles == set(AUDIENCES)
    assert "agent" not in AUDIENCES
    assert "customer_user" not in AUDIENCES


INNER = [
    *(
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
    ),
    *("169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1"),
    *("198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "255.255.255.255"),
    *("240.0.0.1", "168.63.129.16", "192.88.99.1"),
    *(
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "fec0::1",
        "::127.0.0.1",
    ),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("2002:7f00:1::", "2001:0:4136:e378::1", "2001:db8::1", "3fff::1", "100::1", "4000::1"),
    *("localhost", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "", "1.1.1.1 ", "2606:4700::1111%2"),
]
OUTER = ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("address", INNER)
def test_no_inner_address_is_public_in_any_notation(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTER)
def test_outer_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://hooks.example.org/",
            "ftp://hooks.example.org/",
            "//hooks.example.org/",
            "hooks.example.org",
        ),
        *("https://", "https:///path", "https://localhost/", "https://hooks/", "https://hooks.local/"),
        *("https://a.internal/", "https://x.svc.cluster.local/", "https://hooks.example.org./"),
        *(
            "https://user:pass@hooks.example.org/",
            "https://user@hooks.example.org/",
            "https://@hooks.example.org/",
        ),
        *("https://hooks.example.org/#part", "https://hooks.example.org/#", "https://hooks.example.org:22/"),
        *("https://hooks.example.org:0/", "https://hooks.example.org:65536/", "https://hooks.example.org:x/"),
        *(
            "https://hooks.example.org\\@evil.example.org/",
            "https://hooks.example.org/a b",
            "https://hooks.example.org/\n",
        ),
        *("https://höoks.example.org/", "https://１２７.0.0.1/", "https://hooks.example.org/å"),
        *(
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
        ),
        *(
            "https://0x7f.0.0.1/",
            "https://017700000001/",
            "https://127.0.0.1.:443/",
            "https://10.0.0.1:8443/",
        ),
        *("https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://[::ffff:127.0.0.1]/"),
        *("https://[fe80::1%25eth0]/", "https://[::]/", "https://[v1.x]/", "https://example.org.127/"),
        "https://hooks.example.org/" + "a" * 2000,
    ],
)
def test_a_url_that_does_not_lead_outside_over_tls_is_refused(url: str) -> None:
    with pytest.raises(BadUrl) as refusal:
        parse(url, local=False)
    assert url not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://hooks.example.org", "hooks.example.org", "/"),
        ("https://Hooks.Example.org:8443/in?key=1&x=%2F", "hooks.example.org:8443", "/in?key=1&x=%2F"),
        ("https://xn--hks-1na.example.org:443/x", "xn--hks-1na.example.org", "/x"),
        ("https://1.1.1.1/", "1.1.1.1", "/"),
        ("https://[2606:4700::1111]:1024/", "[2606:4700::1111]:1024", "/"),
    ],
)
def test_a_url_outside_is_taken_apart_once(url: str, authority: str, path: str) -> None:
    target = parse(url, local=False)
    assert (target.authority, target.path) == (authority, path)


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1:9000/", "http://localhost:9000/", "http://127.0.0.1/", "http://127.0.0.1:80/"),
        *("http://127.1:9000/", "http://[::1]:9000/", "http://10.0.0.1:9000/", "https://hooks.example.org/"),
        "http://2130706433:9000/",
    ],
)
def test_on_a_machine_of_ones_own_all_stays_on_loopback(url: str) -> None:
    with pytest.raises(BadUrl):
        parse(url, local=True)
    assert parse("http://127.0.0.1:9000/in", local=True).port == 9000
