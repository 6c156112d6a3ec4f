"""How templates are filled: as text, and as HTML in which everything that people wrote is escaped."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

LANGUAGES: Final = ("sv", "en")
_LOADER: Final = PackageLoader("notifier")


@cache
def built_in(*, html: bool) -> Environment:
    """The environment of the product's own templates."""
    return _prepared(Environment(loader=_LOADER, **_options(html)), html)  # noqa: S701 - see _options


def foreign(loader: BaseLoader, *, html: bool) -> Environment:
    """The environment of an organisation's templates, which can reach nothing but what they are given."""
    return _prepared(SandboxedEnvironment(loader=loader, **_options(html)), html)


def block(template: Template, name: str, facts: dict[str, Any]) -> str:
    """One block of a template, empty when it has none of that name."""
    if name not in template.blocks:
        return ""
    return "".join(template.blocks[name](template.new_context(facts))).strip()


def terms(language: str) -> object:
    """The field's words in a language, see the glossary."""
    return built_in(html=False).get_template(f"{language}/terms.j2").module


def _options(html: bool) -> dict[str, Any]:
    return {
        "autoescape": html,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "auto_reload": False,
    }


def _prepared(env: Environment, html: bool) -> Environment:
    filters: dict[str, Callable[..., object]] = {
        "quoted": _quoted_html if html else _quoted_text,
        "linked": _linked_html if html else _linked_text,
        "local": _local,
    }
    env.filters.update(filters)
    return env


def _quoted_text(body: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in body.strip().splitlines())


def _quoted_html(body: str) -> Markup:
    if not body.strip():
        return Markup("")
    lines = Markup("<br>").join(escape(line) for line in body.strip().splitlines())
    return Markup("<blockquote>{}</blockquote>").format(lines)


def _linked_text(url: str, label: str) -> str:
    return f"{label}: {url}"


def _linked_html(url: str, label: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, label)


@pass_context
def _local(context: Context, moment: str | datetime) -> str:
    """An instant on the contract's own clock, to the minute, the clock named."""
    zone = ZoneInfo(context["ticket"].timezone)
    at = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(zone)
    city = zone.key.rpartition("/")[2].replace("_", " ")
    if context["language"] == "sv":
        named = f"svensk tid ({at:%Z})" if city == "Stockholm" else f"({at:%Z}, {city})"
        return f"{at:%Y-%m-%d} kl. {at:%H:%M} {named}"
    return f"{at:%Y-%m-%d %H:%M %Z} ({city})"
