"""`python -m notifier.templates preview DIR`: every mail in both languages, filled with invented data.

`--templates` tries an organisation's own words, and shows them; a broken file is named with its line.
"""

from pathlib import Path
from typing import Annotated, Final

import typer
from jinja2 import Environment

from notifier.overrides import Overrides, TemplateRefused, read_overrides
from notifier.rendering import LANGUAGES
from notifier.samples import samples
from notifier.wording import Wording

app = typer.Typer(add_completion=False, no_args_is_help=True)
Folder = Annotated[Path | None, typer.Option(help="An organisation's templates, as TEMPLATES_DIR")]

_INDEX: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Mails</title></head>
<body style="font-family: sans-serif">
<h1>Mails</h1>
<table>
<tr><th scope="col">notice</th><th scope="col">language</th><th scope="col">subject</th><th></th></tr>
{% for name, language, subject in mails %}
<tr><th scope="row">{{ name }}</th><td>{{ language }}</td><td lang="{{ language }}">{{ subject }}</td>
<td><a href="{{ name }}.{{ language }}.html">HTML</a>
<a href="{{ name }}.{{ language }}.txt">text</a></td></tr>
{% endfor %}
</table>
</body>
</html>
"""


@app.command()
def preview(folder: Path, templates: Folder = None) -> None:
    """Write each mail to FOLDER, as text and HTML, with an index.html."""
    folder.mkdir(parents=True, exist_ok=True)
    wording, mails = Wording(_read(templates)), []
    for language in LANGUAGES:
        shown = {name: [(name, each[0])] for name, each in samples(language).items()}
        shown["bundle"] = [shown[name][0] for name in ("comment_added", "date_agreed", "ticket_escalated")]
        for name, told in sorted(shown.items()):
            words = wording.words(told)
            subject = f"[{told[0][1]['ticket'].number}] {words.subject}"
            (folder / f"{name}.{language}.txt").write_text(f"Subject: {subject}\n\n{words.text}\n")
            (folder / f"{name}.{language}.html").write_text(words.html)
            mails.append((name, language, subject))
    index = Environment(autoescape=True).from_string(_INDEX).render(mails=sorted(mails))
    (folder / "index.html").write_text(index)
    typer.echo(f"{len(mails)} mails; open {folder / 'index.html'}")


@app.command()
def check(templates: Path) -> None:
    """Try every file of an organisation's own words, as the service does on start."""
    typer.echo(f"{len(_read(templates).found)} templates can be used")


def _read(templates: Path | None) -> Overrides:
    if templates is None:
        return Overrides({})
    try:
        return read_overrides(templates, samples())
    except TemplateRefused as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    app()
