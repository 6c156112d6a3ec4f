"""Every notice has its words in both languages; an organisation's own are tried before they are used."""

import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from tests.notifier_facts import mail, opened, postbox, row
from typer.testing import CliRunner

from notifier.overrides import TemplateRefused, read_overrides
from notifier.rendering import LANGUAGES
from notifier.samples import samples
from notifier.templates.__main__ import app
from notifier.wording import Wording

FRAMES = {"terms.j2", "bundle.j2"}


def own(folder: Path, name: str, text: str, owner: str = "acme") -> Path:
    path = folder / owner / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def text_of(wording: Wording) -> str:
    part = postbox(wording).compose(mail(row(opened())), None).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(wording: Wording) -> str:
    part = postbox(wording).compose(mail(row(opened())), None).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_both_languages_have_the_same_templates_and_each_has_a_sample() -> None:
    swedish, english = (
        {file.name for file in (files("notifier") / "templates" / language).iterdir()}
        for language in LANGUAGES
    )
    assert swedish == english
    assert {f"{name}.j2" for name in samples()} == swedish - FRAMES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(samples()))
def test_every_notice_is_written_in_every_shape_it_can_have(name: str, language: str) -> None:
    for facts in samples(language)[name]:  # type: ignore[arg-type]
        said = Wording().words([(name, facts)])
        assert "\n" not in said.subject
        assert "2026-000123" in said.text
        assert f'<html lang="{language}">' in said.html
        assert "<h1" in said.html
        assert "<i>alls" not in said.html
        assert not re.search(r"\n\n\n", said.text)
        _Balanced().feed(said.html)


def test_a_preview_shows_every_mail_in_both_languages_and_lists_them(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["preview", str(tmp_path)])

    assert done.exit_code == 0, done.output
    index = (tmp_path / "index.html").read_text()
    for name in (*samples(), "bundle"):
        for language in LANGUAGES:
            assert f"{name}.{language}.html" in index
            assert (tmp_path / f"{name}.{language}.txt").read_text().startswith("Subject: [2026-000123] ")
            assert (tmp_path / f"{name}.{language}.html").stat().st_size


def test_a_customers_words_go_before_its_contracts_and_those_before_the_products(tmp_path: Path) -> None:
    own(tmp_path, "ticket_opened.sv.txt", "Avtalets ord om {{ ticket.number }}", owner="hubs")
    contract = Wording(read_overrides(tmp_path, samples()))
    own(tmp_path, "ticket_opened.sv.txt", "Subject: Tack för {{ ticket.number }}\nKundens ord")
    customer = Wording(read_overrides(tmp_path, samples()))

    assert "Avtalets ord om 2026-000123" in text_of(contract)
    assert "Kundens ord" in text_of(customer)
    assert "Vi har tagit emot" in text_of(Wording())
    written = postbox(customer).compose(mail(row(opened())), None)
    assert written["Subject"] == "[2026-000123] Tack för 2026-000123"


def test_own_html_takes_the_bodys_place_in_the_page_and_is_escaped(tmp_path: Path) -> None:
    own(tmp_path, "ticket_opened.sv.html", "<p class=own>{{ ticket.subject }}</p>")
    wording = Wording(read_overrides(tmp_path, samples()))
    part = postbox(wording).compose(mail(row(opened(subject="<b>fet</b>"))), None).get_body(("html",))
    assert part is not None
    html = str(part.get_content())

    assert "<p class=own>&lt;b&gt;fet&lt;/b&gt;</p>" in html
    assert '<html lang="sv">' in html
    assert "Vi har tagit emot ditt ärende. Det har" not in html
    assert "Vi har tagit emot ditt ärende. Det har" in text_of(wording)


def test_what_a_customer_writes_is_never_taken_for_a_subject(tmp_path: Path) -> None:
    own(tmp_path, "ticket_opened.sv.txt", "{{ ticket.subject }}\nKundens ord")
    wording = Wording(read_overrides(tmp_path, samples()))
    written = postbox(wording).compose(mail(row(opened(subject="Subject: lurad"))), None)
    assert written["Subject"] == "[2026-000123] Vi har tagit emot ditt ärende: Subject: lurad"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("ticket_opened.sv.txt", "en\ntvå {% if %}\n", 2),
        ("ticket_opened.sv.html", "en\n\n{{ ticket.nummer }}\n", 3),
        ("comment_added.en.txt", "{{ notice.body }}\n{{ notice.missing }}", 2),
        ("ticket_opened.sv.txt", "{{ ticket.__class__.__mro__ }}", 1),
        ("ticket_opend.sv.txt", "x", 0),
        ("ticket_opened.de.txt", "x", 0),
        ("ticket_opened.sv.md", "x", 0),
    ],
)
def test_a_broken_template_is_refused_on_start_with_its_file_and_line(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    path = own(tmp_path, name, text)

    with pytest.raises(TemplateRefused, match=re.escape(f"{path}:{line}: ")):
        read_overrides(tmp_path, samples())
    done = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert done.exit_code == 1


def test_a_folder_of_templates_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateRefused):
        read_overrides(tmp_path / "nowhere", samples())


class _Balanced(HTMLParser):
    """Fails on an element that is closed without having been opened, or the other way round."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
