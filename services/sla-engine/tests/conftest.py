"""The bundled policies with their calendars, and Stockholm time for readable cases."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sla_engine.adapters import policies
from sla_engine.adapters.tzdata import pin
from sla_engine.domain.calendar import Calendar
from sla_engine.domain.instants import Micros, from_micros, to_micros
from sla_engine.domain.policy import Policy

pin()
STOCKHOLM = ZoneInfo("Europe/Stockholm")

Terms = tuple[Policy, Calendar]


@pytest.fixture(scope="session")
def terms() -> dict[str, Terms]:
    """Each bundled policy with its calendar, by contract."""
    bundled = policies.load_bundled()
    return {
        name: (policy, Calendar(policy.calendar, ZoneInfo(policy.calendar.zone)))
        for name, policy in bundled.items()
    }


@pytest.fixture(scope="session")
def at() -> Callable[[str], Micros]:
    """An instant from Stockholm wall time, `2026-03-27 16:30`."""
    return lambda text: to_micros(datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM))


@pytest.fixture(scope="session")
def local() -> Callable[[Micros], str]:
    """Stockholm wall time of an instant, as short as it is exact."""

    def shown(instant: Micros) -> str:
        text = from_micros(instant).astimezone(STOCKHOLM).replace(tzinfo=None).isoformat(" ")
        return text.removesuffix(":00")

    return shown
