"""An upgrade migrates the schema while instances of the version before still run."""

import pytest

from shared.errors import Transient
from shared.events.ids import new_id
from shared.eventstore.database import ALL_TENANTS

pytestmark = pytest.mark.integration

MIGRATIONS = {
    "a column goes": "ALTER TABLE escalation.handled DROP live",
    "a table goes": "ALTER TABLE escalation.handled RENAME TO done",
    "a function goes": "DROP FUNCTION escalation.noted(int)",
    "a type changes": "ALTER TABLE escalation.handled ALTER version TYPE bigint",
}


async def of_the_version_before(batch):
    """Works on the schema as it was."""
    for event in batch.events:
        await batch.tx.connection.fetch("SELECT version FROM handled")
        await batch.tx.connection.execute(
            "INSERT INTO handled (source, subject, version, live) VALUES ($1, $2, noted($3), $4)",
            event.source,
            event.subject,
            event.version,
            batch.live,
        )


def of_the_next_version(table):
    async def handle(batch):
        await batch.tx.connection.executemany(
            f"INSERT INTO {table} (source, subject, version) VALUES ($1, $2, $3)",
            [(event.source, event.subject, event.version) for event in batch.events],
        )

    return handle


@pytest.mark.parametrize("migration", MIGRATIONS.values(), ids=MIGRATIONS.keys())
async def test_what_an_older_instance_can_no_longer_do_is_left_to_the_next_one(world, migration):
    await world.admin.execute(
        "CREATE FUNCTION escalation.noted(int) RETURNS int LANGUAGE sql AS 'SELECT $1';"
        "GRANT EXECUTE ON FUNCTION escalation.noted TO escalation_worker"
    )
    await world.relay()
    ticket = new_id()
    attempts = []

    async def handle(batch):
        attempts.append(batch)
        await of_the_version_before(batch)

    async def parked():
        return await world.admin.fetchval("SELECT count(*) FROM escalation.parked")

    older = world.new_consumer(handle, group="upgraded")
    async with world.running(older):
        await world.append((ticket, 0))
        await world.until_handled([(ticket, 1)])
        await world.admin.execute(migration)
        table = "done" if "done" in migration else "handled"
        await world.append((ticket, 1))

        async def tried_again():
            return len(attempts) > 3 or await parked() or await handled(world, table) == 2

        await world.until(tried_again)
        assert await parked() == 0
    await world.consumer(of_the_next_version(table), group="upgraded")

    async def all_handled():
        return await handled(world, table) == 2

    await world.until(all_handled)
    assert await parked() == 0


async def handled(world, table):
    return await world.admin.fetchval(f"SELECT count(*) FROM escalation.{table}")


async def test_readers_are_told_to_come_again(world):
    with pytest.raises(Transient) as refused:
        async with world.escalation.reading(ALL_TENANTS) as connection:
            await connection.fetch("SELECT gone FROM states")
    assert refused.value.code == "schema-differs"
