"""The committed OpenAPI documents are valid OpenAPI 3.1, so that any client generator can read them.

That they are what the services say is tested with the services running (tests/integration/system).
"""

import json
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

FOLDER = Path(__file__).parents[2] / "docs" / "api"


@pytest.mark.parametrize("name", ["intake", "sla-engine", "escalation", "notifier", "projections"])
def test_the_document_is_valid(name: str) -> None:
    document = json.loads((FOLDER / f"{name}.json").read_text())
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
