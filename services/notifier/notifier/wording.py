"""The words of a mail, from templates: once as text, once as HTML, one section for each notice in it.

A template has the blocks `heading` (one line), `body` (paragraphs, an empty line between two) and, where
there is more to tabulate than what every mail does, `facts` (a line `label: value` each). The layouts of its
language turn them into a whole text or page. What people wrote is escaped in the HTML.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from jinja2 import Environment
from markupsafe import Markup

from notifier.overrides import Overrides
from notifier.rendering import LANGUAGES, block, built_in, terms

_BLANK: Final = re.compile(r"\n\s*\n")
_BUNDLE: Final = "bundle"
Told = tuple[str, dict[str, Any]]
"""A template's name and what it is filled with: ticket, notice, recipient, at, link, portal."""


class Words(NamedTuple):
    """`subject` is one line."""

    subject: str
    text: str
    html: str
    language: str


class Section(NamedTuple):
    """One notice: `paragraphs` and `facts` (label, value) are text, or markup that is safe."""

    heading: str
    paragraphs: Sequence[str]
    facts: Sequence[tuple[str, str]]


class Wording:
    """The product's templates, and what organisations put in their place."""

    def __init__(self, overrides: Overrides | None = None) -> None:
        self._overrides = overrides or Overrides({})

    def words(self, told: Sequence[Told]) -> Words:
        """`told` in the language of its ticket's contract (Swedish where there is no such)."""
        locale = told[0][1]["ticket"].locale
        language = locale if locale in LANGUAGES else LANGUAGES[0]
        told = [(name, facts | {"language": language, "terms": terms(language)}) for name, facts in told]
        text, html = built_in(html=False), built_in(html=True)
        subject, title = self._subject(text, language, told)
        return Words(
            subject=subject,
            text=self._page(text, language, "txt", title, told),
            html=self._page(html, language, "html", title, told),
            language=language,
        )

    def _subject(self, env: Environment, language: str, told: Sequence[Told]) -> tuple[str, str]:
        """The whole subject, and the heading of the mail."""
        name, facts = told[0]
        if len(told) > 1:
            name, facts = _BUNDLE, facts | {"count": len(told)}
        title = block(env.get_template(f"{language}/{name}.j2"), "heading", facts)
        own = self._overrides.text(name, language, facts)
        return (own.subject if own and own.subject else f"{title}: {facts['ticket'].subject}"), title

    def _page(self, env: Environment, language: str, kind: str, title: str, told: Sequence[Told]) -> str:
        sections = [self._section(env, language, *each) for each in told]
        facts = told[-1][1] | {"sections": sections, "title": title}
        return env.get_template(f"layout.{kind}").render(facts)

    def _section(self, env: Environment, language: str, name: str, facts: dict[str, Any]) -> Section:
        template = env.get_template(f"{language}/{name}.j2")
        heading, table = block(template, "heading", facts), block(template, "facts", facts)
        rows = [line.strip().partition(": ") for line in table.splitlines() if line.strip()]
        if env.autoescape:
            own = self._overrides.html(name, language, facts)
            # The blocks have escaped what they were filled with; only their own markup is left.
            paragraphs = [_marked(part) for part in _paragraphs(block(template, "body", facts))]
            return Section(
                Markup(heading),  # noqa: S704
                paragraphs if own is None else [Markup(own)],  # noqa: S704
                [(Markup(label), Markup(value)) for label, _, value in rows],  # noqa: S704
            )
        said = self._overrides.text(name, language, facts)
        body = block(template, "body", facts) if said is None else said.body
        return Section(heading, _paragraphs(body), [(label, value) for label, _, value in rows])


def _paragraphs(body: str) -> list[str]:
    return [part.strip() for part in _BLANK.split(body) if part.strip()]


def _marked(paragraph: str) -> Markup:
    if paragraph.startswith("<blockquote>"):
        return Markup(paragraph)  # noqa: S704
    return Markup("<p>{}</p>").format(Markup(paragraph.replace("\n", "<br>\n")))  # noqa: S704
