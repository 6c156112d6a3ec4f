"""What stands on paper: all of the record, in the reader's language, whatever people wrote."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from tests.paper_facts import documented
from tests.projections_facts import AGENT, CUSTOMER, INTAKE, OTHERS, TERMS, endings

from projections.languages import preferred
from projections.paper.job import Printed
from projections.paper.rendering import fetcher, html, pdf
from projections.paper.sections import MOST_ENTRIES
from projections.paper.sheet import sheet
from projections.paper.text import ALTOGETHER, LONGEST, Budget, direction, one_line, prose
from projections.paper.words import WORDS, Language
from shared.events.directory import DirectoryEvent
from shared.events.envelope import Event
from shared.events.people import Contact
from shared.events.policy import PolicyEvent
from shared.events.ticket import CommentAdded, ContractChanged, TicketResolved

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
START = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)


def instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def page(record: dict[str, Any], language: Language = "en", at: datetime = NOW) -> str:
    return html(sheet(record, language, Printed(at, "Agent", internal=True)))


def told(document: str) -> str:
    """The text of the document as it is printed."""
    reader = PdfReader(io.BytesIO(pdf(document)))
    return "\n".join(page.extract_text() for page in reader.pages)


@pytest.fixture
def whole(story: Callable[..., Any]) -> Any:
    """A story with every event that there is."""
    ada = story()
    ada.opened()
    ada.deadline("d1", "response", START + timedelta(hours=1))
    ada.deadline("d2", "line_limit", START + timedelta(hours=1), internal=True)
    hidden = endings(START, "d2", "line_limit", internal=True)
    for event in (*INTAKE, *OTHERS, *endings(START, "d1", "response"), *hidden):
        ada.told(event)
    return ada


def test_every_event_and_every_code_has_words_in_both_languages() -> None:
    events = {
        kind.__name__ for kind in get_args(Event) if not issubclass(kind, (PolicyEvent, DirectoryEvent))
    }
    for language, words in WORDS.items():
        assert events <= words.keys(), f"words.py lacks {language} for {events - words.keys()}"
    fields = [
        {key: {name for _, name, _, _ in Formatter().parse(text) if name} for key, text in words.items()}
        for words in WORDS.values()
    ]
    assert fields[0] == fields[1], "both say the same"


@pytest.mark.integration
def test_supports_copy_has_the_review_and_one_without_a_review_does_not_mention_it(
    story: Callable[..., Any],
) -> None:
    ada = story()
    ada.opened()
    record = documented(ada)
    assert "Post-incident review" not in page(record)
    record["review"] = {
        "number": 1, "status": "completed", "overdue": True, "highest_priority": "P1",
        "opened_at": instant(START), "due_at": instant(START), "completed_at": instant(NOW),
        "withdrawn_at": None,
        "owner": {"name": "Tora Exempel", "email": "tora@stafett.example", "phone": None},
        "root_cause": "Full disk.", "lessons": "",
        "actions": [{"what": "Övervaka disken", "owner": "Bo", "due_on": "2026-12-01"}, {"what": "Byt disk"}],
        "contentment": {"score": 4, "comment": "Snabbt hjälpt.", "source": "survey"},
    }  # fmt: skip
    document = told(page(record, "sv"))
    for text in (
        "Genomgång efter incident", "P1, kritisk", "klar", "Tora Exempel", "Full disk.", "Övervaka disken",
        "Bo", "2026-12-01", "Byt disk", "Kundens nöjdhet (1–5) 4", "Snabbt hjälpt.",
    ):  # fmt: skip
        assert text in document, text


def test_the_service_manager_on_paper_is_the_one_of_the_contract_that_governs_the_ticket_now(
    story: Callable[..., Any],
) -> None:
    ada = story()
    ada.opened(service_manager=Contact(name="Ylva Exempel"))
    assert "Ylva Exempel" in _people(ada)
    ada.told(ContractChanged(contract=TERMS, previous="hubs", by=AGENT))
    assert "Ylva Exempel" in _people(ada), "an older event tells of nobody else"
    ada.told(ContractChanged(contract=TERMS, previous="hubs", by=AGENT, service_manager=Contact(name="Bo")))
    assert "Bo" in _people(ada) and "Ylva" not in _people(ada)
    ada.told(ContractChanged(contract=TERMS, previous="hubs", by=AGENT, service_manager=None))
    assert "Service manager" not in _people(ada)
    assert "Ylva" not in page(documented(ada, support=False))


def _people(story: Any) -> str:
    """What is printed of the ticket's people, for support."""
    return page(documented(story)).partition("People")[2].partition("<h2")[0]


