"""A client generator that is not ours makes a client of each service's document, and the client works."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.system.conftest import System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

SERVICES = ("intake", "sla_engine", "escalation", "notifier", "projections")

IMPORTS_ALL = """
import importlib, pkgutil
package = importlib.import_module("{package}")
names = [found.name for found in pkgutil.walk_packages(package.__path__, "{package}.")]
for name in names:
    importlib.import_module(name)
print(len([name for name in names if name.count(".") == 3]))
"""
POSTS_AND_READS = """
from intake_client import AuthenticatedClient
from intake_client.api.tickets import open_ticket as opens
from intake_client.api.tickets import read_ticket as reads
from intake_client.models import OpenTicketBody, Problem, ReporterBody, TicketView

client = AuthenticatedClient(base_url="{url}", token="local-acme")
body = OpenTicketBody(
    subject="Tyst", description="Växeln tiger.", reporter=ReporterBody(name="Ada", email="ada@acme.example")
)
opened = opens.sync(client=client, body=body, idempotency_key="generated-1")
assert isinstance(opened, TicketView), opened
again = opens.sync(client=client, body=body, idempotency_key="generated-1")
assert again.id == opened.id
read = reads.sync(client=client, ticket_id=opened.id)
assert read.to_dict() == opened.to_dict()
assert read.registered_at.utcoffset().total_seconds() == 0
stranger = AuthenticatedClient(base_url="{url}", token="nobody")
refused = reads.sync(client=stranger, ticket_id=opened.id)
assert isinstance(refused, Problem) and refused.status == 401, refused
"""


async def generated(system: System, folder: Path, service: str) -> tuple[str, int]:
    """The name of the client's package under `folder`, and how many operations the document has."""
    document = (await system.call("GET", service, "/openapi.json", None)).json()
    (folder / "document.json").write_text(json.dumps(document))
    (folder / "config.yaml").write_text("post_hooks: []\n")
    package = f"{service}_client"
    done = await run(
        folder,
        str(Path(sys.executable).with_name("openapi-python-client")),
        *("generate", "--path", "document.json", "--config", "config.yaml", "--meta", "none"),
        *("--output-path", package, "--fail-on-warning"),
    )
    assert "arning" not in done, done
    return package, sum(len(item) for item in document["paths"].values())


async def run(folder: Path, *command: str) -> str:
    """What the command said. Fails with it when the command does."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_generator_skips_nothing_and_what_it_writes_can_be_imported(
    system: System, tmp_path: Path, service: str
) -> None:
    package, operations = await generated(system, tmp_path, service)
    told = await run(tmp_path, sys.executable, "-c", IMPORTS_ALL.format(package=package))
    assert int(told) == operations


async def test_a_generated_client_registers_a_ticket_and_reads_it(system: System, tmp_path: Path) -> None:
    await generated(system, tmp_path, "intake")
    await run(tmp_path, sys.executable, "-c", POSTS_AND_READS.format(url=system.machine.url("intake")))
