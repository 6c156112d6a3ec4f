"""`make docs`: each running service's OpenAPI document under docs/api/, and the tables that follow."""

import json
import sys
from pathlib import Path

import httpx2

from stack.addresses import SERVICES, Addresses, program
from stack.tables import role_matrix, status_table


def write(folder: Path) -> None:
    """One file per service; the tests compare them with what the services say."""
    at = Addresses.from_environment()
    documents = {}
    for name in SERVICES:
        document = httpx2.get(f"{at.url(name)}/openapi.json", timeout=10).raise_for_status().json()
        text = json.dumps(document, indent=2, ensure_ascii=False)
        (folder / f"{program(name)}.json").write_text(text + "\n")
        documents[program(name)] = document
    (folder.parent / "roles.md").write_text(role_matrix(documents))
    (folder.parent / "tickets.md").write_text(status_table())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
