"""Logs as JSON lines with the trace's id. Exceptions by type and place only: their text may be personal."""

import logging
import sys
from pathlib import PurePath
from traceback import extract_tb
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor

from shared.runtime import telemetry

_FRAMES = 8


def configure(service: str, level: str = "INFO") -> None:
    """Send structlog's and the libraries' own logs to standard output, one JSON object per line."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_trace(service),
        _place_only,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("aiokafka").setLevel(max(logging.WARNING, logging.getLevelName(level)))


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; give facts as keywords, and no personal data in any of them."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def log_failure(event: str, error: BaseException, **facts: Any) -> None:
    """Log an unforeseen error by its type and the frames that it came through, never by its text."""
    get("stafett").error(event, **facts, **describe(error))


def describe(error: BaseException) -> dict[str, Any]:
    """What may be told of an error: its type, its cause's type, and the innermost frames.

    Of a group, its first member: that is where the fault is.
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = extract_tb(error.__traceback__)[-_FRAMES:]
    cause = error.__cause__ or error.__context__
    return {
        "error": type(error).__qualname__,
        "cause": type(cause).__qualname__ if cause else None,
        "frames": [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _with_trace(service: str) -> Processor:
    def add(_: Any, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        trace_id = telemetry.current_trace_id()
        if trace_id:
            event["trace_id"] = trace_id
        return event

    return add


def _place_only(_: Any, __: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event.update(describe(error))
    return event


def _render(_: Any, __: str, event: EventDict) -> str:
    return orjson.dumps(event, default=lambda value: type(value).__name__).decode()
