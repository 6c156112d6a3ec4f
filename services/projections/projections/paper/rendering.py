"""A sheet as PDF/UA. Nothing is fetched for it, from the network or from files: it is all in the template."""

import warnings
from functools import cache
from typing import Any, NoReturn

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from projections.paper.blocks import Sheet


class CannotPrint(Exception):
    """What this machine lacks, and how to install it."""


def html(sheet: Sheet) -> str:
    """The sheet as a document of its own."""
    environment = _environment()
    css = Markup(environment.get_template("record.css").render())  # noqa: S704 - our own file
    return environment.get_template("record.html").render(sheet=sheet, css=css)


def pdf(document: str) -> bytes:
    """`document` set on A4. Raises CannotPrint where Pango, HarfBuzz or all fonts are missing."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            from weasyprint import HTML  # noqa: PLC0415 - 40 MB and half a second, for those who print
        except OSError as error:
            raise CannotPrint(
                "libraries are missing: install Pango and HarfBuzz"
                " (on Debian libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0)"
            ) from error
    if any("FontConfig" in str(warning.message) for warning in said):
        # Pango ends the process at the first letter.
        raise CannotPrint("there is no font: install one (on Debian fonts-dejavu-core)")
    made: bytes = HTML(string=document, url_fetcher=fetcher()).write_pdf(pdf_variant="pdf/ua-1")
    return made


def fetcher() -> Any:
    """Fetches nothing: whatever asks for something was not written by us."""
    from weasyprint.urls import URLFetcher  # noqa: PLC0415 - as above

    class Refusing(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> NoReturn:
            raise ValueError(f"nothing is fetched for a record: {url[:100]}")

    return Refusing()


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("projections.paper"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
