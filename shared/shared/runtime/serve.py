"""Run an application in this process, as `python -m <service>` does."""

from collections.abc import Callable
from typing import TypeVar

import uvicorn
from fastapi import FastAPI

from shared.runtime import logs, telemetry
from shared.runtime.auth import InvalidCredentials
from shared.runtime.settings import ServiceSettings, load

S = TypeVar("S", bound=ServiceSettings)

_GRACE = 10
"""Seconds for requests in flight when the process is asked to end."""


def run(kind: Callable[[], S], compose: Callable[[S], FastAPI]) -> None:
    """A service's whole `__main__`: settings, composition, serving. A wrong setting is one line."""
    settings = load(kind)
    try:
        app = compose(settings)
    except InvalidCredentials as error:
        raise SystemExit(str(error)) from None
    serve(app, settings)


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve until a signal, with logs and traces on; a non-zero exit when starting fails."""
    name: str = app.state.service
    logs.configure(name, settings.log_level)
    telemetry.configure(name, settings.trace_file, settings.otel_exporter_otlp_endpoint)
    server(app, settings).run()


def server(app: FastAPI, settings: ServiceSettings) -> uvicorn.Server:
    """The server, not yet running; await its `serve()` when the caller owns the event loop."""
    return _Server(
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


class _Server(uvicorn.Server):
    """uvicorn raises the signal once more when it has served, which would end the process before what runs
    beside the server (relay, consumer, timers) has been stopped.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
