"""One reader's stream of changes, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.types import Message, Send

from projections.bells import Bells
from projections.streaming import NOBODY, Changed, Position, Read, read_changes
from shared.errors import Rejected, Transient
from shared.eventstore.database import ALL_TENANTS, Database
from shared.runtime.cursors import decode_cursor, encode_cursor
from shared.runtime.responses import dumps

HEARTBEAT = 15.0
"""Seconds of silence after which a heartbeat goes out."""
SLOW = 30.0
"""Seconds for which a reader may leave what it was sent untaken; then it is dropped."""
MOST = 500
"""Readers at a time, in one process."""
MOST_OF_ONE_CUSTOMER = 250
"""Of them, so that no customer shuts the others out."""
_UNASKED = 1.0
"""Seconds after which a reader looks by itself: another instance may have committed."""
_HELD_BACK = 0.05
"""Seconds until it looks again when what it was woken for is not out: an older transaction still runs."""
_PAUSE = 0.02
"""Seconds between two looks: under load one look takes in many commits."""
_LONGEST = 200
"""Characters of an id; ours have fewer than a hundred."""
_Transaction = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class Following:
    """Makes streams. `ending` tells that the process is to end, and its streams with it."""

    def __init__(self, database: Database, bells: Bells) -> None:
        self._database = database
        self._bells = bells
        self.ending: Callable[[], bool] = lambda: False

    def response(self, tenant: str, last_id: str | None) -> "Bounded":
        """Raises Transient when too many follow already."""
        of_one = tenant != ALL_TENANTS and self._bells.listeners_of(tenant) >= MOST_OF_ONE_CUSTOMER
        if of_one or self._bells.listeners >= MOST:
            raise Transient("too-many-streams", "Too many follow already; try again later.")
        headers = {"X-Accel-Buffering": "no"}
        return Bounded(self.follow(tenant, last_id), headers=headers)

    async def follow(self, tenant: str, last_id: str | None) -> AsyncIterator[bytes]:
        """From `last_id` on, else from now on; ends when the database goes away: the reader comes back."""
        loop = asyncio.get_running_loop()
        position = None if last_id is None else _position(last_id)
        lost = last_id is not None and position is None
        sent = float("-inf")
        with self._bells.hearing(tenant) as rung:
            while not self.ending():
                woken = rung.is_set()
                rung.clear()
                try:
                    read = await self._read(tenant, position)
                except Transient:
                    return
                # An id goes out at once, so that who is cut off before the first change can come back to it.
                began, position = position is None, read.position
                if read.lost or lost:
                    yield format_sse_event(event="reset", data_str="{}", id=_id(position))
                elif began or (not read.changed and loop.time() - sent >= HEARTBEAT):
                    yield format_sse_event(comment="heartbeat", id=_id(position))
                for changed in read.changed:
                    yield _event(changed)
                if read.lost or lost or began or read.changed or loop.time() - sent >= HEARTBEAT:
                    sent, lost = loop.time(), False
                await asyncio.sleep(_PAUSE)
                if position.ticket == NOBODY:  # it is at the end of what is out
                    await _until(rung, _HELD_BACK if woken and not read.changed else _UNASKED)

    async def _read(self, tenant: str, position: Position | None) -> Read:
        async with self._database.reading(tenant) as connection:
            return await read_changes(connection, tenant, position)


class Bounded(EventSourceResponse):
    """A stream that gives up on a reader who takes nothing: what waits for it is one message, and no more."""

    async def stream_response(self, send: Send) -> None:
        """Send until the end, or until one message is not taken in time."""

        async def bounded(message: Message) -> None:
            async with asyncio.timeout(SLOW):
                await send(message)

        try:
            await super().stream_response(bounded)
        except TimeoutError:
            return


async def _until(rung: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await rung.wait()
    except TimeoutError:
        return


def _event(changed: Changed) -> bytes:
    data = {"id": str(changed.ticket), "versions": changed.versions, "changed": changed.fields}
    return format_sse_event(event="ticket", data_str=dumps(data).decode(), id=_id(changed.at))


def _id(position: Position) -> str:
    return encode_cursor(position.transaction, str(position.ticket))


def _position(last_id: str) -> Position | None:
    if len(last_id) > _LONGEST:
        return None
    try:
        return Position(*decode_cursor(last_id, tuple[_Transaction, UUID]))
    except Rejected:
        return None
