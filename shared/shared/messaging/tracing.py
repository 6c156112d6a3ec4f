"""Where spans come from: a callback, so that messaging works with telemetry switched off.

Conventions: OpenTelemetry's for messaging. `publish` spans are of kind producer; `process` spans of kind
consumer, and they continue the creation context that the event carries.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Literal, NamedTuple

from shared.events.catalogue import TOPICS
from shared.events.wire import Attributes


class SpanOf(NamedTuple):
    """A span to be opened for one event."""

    name: str
    kind: Literal["producer", "consumer"]
    parent: str | None
    attributes: dict[str, str | int]


Tracer = Callable[[Sequence[SpanOf]], AbstractContextManager[object]]
OpenSpan = Callable[[str, str, str | None, dict[str, str | int]], AbstractContextManager[object]]


def no_spans(_: Sequence[SpanOf]) -> AbstractContextManager[object]:
    """Telemetry is off."""
    return nullcontext()


def one_each(open_span: OpenSpan) -> Tracer:
    """A tracer from a function that opens one span `(name, kind, parent, attributes)`."""

    @contextmanager
    def opened(wanted: Sequence[SpanOf]) -> Iterator[None]:
        with ExitStack() as stack:
            for span in wanted:
                stack.enter_context(open_span(*span))
            yield

    return opened


def publishing(events: Sequence[Attributes]) -> list[SpanOf]:
    """One `publish` span per event."""
    return [_span("publish", "producer", event) for event in events]


def processing(events: Sequence[Attributes]) -> list[SpanOf]:
    """One `process` span per event."""
    return [_span("process", "consumer", event) for event in events]


def _span(operation: str, kind: Literal["producer", "consumer"], event: Attributes) -> SpanOf:
    topic = TOPICS[event.source]
    return SpanOf(
        f"{operation} {topic}",
        kind,
        event.traceparent,
        {
            "messaging.system": "kafka",
            "messaging.operation.name": operation,
            "messaging.destination.name": topic,
            "messaging.message.id": str(event.id),
            "cloudevents.event_type": event.type,
            "cloudevents.event_subject": str(event.subject),
            "stafett.stream_version": event.version,
        },
    )
