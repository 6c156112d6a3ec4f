"""Spans as JSON lines in a file: traces without a collector, for local use and tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from opentelemetry.sdk.resources import SERVICE_NAME
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

LARGEST = 64 * 2**20
"""Bytes; a file that has grown past it is set aside as `….old`, in place of the one before."""


class JsonLinesExporter(SpanExporter):
    """Appends each batch in one write, so that several processes may share the file. Times in ns, UTC."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write `spans`; a full disk costs the traces, never the service."""
        lines = b"".join(orjson.dumps(_line(span), option=orjson.OPT_APPEND_NEWLINE) for span in spans)
        try:
            with self._path.open("ab", buffering=0) as file:
                file.write(lines)
                full = file.tell() > LARGEST
            if full:
                self._path.replace(f"{self._path}.old")
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


def _line(span: ReadableSpan) -> dict[str, Any]:
    own = span.get_span_context()
    return {
        "trace_id": f"{own.trace_id:032x}" if own else None,
        "span_id": f"{own.span_id:016x}" if own else None,
        "parent": f"{span.parent.span_id:016x}" if span.parent else None,
        "name": span.name,
        "kind": span.kind.name.lower(),
        "service": span.resource.attributes.get(SERVICE_NAME),
        "start": span.start_time,
        "end": span.end_time,
        "status": span.status.status_code.name.lower(),
        "attributes": dict(span.attributes or {}),
    }
