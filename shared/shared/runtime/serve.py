"""Run an application in this process, as `python -m <service>` does."""

import uvicorn
from fastapi import FastAPI

from shared.runtime.settings import ServiceSettings

_GRACE = 10
"""Seconds for requests in flight when the process is asked to end."""


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve until a signal; ends the process with a non-zero code when starting fails."""
    server(app, settings).run()


def server(app: FastAPI, settings: ServiceSettings) -> uvicorn.Server:
    """The server, not yet running; await its `serve()` when the caller owns the event loop."""
    return uvicorn.Server(
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
