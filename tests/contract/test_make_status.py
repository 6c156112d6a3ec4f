"""`make status` says by its exit code, too, whether all is well: scripts and cron ask it."""

from typing import Any

import pytest
from typer.testing import CliRunner

from stack import __main__ as stack
from stack.addresses import SERVICES, program

RUNNING = [
    {"name": name, "statename": "RUNNING", "pid": 1}
    for name in ("postgres", "kafka", "mail-sink", *map(program, SERVICES))
]


class Fake:
    """The supervisor of this checkout, as it would answer."""

    def __init__(self, processes: list[dict[str, Any]] | None) -> None:
        self.known = processes

    def running(self) -> str | None:
        return None if self.known is None else "digest"

    def processes(self) -> list[dict[str, Any]]:
        return self.known or []


def status(
    patch: pytest.MonkeyPatch, processes: list[dict[str, Any]] | None, unready: str | None = None
) -> tuple[int, str]:
    patch.setattr(stack, "Supervisor", lambda: Fake(processes))
    patch.setattr(stack, "readiness", lambda _, name: "says 503" if name == unready else "ready")
    result = CliRunner().invoke(stack.app, ["status"])
    return result.exit_code, result.output


def test_all_running_and_ready_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    assert status(monkeypatch, RUNNING)[0] == 0


def test_nothing_running_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    assert status(monkeypatch, None)[0] == 1


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_not_ready_is_not_well(monkeypatch: pytest.MonkeyPatch, service: str) -> None:
    assert status(monkeypatch, RUNNING, unready=service)[0] == 1


@pytest.mark.parametrize("number", range(len(RUNNING)))
@pytest.mark.parametrize("state", ["STOPPED", "FATAL", "BACKOFF", "STARTING"])
def test_a_process_that_does_not_run_is_not_well(
    monkeypatch: pytest.MonkeyPatch, number: int, state: str
) -> None:
    others = [dict(process) for process in RUNNING]
    others[number]["statename"] = state

    assert status(monkeypatch, others)[0] == 1
