"""Whatever anybody does to a ticket, in whatever order: no 5xx, no illegal transition, and every view agrees.

A short run of `make lives`; always the same lives, of which none is sought smaller.
"""

import asyncio
import os

import pytest

from faults.machine import SERVICES
from lives.worker import live
from tests.integration.system.conftest import System

pytestmark = pytest.mark.integration

LIVES = int(os.environ.get("LIVES", "25"))


@pytest.mark.timeout(7200)
async def test_whatever_happens_to_a_ticket_is_legal_and_seen_alike_everywhere(system: System) -> None:
    urls = {name: system.machine.url(name) for name in SERVICES}

    told = await asyncio.to_thread(live, urls, LIVES)

    assert told.lives >= LIVES
