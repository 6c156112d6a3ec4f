"""How each clock was kept, and why it ended as it did: told from what the engine said of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from projections.paper.blocks import Paragraph, Prose
from projections.paper.telling import Json, Teller

_ENDS = ("met_at", "breached_at")


def clocks(deadlines: Iterable[Json], timeline: Iterable[Json], teller: Teller) -> list[tuple[Prose, ...]]:
    """A row per deadline: what it is, what it binds to, when it was due, its outcome, and its story."""
    stories: Mapping[str, list[Json]] = defaultdict(list)
    for entry in timeline:
        if entry["source"] == "sla-engine":
            stories[entry["data"]["deadline_id"]].append(entry)
    return [_row(deadline, stories.get(deadline["id"], []), teller) for deadline in deadlines]


def _row(deadline: Json, story: list[Json], teller: Teller) -> tuple[Prose, ...]:
    ended = next((deadline[name] for name in _ENDS if deadline[name]), None)
    outcome = [teller.code("state", deadline["state"])]
    if ended and deadline["state"] in ("met", "met_late", "breached"):
        outcome.append(teller.at(ended))
    return (
        (Paragraph(teller.code("kind", deadline["kind"])),),
        (Paragraph(teller.code("commitment", deadline["commitment"])),),
        (Paragraph(teller.at(deadline["due_at"])),),
        tuple(map(Paragraph, outcome)),
        tuple(map(Paragraph, _explanation(deadline, story, teller))),
    )


def _explanation(deadline: Json, story: list[Json], teller: Teller) -> Iterator[str]:
    if deadline["agreed"]:
        yield teller.word("clock.agreed")
    if deadline["soft_due_at"]:
        yield teller.word("clock.soft", soft_due_at=teller.at(deadline["soft_due_at"]))
    for entry in story:
        yield teller.word(entry["type"].partition(".")[0], **_instants(entry, teller))
    yield teller.word("clock.reckoned", **deadline)


def _instants(entry: Json, teller: Teller) -> dict[str, Any]:
    given = {"time": entry["time"], **entry["data"]}
    return {name: teller.at(value) for name, value in given.items() if _is_instant(name, value)}


def _is_instant(name: str, value: object) -> bool:
    return isinstance(value, str) and (name == "time" or name.endswith("_at"))
