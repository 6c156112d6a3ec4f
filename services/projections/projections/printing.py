"""Printing, one record at a time, each in a process of its own that ends with it.

Setting a page is slow and takes memory by the page, and WeasyPrint's libraries end the whole process when
they find no font. So it is done elsewhere: who never prints pays nothing, and what goes wrong stays there.
"""

import asyncio
import os
import sys
from typing import Protocol

import structlog

from projections.paper.job import CANNOT_PRINT, SECONDS, Job
from shared.errors import Transient
from shared.runtime.responses import dumps

log = structlog.get_logger()

TURN = 5.0
"""Seconds for which who asks waits for the one that is being printed."""
_ENVIRONMENT = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "XDG_DATA_HOME",
    "FONTCONFIG_FILE", "FONTCONFIG_PATH",
)  # fmt: skip
"""All that the process inherits: it needs neither the database nor a credential."""


class Printer(Protocol):
    """Makes a PDF of a record."""

    async def print(self, job: Job) -> bytes: ...


class PrintingProcess:
    """See the module. `command` is what reads a job and writes the PDF."""

    def __init__(
        self,
        command: tuple[str, ...] = (sys.executable, "-m", "projections.paper"),
        seconds: float = SECONDS,
        turn: float = TURN,
    ) -> None:
        self._command = command
        self._seconds = seconds
        self._turn = turn
        self._printing = asyncio.Lock()

    async def print(self, job: Job) -> bytes:
        """The PDF. Raises Transient when others print, it takes too long, or something is not installed."""
        try:
            async with asyncio.timeout(self._turn):
                await self._printing.acquire()
        except TimeoutError:
            raise Transient("printing-busy", "Other records are being printed; try again shortly.") from None
        try:
            return await self._run(dumps(job))
        finally:
            self._printing.release()

    async def _run(self, job: bytes) -> bytes:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment
        )
        try:
            async with asyncio.timeout(self._seconds):
                made, said = await process.communicate(job)
        except TimeoutError:
            raise Transient(
                "printing-too-slow",
                "The record could not be printed in time; take format=json, or try later.",
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == CANNOT_PRINT:
            lacks = said.decode(errors="replace").strip().splitlines()[-1]
            raise Transient(
                "printing-not-installed", f"Records cannot be printed here: {lacks}. Take format=json."
            )
        if process.returncode:
            # Its words may hold what people wrote; the kind of the failure is all that the log may have.
            log.error("printing-failed", status=process.returncode, kind=_kind(said))
            raise Transient("printing-failed", "The record could not be printed; take format=json.")
        return made


def _kind(said: bytes) -> str:
    last = said.decode(errors="replace").strip().splitlines()[-1:] or [""]
    return last[0].partition(":")[0][:100]
