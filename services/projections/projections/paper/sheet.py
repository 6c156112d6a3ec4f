"""A record as the sheet that is printed of it: pure, so that the same record is the same sheet."""

from zoneinfo import ZoneInfo

from projections.paper.blocks import Sheet
from projections.paper.job import Printed
from projections.paper.sections import sections
from projections.paper.telling import Json, Teller
from projections.paper.text import one_line, prose
from projections.paper.words import Language


def sheet(record: Json, language: Language, printed: Printed) -> Sheet:
    """`record` in `language`, with times on the clock of the contract that governs the ticket."""
    zone = governing(record)["timezone"]
    teller = Teller(language, ZoneInfo(zone))
    number = one_line(record["ticket"]["number"])
    return Sheet(
        language=language,
        number=number,
        title=teller.word("title", number=number),
        subject=prose(one_line(record["fault"]["subject"] or "")),
        running=teller.word("supports_copy" if printed.internal else "customers_copy"),
        page=teller.word("page"),
        printed=teller.word("printed", at=teller.at(printed.at), to=one_line(printed.to))
        + " "
        + teller.word("zone", zone=zone),
        created=printed.at.isoformat(),
        sections=sections(record, teller),
    )


def governing(record: Json) -> Json:
    """The terms of the contract under which the ticket stands: the last that an event brought."""
    brought = [
        e["data"]["contract"] for e in record["timeline"] if isinstance(e["data"].get("contract"), dict)
    ]
    return brought[-1] if brought else {"timezone": "UTC", "locale": "en"}
