"""The bundled policies with their calendars, and Stockholm time for readable cases."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from tests.desk import Desk, opened_desk
from tests.engine_rig import Rig, agreements
from tests.story import Story

from shared.eventstore.database import open_database
from shared.messaging.topics import create_topics
from sla_engine.adapters import policies
from sla_engine.adapters.tzdata import pin
from sla_engine.domain.calendar import Calendar
from sla_engine.domain.instants import Micros, from_micros, to_micros
from sla_engine.domain.policy import Policy
from stack.kafka import KafkaServer

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


@pytest.fixture
def hubs(terms: dict[str, Terms], at: Callable[[str], Micros]) -> Story:
    return Story(*terms["hubs"], at)


@pytest.fixture
def timecare(terms: dict[str, Terms], at: Callable[[str], Micros]) -> Story:
    return Story(*terms["timecare"], at)


@pytest.fixture(scope="session")
def local() -> Callable[[Micros], str]:
    """Stockholm wall time of an instant, as short as it is exact."""

    def shown(instant: Micros) -> str:
        text = from_micros(instant).astimezone(STOCKHOLM).replace(tzinfo=None).isoformat(" ")
        return text.removesuffix(":00")

    return shown


@pytest.fixture(scope="session")
async def bootstrap(kafka_server: KafkaServer) -> str:
    """A Kafka that has the topics."""
    await create_topics(kafka_server.bootstrap)
    return kafka_server.bootstrap


@pytest.fixture
async def rig(fresh_database: Callable[[str], str], bootstrap: str) -> AsyncIterator[Rig]:
    """Databases and topics; relays and engines are the test's to start."""
    async with AsyncExitStack() as closing:
        admin = await asyncpg.connect(fresh_database("admin"))
        closing.push_async_callback(admin.close)
        databases = {}
        for schema in ("intake", "escalation", "sla_engine"):
            databases[schema] = await open_database(fresh_database(schema), schema, pool_size=12)
            closing.push_async_callback(databases[schema].close)
        async with AsyncExitStack() as running:
            yield Rig(bootstrap, admin, databases, agreements(), running)


@pytest.fixture
async def desk(fresh_database: Callable[[str], str]) -> AsyncIterator[Desk]:
    async with opened_desk(fresh_database("sla_engine")) as found:
        yield found
