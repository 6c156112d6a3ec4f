"""An organisation's own words: `TEMPLATES_DIR/<customer or contract>/<notice>.<sv|en>.<txt|html>`.

Each file takes the place of the body in its own half of the mail; the layout around it stays, with the
ticket's facts and the language named for screen readers. A text may begin with a line `Subject: …`. A
customer's file goes before its contract's. All are tried on start with invented data: a broken one is
refused, never passed over.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import FileSystemLoader, Template, TemplateError, TemplateSyntaxError

from notifier.rendering import LANGUAGES, foreign

_SUBJECT: Final = "Subject:"
Key = tuple[str, str, str, str]
"""Owner, notice, language, kind."""


class TemplateRefused(ValueError):
    """An override that cannot be used; the message begins with its file and line."""


class OwnText(NamedTuple):
    """`subject` is empty where the template gives none."""

    subject: str
    body: str


class Override(NamedTuple):
    """A parsed file."""

    path: Path
    template: Template
    has_subject: bool

    def render(self, facts: dict[str, Any]) -> OwnText:
        """The words for `facts`."""
        said = self.template.render(facts)
        if not self.has_subject:
            return OwnText("", said)
        first, _, rest = said.partition("\n")
        return OwnText(first.removeprefix(_SUBJECT).strip(), rest)


class Overrides:
    """Every override, by whom it belongs to."""

    def __init__(self, found: Mapping[Key, Override]) -> None:
        self.found = found

    def text(self, name: str, language: str, facts: dict[str, Any]) -> OwnText | None:
        """The organisation's text, None where it has none of its own."""
        return self._rendered(name, language, "txt", facts)

    def html(self, name: str, language: str, facts: dict[str, Any]) -> str | None:
        """The organisation's HTML, None where it has none of its own."""
        said = self._rendered(name, language, "html", facts)
        return None if said is None else said.body

    def _rendered(self, name: str, language: str, kind: str, facts: dict[str, Any]) -> OwnText | None:
        for owner in (facts["ticket"].customer, facts["ticket"].contract):
            override = self.found.get((owner, name, language, kind))
            if override is not None:
                return override.render(facts)
        return None


def read_overrides(folder: Path, samples: Mapping[str, list[dict[str, Any]]]) -> Overrides:
    """Every file under `folder`, each filled with the `samples` of its notice. Raises TemplateRefused."""
    if not folder.is_dir():
        raise TemplateRefused(f"{folder}:0: TEMPLATES_DIR is no folder")
    found: dict[Key, Override] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.name.startswith(".") or path.name == "README.md":
            continue
        key = _key(path.relative_to(folder), path, samples)
        found[key] = _parsed(folder, path, html=key[3] == "html")
        for facts in samples[key[1]]:
            try:
                found[key].render(facts)
            except Exception as error:
                raise TemplateRefused(f"{path}:{_line(error, path)}: {error}") from error
    return Overrides(found)


def _key(relative: Path, path: Path, samples: Mapping[str, object]) -> Key:
    name, _, rest = relative.name.partition(".")
    language, _, kind = rest.partition(".")
    if len(relative.parts) != 2 or language not in LANGUAGES or kind not in ("txt", "html"):
        raise TemplateRefused(f"{path}:0: want <customer or contract>/<notice>.<sv|en>.<txt|html>")
    if name not in samples:
        raise TemplateRefused(
            f"{path}:0: no notice is called {name!r}; there are {', '.join(sorted(samples))}"
        )
    return relative.parts[0], name, language, kind


def _parsed(folder: Path, path: Path, *, html: bool) -> Override:
    env = foreign(FileSystemLoader(folder), html=html)
    try:
        template = env.get_template(path.relative_to(folder).as_posix())
        return Override(path, template, not html and path.read_text().startswith(_SUBJECT))
    except TemplateSyntaxError as error:
        raise TemplateRefused(f"{error.filename or path}:{error.lineno}: {error.message}") from error
    except (TemplateError, UnicodeDecodeError) as error:
        raise TemplateRefused(f"{path}:0: {error}") from error


def _line(error: Exception, path: Path) -> int:
    """The template's line at which rendering failed: Jinja writes it into the traceback."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
