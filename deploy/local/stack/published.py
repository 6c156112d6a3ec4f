"""`make docs`: each running service's OpenAPI document, as committed under docs/api/."""

import json
import sys
from pathlib import Path

import httpx2

from stack.addresses import SERVICES, Addresses, program


def write(folder: Path) -> None:
    """One file per service; the tests compare them with what the services say."""
    at = Addresses.from_environment()
    for name in SERVICES:
        document = httpx2.get(f"{at.url(name)}/openapi.json", timeout=10).raise_for_status().json()
        text = json.dumps(document, indent=2, ensure_ascii=False)
        (folder / f"{program(name)}.json").write_text(text + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
