"""Traces and logs: followed across processes, and silent about people."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from shared.runtime import logs, telemetry

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def trace_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "spans.jsonl"
    telemetry.configure("example", path)
    yield path
    telemetry.shutdown()


def spans(path: Path) -> list[dict[str, Any]]:
    telemetry.shutdown()
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_a_request_continues_its_callers_trace(client: httpx2.AsyncClient, trace_file: Path) -> None:
    await client.get("/v1/notes?q=Anna", headers={"traceparent": PARENT})
    (span,) = spans(trace_file)
    assert (span["trace_id"], span["parent"]) == (TRACE, "b7ad6b7169203331")
    assert (span["name"], span["kind"], span["service"]) == ("GET /v1/notes", "server", "example")
    assert span["attributes"]["http.response.status_code"] == 200
    assert "Anna" not in str(span)
    assert span["start"] < span["end"]


async def test_a_failure_is_recorded_by_its_type_only(client: httpx2.AsyncClient, trace_file: Path) -> None:
    await client.get("/v1/broken")
    (span,) = spans(trace_file)
    assert span["status"] == "error"
    assert span["attributes"]["error.type"] == "RuntimeError"
    assert "anna@example.org" not in str(span)


@pytest.mark.parametrize("recording", [True, False])
async def test_a_problem_names_the_callers_trace(
    client: httpx2.AsyncClient, recording: bool, tmp_path: Path
) -> None:
    telemetry.configure("example", tmp_path / "spans.jsonl" if recording else None)
    response = await client.get("/nothing", headers={"traceparent": PARENT})
    assert response.json()["trace_id"] == TRACE
    telemetry.shutdown()


@pytest.mark.parametrize("header", ["", "x", f"00-{'0' * 32}-b7ad6b7169203331-01", f"ff{PARENT[2:]}"])
async def test_a_malformed_traceparent_begins_a_new_trace(client: httpx2.AsyncClient, header: str) -> None:
    response = await client.get("/nothing", headers={"traceparent": header})
    assert response.json()["trace_id"] not in (TRACE, "0" * 32)


def test_a_record_is_processed_under_the_span_that_made_it(trace_file: Path) -> None:
    with telemetry.span("process ticket-events", "process", PARENT, {"messaging.system": "kafka"}):
        inside = telemetry.current_traceparent()
    (span,) = spans(trace_file)
    assert inside == f"00-{TRACE}-{span['span_id']}-01"
    assert (span["kind"], span["parent"]) == ("consumer", "b7ad6b7169203331")


def test_outside_any_span_there_is_no_traceparent() -> None:
    assert telemetry.current_traceparent() is None


def test_without_an_exporter_the_trace_is_still_passed_on() -> None:
    with telemetry.span("work", parent=PARENT), telemetry.span("more"):
        inside = telemetry.current_traceparent()
    assert inside is not None
    assert inside.startswith(f"00-{TRACE}-")
    assert inside != PARENT


def test_logs_are_json_with_the_trace_and_without_the_errors_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        logs.configure("example")
        with telemetry.span("work", parent=PARENT):
            logs.get("test").info("done", count=3)
            try:
                int("anna@example.org")
            except ValueError as error:
                logs.log_failure("failed", error)
                logging.getLogger("uvicorn.error").exception("a library's words")
    finally:
        root.handlers, root.level = before, level
    printed = capsys.readouterr().out
    done, failed, foreign = (json.loads(line) for line in printed.splitlines())
    assert (done["event"], done["count"], done["service"], done["trace_id"]) == ("done", 3, "example", TRACE)
    assert failed["error"] == foreign["error"] == "ValueError"
    assert "test_telemetry.py" in failed["frames"][-1]
    assert "anna@example.org" not in printed
