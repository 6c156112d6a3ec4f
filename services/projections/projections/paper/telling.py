"""How things are named on paper: words, instants on the contract's own clock, people, events."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from projections.paper.blocks import Paragraph, Prose
from projections.paper.text import Budget, one_line, prose
from projections.paper.words import WORDS, Language

Json = Mapping[str, Any]

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OF_NO_USE = frozenset(
    {"comment_id", "notification_id", "about", "alert_id", "cause_id", "carried_by", "source", "target",
     "into", "moved", "channel", "split_from", "merged_into"}
)  # fmt: skip
"""Fields of events that only programs read; numbers of tickets stand beside their ids."""
_AS_NAMED_IN = {"previous": ("priority", "category", "status"), "highest_priority": ("priority",)}
_TELLING_NO = frozenset({"resolved"})
"""Fields that say something by being false."""


class Teller:
    """One record's language and clock, and how much text it may still hold."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self._words = WORDS[language]
        self._zone = zone
        self._budget = Budget()

    def word(self, key: str, **values: object) -> str:
        """The words for `key`; for one that nobody has translated, the key itself, spelt out."""
        found = self._words.get(key)
        if found is None:
            return _HUMP.sub(" ", key.replace("_", " "))
        return found.format(**values) if values else found

    def code(self, field: str, value: object) -> str:
        """A coded value of `field` in words, else as it is."""
        return self._words.get(f"{field}.{value}") or one_line(str(value))

    def at(self, instant: str | datetime) -> str:
        """An instant on the contract's clock, to the second, with the zone's own name."""
        moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M:%S %Z}"

    def who(self, by: Json | None) -> str:
        """Who acted: the party, and the person as far as the reader may know."""
        if by is None:
            return self.word("party.system")
        party = self.code("party", by.get("party", ""))
        person = by.get("id")
        return party if person in (None, by.get("party")) else f"{party} ({one_line(str(person))})"

    def text(self, written: str) -> Prose:
        """What somebody wrote, as far as it may be printed."""
        taken, left_out = self._budget.take(written)
        note = (Paragraph(self.word("left_out", count=left_out)),) if left_out else ()
        return prose(taken) + note

    def value(self, field: str, value: Any) -> Prose:
        """What a field holds."""
        match value:
            case bool():
                return (Paragraph(self.word("yes" if value else "no")),)
            case str() if _INSTANT.fullmatch(value):
                return (Paragraph(self.at(value)),)
            case str():
                named = (self._words.get(f"{kind}.{value}") for kind in _AS_NAMED_IN.get(field, (field,)))
                known = next(filter(None, named), None)
                return (Paragraph(known),) if known else self.text(value)
            case {"id": held} | {"name": held}:
                return self.text(str(held))
            case [*several]:
                return tuple(line for one in several for line in self.value(field, one))
            case {}:
                return tuple(line for name, one in value.items() for line in self.value(name, one))
            case _:
                return (Paragraph(self.code(field, value)),)

    def facts(self, holder: Json, names: Iterable[str]) -> tuple[tuple[str, Prose], ...]:
        """Those of the fields `names` of `holder` that hold something."""
        return tuple(
            (self.word(name), self.value(name, value))
            for name in names
            if (value := holder.get(name)) not in (None, "", [])
            and (value is not False or name in _TELLING_NO)
        )

    def details(self, data: Json, without: Collection[str] = ()) -> tuple[tuple[str, Prose], ...]:
        """All fields of an event that people read, those that are not known here too."""
        return self.facts(data, [name for name in data if name not in _OF_NO_USE and name not in without])
