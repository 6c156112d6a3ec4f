"""The committed OpenAPI documents are valid OpenAPI 3.1, so that any client generator can read them.

That they are what the services say is tested with the services running (tests/integration/system).
"""

import json
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from stack.tables import role_matrix, status_table

FOLDER = Path(__file__).parents[2] / "docs" / "api"
SERVICES = ("intake", "sla-engine", "escalation", "notifier", "projections")


@pytest.mark.parametrize("name", SERVICES)
def test_the_document_is_valid(name: str) -> None:
    document = json.loads((FOLDER / f"{name}.json").read_text())
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_the_committed_tables_are_what_the_code_says() -> None:
    """`make docs` writes them anew."""
    documents = {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in SERVICES}
    assert (FOLDER.parent / "roles.md").read_text() == role_matrix(documents)
    assert (FOLDER.parent / "tickets.md").read_text() == status_table()
