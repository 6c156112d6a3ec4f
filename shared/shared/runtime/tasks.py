"""Background tasks that must not die quietly: a crash ends the process, and the supervisor starts it anew."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, NoReturn, Self

from shared.runtime import telemetry
from shared.runtime.logs import get, log_failure

CRASHED = 70
"""The exit code of a process that a task's crash, or the watchdog, ended (sysexits' EX_SOFTWARE)."""

End = Callable[[int], Any]


def end_process(code: int) -> NoReturn:
    """End at once. Nothing is lost: what was answered is durable, and the rest was never accepted."""
    telemetry.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Supervised:
    """An async context that runs tasks beside the server and stops them, within a bound, on leaving."""

    def __init__(self, stop_within: float = 5.0, end: End = end_process) -> None:
        self._stop_within = stop_within
        self._end = end
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()

    def start(
        self, name: str, work: Coroutine[Any, Any, None], *, may_end: bool = False
    ) -> asyncio.Task[None]:
        """Run `work`. Unless `may_end`, its return is a crash too: a relay that ended relays nothing."""
        task = asyncio.create_task(self._watch(name, work, may_end), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Cancel every task, and wait for them no longer than the bound (seconds)."""
        self._stopping = True
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self._stop_within)
        for task in late:
            get("stafett").warning("a task did not stop in time", task=task.get_name())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _watch(self, name: str, work: Coroutine[Any, Any, None], may_end: bool) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log_failure("a background task failed", error, task=name)
            if not self._stopping:
                self._end(CRASHED)
            return
        if not may_end and not self._stopping:
            get("stafett").error("a background task ended that never should", task=name)
            self._end(CRASHED)