@pytest.mark.integration
def test_all_of_the_record_is_printed_with_headings_clock_and_versions(story: Callable[..., Any]) -> None:
    ada = story()
    ada.opened(subject="Växeln svarar inte")
    ada.deadline("d1", "response", START + timedelta(hours=1))
    ada.told(CommentAdded(comment_id="c", visibility="public", by=CUSTOMER, body="Fortfarande fel."))
    ada.told(TicketResolved(by=AGENT, solution="Omstartad.", cause="Full disk."))
    document = told(page(documented(ada), "sv"))
    for text in (
        "Ärende 2026-000001: fullständig dokumentation", "Växeln svarar inte", "Since this morning.",
        "ada@acme.example", "2026-03-27 16:30:00 CET", "tidszonen Europe/Stockholm", "Fortfarande fel.",
        "Omstartad.", "Full disk.", "initial respons", "Räknas från", "Enligt policy hubs 1", "Aviseringar",
        "Utskrivet 2026-11-24 13:00:00 CET för Agent.", "Supportens exemplar", "Sida 1 / 2", "intake 7",
    ):  # fmt: skip
        assert text in document, text


@pytest.mark.integration
def test_the_same_record_prints_the_same_but_for_the_time_of_printing(whole: Any) -> None:
    first, again = page(documented(whole)), page(documented(whole))
    later = page(documented(whole), at=NOW + timedelta(minutes=1))
    assert told(first) == told(again)
    assert told(later) == told(first).replace("2026-11-24 14:00:00", "2026-11-24 14:01:00")


def test_nothing_internal_stands_in_the_customers_copy(whole: Any) -> None:
    support, customer = page(documented(whole)), page(documented(whole, support=False))
    for text in ("Odd.", "agent-1", "line-2", "line limit", "On-call alerted", "the assignee", "Hard."):
        assert text in support, text
        assert text not in customer, text


@pytest.mark.integration
def test_the_document_is_tagged_titled_and_says_its_language(whole: Any) -> None:
    reader = PdfReader(io.BytesIO(pdf(page(documented(whole), "sv"))))
    root: Any = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("sv", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712 - pypdf's own boolean
    assert (
        reader.metadata is not None
        and reader.metadata.title == "Ärende 2026-000001: fullständig dokumentation"
    )
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    tags = _tags(root["/StructTreeRoot"])
    assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/P"} <= tags


def _tags(node: Any) -> set[str]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return set().union(*map(_tags, node))
    if not isinstance(node, dict):
        return set()
    own = {node["/S"]} if "/S" in node else set()
    return own | (_tags(node["/K"]) if "/K" in node else set())


HOSTILE = (
    "</p><script>alert(1)</script><img src='file:///etc/passwd'><link rel=stylesheet href='http://x.example'>"
    "{{ 7 * 7 }} {% raw %} </style> \x00\x08\x1b[31m مرحبا \u202egnp.exe\u202c e\u0301 &amp;"
)


@pytest.mark.integration
def test_what_people_wrote_is_text_and_nothing_else(story: Callable[..., Any]) -> None:
    ada = story()
    ada.opened(subject=HOSTILE)
    ada.told(CommentAdded(comment_id="c", visibility="public", by=CUSTOMER, body=HOSTILE))
    document = page(documented(ada))
    assert "<script" not in document and "<img" not in document and "<link" not in document
    printed = told(document)
    assert "<script>alert(1)</script>" in printed and "{{ 7 * 7 }}" in printed and "&amp;" in printed
    assert "\x1b" not in printed and "\u202e" not in document


@pytest.mark.integration
def test_letters_that_no_font_has_are_still_in_the_text(story: Callable[..., Any]) -> None:
    ada = story()
    ada.opened(subject="😀👩‍👩‍👧 \U0001fae8 \U000e0041 \ue000 \uffff ꧁")
    reader = PdfReader(io.BytesIO(pdf(page(documented(ada)))))
    fonts = reader.pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
    # pypdf itself does not read fonts in which letters are missing.
    assert any(b"<d83ddc69>" in font.get_object()["/ToUnicode"].get_data() for font in fonts)


def test_nothing_is_fetched(tmp_path: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret words")
    for url in (secret.as_uri(), "http://127.0.0.1:1/x", "data:text/css,p{color:red}"):
        with pytest.raises(ValueError, match="nothing is fetched"):
            fetcher().fetch(url)
    document = f"<html lang=en><title>x</title><p>here<a rel=attachment href='{secret.as_uri()}'>x</a>"
    made = pdf(
        document + f"<link rel=attachment href='{secret.as_uri()}'><img alt=i src='{secret.as_uri()}'>"
    )
    assert "/EmbeddedFiles" not in str(PdfReader(io.BytesIO(made)).trailer["/Root"])
    assert not PdfReader(io.BytesIO(made)).attachments


def test_right_to_left_text_is_set_from_the_right() -> None:
    assert [direction(text) for text in ("مرحبا P1", "1. שלום", "P1 مرحبا", "12:30", "")] == [
        "rtl", "rtl", "ltr", "ltr", "ltr",
    ]  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=3000))
