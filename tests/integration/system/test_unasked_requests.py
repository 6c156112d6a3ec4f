"""Requests that nobody thought of: a few here, for as long as one likes by `make fuzz`."""

from pathlib import Path

import pytest

from faults.machine import SERVICES
from fuzz.running import Budget, fuzz_all
from fuzz.things import make_things
from tests.integration.system.conftest import System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


async def test_whatever_is_asked_is_answered_as_the_documents_say(
    system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = {name: system.machine.url(name) for name in SERVICES}
    found = await fuzz_all(urls, await make_things(urls), tmp_path, Budget(brief=5), at_once=2)
    with capsys.disabled():
        print("\n" + ", ".join(f"{each.service}: {each.cases} cases" for each in found))
    failures = [f"{each.service}: {failure}" for each in found for failure in each.failures]
    assert not failures, "\n".join(failures)
    assert all(each.accepted for each in found), "nothing was accepted, so little was tried"
