"""Traces by OpenTelemetry: one server span per request, W3C traceparent in and out, nothing personal.

FastAPI's own telemetry is left off: it records the query string, in which people search for names.
"""

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from opentelemetry import context, trace
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags

from shared.runtime.trace_lines import JsonLinesExporter

Kind = Literal["server", "client", "publish", "process", "internal"]
Value = str | bool | int | float
_KINDS: Mapping[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "publish": SpanKind.PRODUCER,
    "process": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


class _Recording:
    """Who takes the spans; without exporters only ids are made, which costs next to nothing."""

    provider: TracerProvider | None = None
    tracer: trace.Tracer | None = None


def configure(service: str, trace_file: Path | None = None, otlp_endpoint: str | None = None) -> None:
    """Send spans to a file of JSON lines, to an OTLP collector, to both or to neither."""
    shutdown()
    exporters: list[SpanExporter] = []
    if trace_file is not None:
        exporters.append(JsonLinesExporter(trace_file))
    if otlp_endpoint:
        # A slow import, and only some deployments have a collector.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

        exporters.append(OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces"))
    if not exporters:
        return
    provider = TracerProvider(
        resource=Resource({SERVICE_NAME: service}), sampler=ParentBased(ALWAYS_ON), shutdown_on_exit=False
    )
    for exporter in exporters:
        provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=16_384, schedule_delay_millis=500)
        )
    _Recording.provider, _Recording.tracer = provider, provider.get_tracer("stafett")


def shutdown() -> None:
    """Write what is still buffered and stop recording."""
    if _Recording.provider is not None:
        _Recording.provider.shutdown()
    _Recording.provider = _Recording.tracer = None


def remote(traceparent: str | None) -> SpanContext | None:
    """The caller's span; None when the header is absent or malformed (then a new trace begins)."""
    found = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if found is None:
        return None
    parent = SpanContext(int(found[1], 16), int(found[2], 16), True, TraceFlags(int(found[3], 16)))
    return parent if parent.is_valid else None


def start_span(
    name: str, kind: Kind, parent: SpanContext | None = None, attributes: Mapping[str, Value] | None = None
) -> Span:
    """A span that continues `parent`, or the current span; the caller ends it."""
    if _Recording.tracer is not None:
        origin = trace.set_span_in_context(NonRecordingSpan(parent)) if parent else None
        return _Recording.tracer.start_span(name, origin, _KINDS[kind], attributes)
    origin_context = parent or trace.get_current_span().get_span_context()
    known = origin_context.is_valid
    return NonRecordingSpan(
        SpanContext(
            origin_context.trace_id if known else random.getrandbits(128) or 1,
            random.getrandbits(64) or 1,
            False,
            origin_context.trace_flags if known else TraceFlags(TraceFlags.SAMPLED),
        )
    )


@contextmanager
def span(
    name: str,
    kind: Kind = "internal",
    parent: str | None = None,
    attributes: Mapping[str, Value] | None = None,
) -> Iterator[Span]:
    """Do work inside a span. `parent` is a traceparent (of the record being processed, say).

    An error is recorded by its type only: its text may hold what people wrote.
    """
    current = start_span(name, kind, remote(parent), attributes)
    token = context.attach(trace.set_span_in_context(current))
    try:
        yield current
    except Exception as error:
        failed(current, error)
        raise
    finally:
        context.detach(token)
        current.end()


def failed(current: Span, error: Exception) -> None:
    """Mark `current` as failed by the type of `error`."""
    current.set_attribute("error.type", type(error).__qualname__)
    current.set_status(StatusCode.ERROR)


def current_traceparent() -> str | None:
    """The W3C header that continues the current span; None outside any."""
    now = trace.get_current_span().get_span_context()
    if not now.is_valid:
        return None
    return f"00-{now.trace_id:032x}-{now.span_id:016x}-{int(now.trace_flags):02x}"


def current_trace_id() -> str | None:
    """The current trace's id as 32 hexadecimal digits; None outside any."""
    now = trace.get_current_span().get_span_context()
    return f"{now.trace_id:032x}" if now.is_valid else None
