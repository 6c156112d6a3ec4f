"""Hears the NOTIFY of whoever sets an alert's timer, in this process or another."""

import asyncio
from collections.abc import Callable
from typing import Any

from escalation.adapters.alert_table import CHANNEL
from shared.errors import Transient
from shared.eventstore.database import Database


async def listen(database: Database, heard: Callable[[], None]) -> None:
    """Listen for ever; a lost connection counts as heard too, since something may have been missed."""
    while True:
        try:
            await _listen_once(database, heard)
        except Transient:
            await asyncio.sleep(1)
        heard()


async def _listen_once(database: Database, heard: Callable[[], None]) -> None:
    lost = asyncio.Event()

    def on_notify(*_: Any) -> None:
        heard()

    def on_end(*_: Any) -> None:
        lost.set()

    async with database.working() as connection:
        connection.add_termination_listener(on_end)
        await connection.add_listener(CHANNEL, on_notify)
        heard()  # whatever was set before anybody listened
        try:
            await lost.wait()
        finally:
            if not lost.is_set():
                connection.remove_termination_listener(on_end)
                await connection.remove_listener(CHANNEL, on_notify)
