"""Printing bears on nobody else: one at a time, in a process that is ended when it takes too long."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.paper_facts import documented

from projections.paper.job import Job, Printed
from projections.printing import PrintingProcess
from shared.errors import Transient
from shared.testing.waiting import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
def job(story: Any) -> Job:
    """An ordinary record."""
    ada = story()
    ada.opened()
    return Job(documented(ada), "sv", Printed(datetime(2026, 11, 24, tzinfo=UTC), "Ada", internal=False))


def script(path: Path, text: str) -> tuple[str, ...]:
    (path / "job.py").write_text(text)
    return sys.executable, str(path / "job.py")


def runs(pid: Path) -> bool:
    return Path("/proc", pid.read_text()).exists()


async def test_a_record_is_printed_by_a_process_that_knows_no_secret(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert (await PrintingProcess().print(job)).startswith(b"%PDF-1.7")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:secret@127.0.0.1/x")
    told = script(tmp_path, "import os, sys; sys.stdin.read(); print(sorted(os.environ))")
    assert b"DATABASE_URL" not in await PrintingProcess(told).print(job)


async def test_the_service_does_not_carry_what_printing_takes() -> None:
    heavy = "('weasyprint', 'projections.paper.rendering')"
    look = f"import projections.compose, sys; print(any(m in sys.modules for m in {heavy}))"
    asked = await asyncio.create_subprocess_exec(sys.executable, "-c", look, stdout=asyncio.subprocess.PIPE)
    assert (await asked.communicate())[0] == b"False\n"


async def test_one_is_printed_at_a_time_and_who_waits_in_vain_is_told(job: Job, tmp_path: Path) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "pipe"
    os.mkfifo(go_on)
    slow = script(tmp_path, f"open({str(begun)!r}, 'w').close(); open({str(go_on)!r}).read(); print('made')")
    printer = PrintingProcess(slow, turn=0.05)
    first = asyncio.create_task(printer.print(job))
    await eventually(begun.exists)
    with pytest.raises(Transient) as busy:
        await printer.print(job)
    assert busy.value.code == "printing-busy"
    await asyncio.to_thread(go_on.write_text, "")
    assert await first == b"made\n"


async def test_what_takes_too_long_is_ended_and_the_next_goes_on(job: Job, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    stuck = script(
        tmp_path, f"import os; open({str(pid)!r}, 'w').write(str(os.getpid())); os.read(os.pipe()[0], 1)"
    )
    printer = PrintingProcess(stuck, seconds=1)
    with pytest.raises(Transient) as slow:
        await printer.print(job)
    assert slow.value.code == "printing-too-slow"
    assert not runs(pid)
    printer._command = script(tmp_path, "import sys; sys.stdin.read(); print('made')")
    assert await printer.print(job) == b"made\n"


async def test_who_stops_waiting_leaves_no_process_behind(job: Job, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    stuck = script(
        tmp_path, f"import os; open({str(pid)!r}, 'w').write(str(os.getpid())); os.read(os.pipe()[0], 1)"
    )
    asked = asyncio.create_task(PrintingProcess(stuck).print(job))
    await eventually(lambda: pid.exists() and pid.read_text() != "")
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not runs(pid)


@pytest.mark.parametrize("ending", ["import os; os.abort()", "raise ValueError('what Ada wrote')"])
async def test_a_process_that_dies_is_a_refusal_and_its_words_are_not_logged(
    job: Job, tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Transient) as failed:
        await PrintingProcess(script(tmp_path, ending)).print(job)
    assert failed.value.code == "printing-failed"
    assert "Ada wrote" not in "".join(capsys.readouterr()) + failed.value.detail


async def test_without_fonts_it_says_what_to_install(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fonts.conf").write_text("<?xml version='1.0'?><fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    with pytest.raises(Transient, match="there is no font: install one") as lacking:
        await PrintingProcess().print(job)
    assert lacking.value.code == "printing-not-installed"


async def test_without_its_libraries_it_says_what_to_install(job: Job, tmp_path: Path) -> None:
    # As cffi says it where the library is not there.
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libgobject-2.0-0'\")")
    first = f"import sys; sys.path.insert(0, {str(tmp_path)!r})"
    without = f"{first}\nfrom projections.paper.__main__ import main\nsys.exit(main([]))"
    with pytest.raises(Transient, match="install Pango and HarfBuzz") as lacking:
        await PrintingProcess((sys.executable, "-c", without)).print(job)
    assert lacking.value.code == "printing-not-installed"
