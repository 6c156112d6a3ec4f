"""A file's text as nodes that know their place, and nothing in it that could be a trap.

A policy is small and flat: what is larger, deeper, or refers to itself is refused before it is built.
"""

import re
from collections.abc import Iterator
from typing import Protocol

import yaml

from sla_engine.policy.faults import Fault, Place

LARGEST = 64 * 1024  # bytes; the bundled ones have under 2,500
DEEPEST = 8
_TAB = re.compile(r"^ *\t", re.MULTILINE)


class Mark(Protocol):
    """What PyYAML says of a place: both count from 0."""

    line: int
    column: int


def read(content: bytes) -> tuple[yaml.Node | None, list[Fault]]:
    """The document's root, or what kept it from being read."""
    if len(content) > LARGEST:
        return None, [_first(f"the file has {len(content)} bytes; a policy has at most {LARGEST}")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        place = _place_at(content[: wrong.start].decode(), wrong.start)
        return None, [Fault(place, "this is not UTF-8", "save the file as UTF-8")]
    if faults := [
        Fault(_place_at(text, found.end() - 1), "a tab", "indent with spaces")
        for found in _TAB.finditer(text)
    ]:
        return None, faults
    try:
        if faults := list(_traps(text)):
            return None, faults
        root: yaml.Node | None = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as wrong:
        return None, [_syntax(wrong)]
    except yaml.reader.ReaderError as wrong:
        return None, [Fault(_place_at(text, wrong.position), "a character that YAML does not allow")]
    return root, [] if root else [_first("the file is empty")]


def place_of(mark: Mark | None) -> Place:
    """As editors count."""
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _traps(text: str) -> Iterator[Fault]:
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        place = place_of(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            yield Fault(place, f"`*{event.anchor}` refers to another part", "write that part out here")
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            yield Fault(place, f"`&{event.anchor}` names a part to refer to", "leave it out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                yield Fault(place, f"more than {DEEPEST} levels deep")
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _syntax(wrong: yaml.MarkedYAMLError) -> Fault:
    mark = wrong.problem_mark or wrong.context_mark
    said = ", ".join(filter(None, (wrong.context, wrong.problem)))
    return Fault(place_of(mark), f"no YAML: {said}")


def _place_at(text: str, position: int) -> Place:
    before = text[:position]
    return Place(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _first(what: str) -> Fault:
    return Fault(Place(1, 1), what)
