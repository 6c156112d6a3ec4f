"""Ways of publishing wrongly."""

# ruff: noqa: PLC0415 - a bug loads only the service that has it, and the checker none

import asyncio
import dataclasses
from typing import Any
from uuid import uuid4

from faults.bugs.patching import every, wrap


def walks_ids() -> None:
    """Reads `id > last`: an event whose transaction commits after a later id's is passed over."""
    from shared.eventstore.postgres import PostgresEventStore
    from shared.messaging.outbox import Outbox

    slow, newest = every(5), [0]

    async def append(original: Any, *arguments: Any) -> Any:
        stored = await original(*arguments)
        if slow():
            await asyncio.sleep(0.1)  # a commit that takes its time, as commits may
        return stored

    async def read(original: Any, *arguments: Any) -> Any:
        found = await original(*arguments)
        rows = [row for row in found.rows if row.position > newest[0]]
        newest[0] = max([newest[0], *(row.position for row in rows)])
        return found._replace(rows=rows)

    wrap(PostgresEventStore, "append", append)
    wrap(Outbox, "read", read)


def drops_a_row() -> None:
    """Forgets a row now and then without having sent it."""
    from shared.messaging.publisher import Publisher, Sent

    drop = every(25)

    async def send(original: Any, self: Any, topic: str, partition: int, records: Any) -> Any:
        if topic != "progress" and drop():
            return Sent(len(records), await self.next_offset(topic, partition))
        return await original(self, topic, partition, records)

    wrap(Publisher, "send", send)


def renames() -> None:
    """Publishes some events a second time, under another id."""
    from shared.messaging.publisher import Publisher, Sent

    again = every(8)

    async def send(original: Any, self: Any, topic: str, partition: int, records: Any) -> Any:
        sent = await original(self, topic, partition, records)
        if topic != "progress" and again():
            headers = [(n, str(uuid4()).encode() if n == "ce_id" else v) for n, v in records[0].headers]
            await original(self, topic, partition, [records[0]._replace(headers=headers)])
        return Sent(sent.records, sent.next_offset)

    wrap(Publisher, "send", send)


def disorders() -> None:
    """Holds a ticket's first event back until its second has gone out."""
    from shared.messaging.lane import Lane

    hold, held = every(10), dict[Any, Any]()

    def offer(original: Any, self: Any, row: Any) -> None:
        subject = row.attributes.subject
        if row.attributes.version == 1 and hold():
            held[subject] = row
            return
        original(self, row)
        if subject in held:
            original(self, held.pop(subject))

    wrap(Lane, "offer", offer)


def scatters() -> None:
    """Chooses partitions by a reckoning of its own."""
    from shared.messaging import relay
    from shared.messaging.partitions import PARTITIONS, partition_of

    vars(relay)["partition_of"] = lambda subject: (partition_of(subject) + 1) % PARTITIONS


def feed_omits() -> None:
    """Leaves events out of the feed."""
    from shared.eventstore.postgres import PostgresEventStore

    async def feed(original: Any, *arguments: Any) -> Any:
        page = await original(*arguments)
        return dataclasses.replace(page, events=[event for event in page.events if event.id.int % 20])

    wrap(PostgresEventStore, "feed", feed)
