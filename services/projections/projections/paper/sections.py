"""The sections of a printed record, each made of what the JSON record holds.

A new one is a function and its line in SECTIONS. A kind of event that is not known here is printed by its own
name, with all that it holds.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from projections.paper.blocks import Block, Entry, Facts, Paragraph, Prose, Section, Table, Text
from projections.paper.clocks import clocks
from projections.paper.telling import Json, Teller

T = TypeVar("T")

MOST_ENTRIES = 2_000
MOST_ROWS = 300
"""How many things that happened are printed under one heading: 2,000 entries take some five seconds to set,
300 rows of a table one and a half. Of more the first and the last are printed, with a note between them."""

_TICKET = (
    "number", "customer", "contract", "status", "external_ref", "registered_at", "reported_at", "expected_at",
    "agreed_due_at", "split_from", "merged_into", "survey_score", "updated_at",
)  # fmt: skip
_FAULT = ("subject", "type", "category", "priority", "channel")
_PERSON = ("name", "email", "phone")
_REVIEW = (
    "status", "overdue", "highest_priority", "opened_at", "due_at", "owner", "completed_at", "withdrawn_at",
    "root_cause", "lessons",
)  # fmt: skip
_ACTION = ("what", "owner", "due_on")
_TEXTS = ("solution", "cause")


def _ticket(record: Json, teller: Teller) -> tuple[Block, ...]:
    return (Facts(teller.facts(record["ticket"], _TICKET)),)


def _people(record: Json, teller: Teller) -> tuple[Block, ...]:
    named = {"reporter": record["fault"]["reporter"], "service_manager": _service_manager(record)}
    rows = tuple(
        (teller.word(part), tuple(line for _, value in teller.facts(person, _PERSON) for line in value))
        for part, person in named.items()
        if person
    )
    acted = dict.fromkeys(
        teller.who(by) for entry in record["timeline"] if (by := entry["data"].get("by")) is not None
    )
    took_part = tuple(Paragraph(who) for who in acted)
    return (Facts((*rows, (teller.word("took_part"), took_part))),)


def _service_manager(record: Json) -> Json | None:
    """Of the contract that governs the ticket now; a change of contract may tell of none."""
    manager: Json | None = None
    for entry in record["timeline"]:
        if entry["type"].startswith(("TicketOpened.", "ContractChanged.")):
            manager = entry["data"].get("service_manager", manager)
    return manager


def _fault(record: Json, teller: Teller) -> tuple[Block, ...]:
    fault = record["fault"]
    return Facts(teller.facts(fault, _FAULT)), Text(teller.text(fault["description"] or ""))


def _solutions(record: Json, teller: Teller) -> tuple[Block, ...]:
    return tuple(
        Entry(
            f"{teller.at(solution['at'])} · {teller.who(solution['by'])} · {teller.word('TicketResolved')}",
            teller.facts(solution, (*_TEXTS, "workaround")),
        )
        for solution in record["solutions"]
    )


def _course(record: Json, teller: Teller) -> tuple[Block, ...]:
    """What was said and done, as the timeline has it; solutions have a heading of their own."""
    told = [entry for entry in record["timeline"] if entry["source"] == "intake"]
    return _bounded(told, MOST_ENTRIES, lambda entry: _entry(entry, teller), lambda n: _gap_entry(n, teller))


def _entry(entry: dict[str, Any], teller: Teller) -> Block:
    what, data = entry["type"].partition(".")[0], entry["data"]
    internal = entry["visibility"] == "internal"
    name = f"{what}.internal" if internal and what == "CommentAdded" else what
    heading = f"{teller.at(entry['time'])} · {teller.who(data.get('by'))} · {teller.word(name)}"
    facts = () if what == "TicketOpened" else teller.details(data, ("by", "body", "visibility", *_TEXTS))
    return Entry(
        heading, facts, teller.text(data.get("body", "")), teller.word("internal") if internal else ""
    )


def _gap_entry(count: int, teller: Teller) -> Block:
    return Text((Paragraph(teller.word("entries_left_out", count=count)),))


def _deadlines(record: Json, teller: Teller) -> tuple[Block, ...]:
    columns = tuple(map(teller.word, ("clock", "commitment", "due_at", "outcome", "explanation")))
    rows = clocks(record["deadlines"], record["timeline"], teller)
    return _table(columns, rows, tuple, teller)


def _routing(record: Json, teller: Teller) -> tuple[Block, ...]:
    routing = record["routing"]
    stands = Facts(teller.facts(routing, ("line", "team", "assignee")))
    return stands, *_happenings(routing["history"], ("who", "what"), teller)


def _review(record: Json, teller: Teller) -> tuple[Block, ...]:
    """What was found, what is done about it, and whether the customer was content."""
    review = record["review"]
    content = {"contentment": review["contentment"]["score"], "comment": review["contentment"]["comment"]}
    facts = Facts((*teller.facts(review, _REVIEW), *teller.facts(content, tuple(content))))
    columns = tuple(map(teller.word, _ACTION))
    rows = [
        tuple(teller.value(name, action.get(name) or "") for name in _ACTION) for action in review["actions"]
    ]
    return facts, *_table(columns, rows, tuple, teller)


def _told(record: Json, teller: Teller) -> tuple[Block, ...]:
    return _happenings(record["told"], ("what",), teller)


def _happenings(told: Sequence[Json], named: Sequence[str], teller: Teller) -> tuple[Block, ...]:
    def row(one: Json) -> tuple[Prose, ...]:
        cells = {"who": teller.who(one["by"]), "what": teller.word(one["what"])}
        details = (
            Paragraph(f"{name}: {line.text}", line.direction)
            for name, value in teller.details(one["data"])
            for line in value
        )
        return (
            (Paragraph(teller.at(one["at"])),),
            *((Paragraph(cells[name]),) for name in named),
            tuple(details),
        )

    columns = tuple(map(teller.word, ("at", *named, "details")))
    return _table(columns, told, row, teller)


def _about(record: Json, teller: Teller) -> tuple[Block, ...]:
    versions = tuple((name, (Paragraph(str(version)),)) for name, version in record["versions"].items())
    return Text((Paragraph(teller.word("about.versions")),)), Facts(versions)


SECTIONS: tuple[tuple[str, Callable[[Json, Teller], tuple[Block, ...]]], ...] = (
    ("section.ticket", _ticket),
    ("section.people", _people),
    ("section.fault", _fault),
    ("section.solutions", _solutions),
    ("section.course", _course),
    ("section.deadlines", _deadlines),
    ("section.routing", _routing),
    ("section.review", _review),
    ("section.told", _told),
    ("section.about", _about),
)
"""In the order in which they are printed."""


def sections(record: Json, teller: Teller) -> tuple[Section, ...]:
    """All of them; one without anything says so. Where there is no review there is nothing to say of one."""
    nothing = (Text((Paragraph(teller.word("nothing")),)),)
    wanted = [(name, make) for name, make in SECTIONS if make is not _review or record.get("review")]
    return tuple(Section(teller.word(name), make(record, teller) or nothing) for name, make in wanted)


def _table(
    columns: tuple[str, ...], told: Sequence[T], row: Callable[[T], tuple[Prose, ...]], teller: Teller
) -> tuple[Block, ...]:
    head, left_out, rest = _halves(told, MOST_ROWS)
    if not told:
        return ()
    first = Table(columns, tuple(map(row, head)))
    if not left_out:
        return (first,)
    return first, _gap_entry(left_out, teller), Table(columns, tuple(map(row, rest)))


def _bounded(
    told: Sequence[T], most: int, make: Callable[[T], Block], gap: Callable[[int], Block]
) -> tuple[Block, ...]:
    head, left_out, rest = _halves(told, most)
    return (*map(make, head), *((gap(left_out),) if left_out else ()), *map(make, rest))


def _halves(told: Sequence[T], most: int) -> tuple[Iterable[T], int, Iterable[T]]:
    if len(told) <= most:
        return told, 0, ()
    return told[: most // 2], len(told) - most // 2 * 2, told[-(most // 2) :]
