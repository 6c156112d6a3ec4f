"""Messaging's spans, recorded by telemetry: the one place where the two meet."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from shared.messaging import tracing
from shared.runtime import telemetry

_KINDS: Mapping[str, telemetry.Kind] = {"producer": "publish", "consumer": "process"}


def _open(
    name: str, kind: str, parent: str | None, attributes: dict[str, str | int]
) -> AbstractContextManager[object]:
    return telemetry.span(name, _KINDS[kind], parent, attributes)


messaging_tracer: tracing.Tracer = tracing.one_each(_open)
"""Hand this to a Relay or a Consumer."""
