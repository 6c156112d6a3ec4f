"""The record as PDF over HTTP: for whom it is, in their language, and no more than they may see."""

import io
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from pypdf import PdfReader
from tests.projections_facts import AGENT, CUSTOMER

from projections.printing import PrintingProcess
from shared.errors import Transient
from shared.events.ticket import CommentAdded, TicketPrioritised

pytestmark = pytest.mark.integration

Stories = Callable[..., Any]
TakeIn = Callable[..., Any]


def _as(who: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}", **headers}


def _text(answer: httpx2.Response) -> str:
    assert answer.status_code == 200, answer.text
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


@pytest.fixture
async def ada(story: Stories, take_in: TakeIn) -> Any:
    """Opened, noted upon, asked about."""
    ada = story()
    ada.opened(number="2026-000123")
    ada.told(CommentAdded(comment_id="c", visibility="internal", by=AGENT, body="They always do this."))
    ada.told(CommentAdded(comment_id="c", visibility="public", by=CUSTOMER, body="Any news?"))
    await take_in(*ada.events)
    return ada


async def test_a_customer_gets_its_own_copy_and_support_the_whole_one(
    client: httpx2.AsyncClient, ada: Any
) -> None:
    url = f"/v1/tickets/{ada.ticket}/record?format=pdf&lang=en"
    customers, supports = (
        await client.get(url, headers=_as("acme")),
        await client.get(url, headers=_as("agent")),
    )
    assert "Any news?" in _text(customers) and "for Acme." in _text(customers)
    assert "They always do this." in _text(supports) and "for Agent." in _text(supports)
    for hidden in ("always do this", "agent-1", "Internal"):
        assert hidden not in _text(customers)
    assert (await client.get(url, headers=_as("region"))).status_code == 404
    assert customers.headers["Content-Type"] == "application/pdf"
    assert customers.headers["Content-Disposition"] == 'inline; filename="2026-000123.pdf"'
    assert customers.headers["ETag"] != supports.headers["ETag"]


@pytest.mark.parametrize(
    ("query", "headers", "language"),
    [
        ("&lang=en", {"Accept-Language": "sv"}, "en"),
        ("", {"Accept-Language": "en-GB,en;q=0.9"}, "en"),
        ("", {"Accept-Language": "de"}, "sv"),
        ("", {}, "sv"),
    ],
)
async def test_the_language_is_asked_for_preferred_or_the_contracts(
    client: httpx2.AsyncClient, ada: Any, query: str, headers: dict[str, str], language: str
) -> None:
    answer = await client.get(
        f"/v1/tickets/{ada.ticket}/record?format=pdf{query}", headers=_as("acme", **headers)
    )
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers.get_list("Vary")
    assert {"en": "full documentation", "sv": "fullständig dokumentation"}[language] in _text(answer)


async def test_who_holds_it_already_is_not_sent_it_again_until_something_happens(
    client: httpx2.AsyncClient, ada: Any, take_in: TakeIn
) -> None:
    url = f"/v1/tickets/{ada.ticket}/record?format=pdf"
    tag = (await client.get(url, headers=_as("acme"))).headers["ETag"]
    again = await client.get(url, headers=_as("acme", **{"If-None-Match": f'"x", {tag}'}))
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    await take_in(ada.told(TicketPrioritised(priority="P1", previous=None, basis="correction", by=AGENT)))
    answer = await client.get(url, headers=_as("acme", **{"If-None-Match": tag}))
    assert "Prioritet satt" in _text(answer) and answer.headers["ETag"] != tag


async def test_what_cannot_be_asked_for_is_refused(client: httpx2.AsyncClient, ada: Any) -> None:
    for query in ("format=doc", "format=pdf&lang=de", "format=pdf&language=en"):
        answer = await client.get(f"/v1/tickets/{ada.ticket}/record?{query}", headers=_as("acme"))
        assert answer.status_code == 422


async def test_a_refusal_to_print_is_a_problem_with_a_time_to_come_back(
    client: httpx2.AsyncClient, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> bytes:
        raise Transient("printing-busy", "Other records are being printed; try again shortly.")

    monkeypatch.setattr(PrintingProcess, "print", busy)
    answer = await client.get(f"/v1/tickets/{ada.ticket}/record?format=pdf", headers=_as("acme"))
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert answer.json()["type"].endswith("/printing-busy")
    assert (await client.get(f"/v1/tickets/{ada.ticket}/record", headers=_as("acme"))).status_code == 200
