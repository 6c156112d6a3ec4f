"""The operator's way to what could not be handled: `python -m shared.messaging.dlq`.

Commands: list, show, retry, skip, accept-topic, republish.

Reads DATABASE_URL (the service's login role). The running consumer picks a retry up within a second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from shared.eventstore.database import open_database
from shared.messaging.lease import ASK_REPUBLISH
from shared.messaging.offsets import REFILL

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

T = TypeVar("T")
app = typer.Typer(
    help="What could not be handled: parked tickets and quarantined bytes.", no_args_is_help=True
)
Url = Annotated[str, typer.Option("--database-url", envvar="DATABASE_URL", show_default=False)]
Schema = Annotated[str, typer.Argument(help="The service's schema, such as sla_engine")]


@app.command("list")
def list_(schema: Schema, database_url: Url) -> None:
    """Tickets that wait, by what they wait for, and records that could not be decoded."""

    async def read(connection: "Connection") -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        parked = await connection.fetch(
            "SELECT DISTINCT ON (source, subject) source, subject, version, reason, error, parked_at,"
            " count(*) OVER (PARTITION BY source, subject) AS waiting"
            " FROM parked ORDER BY source, subject, version"
        )
        bytes_ = await connection.fetch(
            'SELECT topic, partition, "offset", error, quarantined_at FROM quarantine ORDER BY quarantined_at'
        )
        return [tuple(map(str, row)) for row in parked], [tuple(map(str, row)) for row in bytes_]

    parked, undecodable = _with(database_url, schema, read)
    _table("Parked tickets", ("source", "subject", "version", "reason", "error", "since", "waiting"), parked)
    _table("Quarantined records", ("topic", "partition", "offset", "error", "since"), undecodable)


@app.command()
def show(schema: Schema, subject: UUID, database_url: Url) -> None:
    """Every parked event of one ticket: envelope and error, not its personal data."""

    async def read(connection: "Connection") -> list[tuple[str, ...]]:
        rows = await connection.fetch(
            "SELECT source, version, reason, error, event_id, parked_at FROM parked"
            " WHERE subject = $1 ORDER BY source, version",
            subject,
        )
        return [tuple(map(str, row)) for row in rows]

    rows = _with(database_url, schema, read)
    _table(str(subject), ("source", "version", "reason", "error", "event", "since"), rows)


@app.command()
def retry(schema: Schema, subject: UUID, database_url: Url) -> None:
    """Put a ticket back: its parked events are handled in order."""
    done = _execute(
        database_url,
        schema,
        "UPDATE parked SET reason = 'retry' WHERE subject = $1 AND reason = 'failed'",
        subject,
    )
    typer.echo("nothing of that ticket has failed" if done == "UPDATE 0" else "will be tried again")


@app.command()
def skip(schema: Schema, subject: UUID, database_url: Url) -> None:
    """Lay away the second of two events that claimed one version; the owner's feed tells how it goes on."""
    done = _execute(
        database_url,
        schema,
        "UPDATE parked SET reason = 'skipped' WHERE subject = $1 AND reason = 'diverged'",
        subject,
    )
    typer.echo(
        "nothing of that ticket is in dispute; what has failed is mended, then retried"
        if done == "UPDATE 0"
        else "is laid away, and the ticket read from its owner's feed"
    )


@app.command("accept-topic")
def accept_topic(schema: Schema, topic: str, database_url: Url) -> None:
    """Go on although the topic was recreated or lost its tail: the owner's feed fills what is missing."""
    done = _execute(
        database_url,
        schema,
        f"UPDATE consumer_offsets SET next_offset = {REFILL}, last_event_id = NULL WHERE topic = $1",  # noqa: S608
        topic,
    )
    typer.echo(f"{done.split()[1]} partitions will be filled from the feed at the next start")


@app.command()
def republish(schema: Schema, database_url: Url) -> None:
    """Publish all that the service ever stored again, before anything newer: for a Kafka that lost it."""
    done = _execute(database_url, schema, ASK_REPUBLISH)
    typer.echo(
        "no relay has ever run here" if done == "UPDATE 0" else "begins within a few seconds; see the log"
    )


def _execute(url: str, schema: str, statement: str, *values: object) -> str:
    async def execute(connection: "Connection") -> str:
        done: str = await connection.execute(statement, *values)
        return done

    return _with(url, schema, execute)


def _with(url: str, schema: str, work: Callable[["Connection"], Awaitable[T]]) -> T:
    async def run() -> T:
        database = await open_database(url, schema, pool_size=1)
        try:
            async with database.working() as connection:
                return await work(connection)
        finally:
            await database.close()

    return asyncio.run(run())


def _table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    table = Table(title=f"{title} ({len(rows)})", title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    app()
