"""The words of a notice, from its template: once as text, once as HTML.

A template has the blocks `subject` and `body`. The body is written in paragraphs, an empty line between two;
the layouts of its language turn them into a whole text or page. What people wrote is escaped in the HTML.
"""

import re
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

LANGUAGES: Final = ("sv", "en")
_BLANK: Final = re.compile(r"\n\s*\n")
_LOADER: Final = PackageLoader("notifier")


class Words(NamedTuple):
    """`subject` is one line."""

    subject: str
    text: str
    html: str


def words(template: str, language: str, facts: dict[str, Any]) -> Words:
    """`template` in `language` (Swedish where there is no such), filled with `facts`."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    text, html = _environment(html=False), _environment(html=True)
    return Words(
        subject=_block(text, f"{language}/{template}.j2", "subject", facts),
        text=_page(text, language, "layout.txt", template, facts),
        html=_page(html, language, "layout.html", template, facts),
    )


def _page(env: Environment, language: str, layout: str, template: str, facts: dict[str, Any]) -> str:
    body = _block(env, f"{language}/{template}.j2", "body", facts)
    paragraphs = [part.strip() for part in _BLANK.split(body) if part.strip()]
    if env.autoescape:
        # The block has escaped what it was filled with; only its own markup is left.
        paragraphs = [Markup(part.replace("\n", "<br>\n")) for part in paragraphs]  # noqa: S704
    return env.get_template(f"{language}/{layout}").render(facts, paragraphs=paragraphs)


def _block(env: Environment, name: str, block: str, facts: dict[str, Any]) -> str:
    template = env.get_template(name)
    terms: Template = env.get_template(f"{name.partition('/')[0]}/terms.j2")
    context = template.new_context({**facts, "terms": terms.module})
    return "".join(template.blocks[block](context)).strip()


@cache
def _environment(*, html: bool) -> Environment:
    env = Environment(
        loader=_LOADER,
        autoescape=html,  # noqa: S701 - the other one writes plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters["quoted"] = _quoted_html if html else _quoted_text
    env.filters["local"] = _local
    return env


def _quoted_text(body: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in body.strip().splitlines())


def _quoted_html(body: str) -> Markup:
    lines = Markup("<br>").join(escape(line) for line in body.strip().splitlines())
    return Markup("<blockquote>{}</blockquote>").format(lines)


@pass_context
def _local(context: Context, moment: str) -> str:
    """An instant on the contract's own clock, to the minute."""
    zone = ZoneInfo(context["ticket"].timezone)
    return datetime.fromisoformat(moment).astimezone(zone).strftime("%Y-%m-%d %H:%M")
