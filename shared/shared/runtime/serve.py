"""Run an application in this process, as `python -m <service>` does."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import uvicorn
import uvloop
from fastapi import FastAPI
from uvicorn.server import HANDLED_SIGNALS

from shared.errors import Transient
from shared.runtime import logs, telemetry
from shared.runtime.credentials import InvalidCredentials
from shared.runtime.settings import ServiceSettings, load

S = TypeVar("S", bound=ServiceSettings)

_GRACE = 10
"""Seconds for requests in flight when the process is asked to end."""


def main(name: str, kind: Callable[..., S], run: Callable[[S], Coroutine[Any, Any, None]]) -> None:
    """A service's whole `__main__`: settings, logs, traces, then `run` until it ends.

    What cannot start says so in one line, and exits with 1.
    """
    settings = load(kind)
    logs.configure(name, settings.log_level)
    telemetry.configure(name, settings.trace_file, settings.otel_exporter_otlp_endpoint)
    try:
        uvloop.run(run(settings))
    except InvalidCredentials as error:
        raise SystemExit(str(error)) from None
    except Transient as error:
        raise SystemExit(f"{name} cannot start: {error.detail}") from None
    finally:
        telemetry.shutdown()


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve until a signal, with logs and traces on; what the application needs opens in its lifespan."""

    async def run(settings: ServiceSettings) -> None:
        await server(app, settings).serve()

    main(app.state.service, lambda: settings, run)


class Server(uvicorn.Server):
    """Uvicorn, except that a signal ends the serving only.

    Uvicorn raises the signal again afterwards, which would kill the process before its tasks have stopped.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT end the serving; only the main thread can listen to them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for number in HANDLED_SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in HANDLED_SIGNALS:
                loop.remove_signal_handler(number)


def server(app: FastAPI, settings: ServiceSettings) -> Server:
    """The server, not yet running; await its `serve()` when the caller owns the event loop."""
    return Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            access_log=False,
            server_header=False,
            date_header=True,
            log_config=None,
            timeout_graceful_shutdown=_GRACE,
            timeout_keep_alive=30,
            backlog=2048,
        )
    )