def test_no_letter_is_lost_between_paragraphs(text: str) -> None:
    def letters(given: str) -> str:
        return "".join(character for character in given if character.isalnum())

    made = prose(text)
    assert letters("".join(paragraph.text for paragraph in made)) == letters(text)
    assert all(len(paragraph.text) <= 4_000 and "\n" not in paragraph.text for paragraph in made)
    assert "\n" not in one_line(text) and "\x00" not in one_line(text)


def test_long_lines_and_words_are_broken_and_none_of_it_is_lost() -> None:
    for text in ("x" * 9_999, "ord " * 9_999, "x" * 149 + " " + "y" * 9_999, "a" * 150):
        made = prose(text)
        assert "".join(p.text for p in made).replace(" ", "") == text.replace(" ", "")
        assert max(len(word) for p in made for word in p.text.split()) <= 150


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    budget = Budget()
    assert budget.take("x" * (LONGEST + 5)) == ("x" * LONGEST, 5)
    assert budget.take("short") == ("short", 0)
    for _ in range(ALTOGETHER // LONGEST):
        budget.take("x" * LONGEST)
    assert budget.take("y" * 600) == ("y" * 500, 100), "a beginning of everything is printed"


def test_of_too_many_entries_the_first_and_last_are_printed(story: Callable[..., Any]) -> None:
    ada = story()
    ada.opened()
    for number in range(MOST_ENTRIES + 9):
        ada.told(CommentAdded(comment_id="c", visibility="public", by=CUSTOMER, body=f"word {number}."))
    document = page(documented(ada))
    assert "word 0." in document and f"word {MOST_ENTRIES + 8}." in document
    assert "10 entries are left out here" in document
    assert document.count('<div class="entry') == MOST_ENTRIES


def test_what_is_not_known_here_is_printed_all_the_same(whole: Any) -> None:
    record = documented(whole)
    record["timeline"].append(
        {"source": "intake", "version": 99, "type": "MoonRisen.v1", "time": "2026-03-28T00:00:00.000000Z",
         "recorded_at": "2026-03-28T00:00:00.000000Z", "visibility": "public",
         "data": {"phase": "full", "seen_by": [{"name": "Ada"}], "depth": {"of": 3}, "by": None}}
    )  # fmt: skip
    document = page(record)
    for text in ("Moon Risen", "phase", "full", "seen by", "Ada", "3"):
        assert text in document, text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("de, en-GB;q=0.5", "en"),
        ("en;q=0.2, sv;q=0.7", "sv"),
        ("en;q=0", None),
        ("de-DE,*;q=0.5", None),
        ("", None),
        (None, None),
        ("sv;q=banana, EN", "en"),
        (";;,=" * 50, None),
    ],
)
def test_the_language_is_the_one_that_the_reader_prefers(accepted: str | None, language: str | None) -> None:
    assert preferred(accepted) == language
