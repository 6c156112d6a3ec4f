"""What the service refuses to start with, before it has connected to anything."""

from pathlib import Path

import pytest

from notifier.compose import run
from notifier.settings import NotifierSettings


async def test_a_broken_template_keeps_the_service_from_starting_and_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "acme" / "ticket_opened.sv.txt"
    broken.parent.mkdir()
    broken.write_text("Hej\n{{ ticket.nummer }}\n")
    with pytest.raises(SystemExit, match=rf"{broken}:2: "):
        await run(_settings(templates_dir=tmp_path))


async def test_a_broken_list_of_teams_keeps_the_service_from_starting(tmp_path: Path) -> None:
    (tmp_path / "teams.yaml").write_text("- {email: a@support.example}\n")
    with pytest.raises(SystemExit, match=r"teams\.yaml"):
        await run(_settings(seeds_dir=tmp_path))


def _settings(**more: Path) -> NotifierSettings:
    return NotifierSettings(database_url="unused", credentials_file=Path("unused"), **more)  # type: ignore[arg-type]
