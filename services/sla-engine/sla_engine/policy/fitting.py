"""Nodes against the shape of the file: what fits, as plain values, and a fault for whatever does not."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import yaml
from msgspec import inspect

from sla_engine.policy.faults import Fault, Misread, Place, meant, one_of
from sla_engine.policy.reading import place_of

Path = tuple[str | int, ...]
_NOTHING = object()
_TAG = "tag:yaml.org,2002:"


class Fitted:
    """What has been read so far. A value that is faulty is left out of it; every place is known."""

    def __init__(self, root: yaml.Node, shape: type) -> None:
        self.faults: list[Fault] = []
        self._places: dict[Path, Place] = {}
        self._unread: set[Path] = set()
        found = self._fit(root, inspect.type_info(shape), ())
        self.data: dict[str, Any] = found if isinstance(found, dict) else {}

    def get(self, *path: str) -> Any:
        """The value there, None where there is none."""
        found: Any = self.data
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def is_read(self, *path: str, depth: int = 1) -> bool:
        """Whether every part of what is there could be read, so many levels down."""
        return not any(
            each[: len(path)] == path[: len(each)] and len(each) <= len(path) + depth for each in self._unread
        )

    def fault(self, path: Path, what: str, instead: str = "") -> None:
        """Something that is wrong with the value there, or with the nearest part that holds it."""
        while path not in self._places and path:
            path = path[:-1]
        self.faults.append(Fault(self._places[path], what, instead))

    def _fit(self, node: yaml.Node, kind: inspect.Type, path: Path) -> Any:
        self._places.setdefault(path, place_of(node.start_mark))
        extra: dict[str, Any] = {}
        while isinstance(kind, inspect.Metadata):
            extra, kind = extra | (kind.extra or {}), kind.type
        match kind:
            case inspect.StructType():
                return self._mapping(node, kind, path)
            case inspect.ListType() | inspect.FrozenSetType():
                return self._sequence(node, kind, path)
            case _:
                return self._scalar(node, kind, path, extra)

    def _mapping(self, node: yaml.Node, kind: inspect.StructType, path: Path) -> Any:
        if not isinstance(node, yaml.MappingNode):
            return self._mistyped(node, path, "keys with values")
        fields = {field.encode_name: field for field in kind.fields}
        found: dict[str, Any] = {}
        seen: dict[str, Place] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, fields, seen, path)
            if key is not None:
                seen[key] = self._places[*path, key] = place_of(key_node.start_mark)
                value = self._fit(value_node, fields[key].type, (*path, key))
                if value is _NOTHING:
                    self._unread.add((*path, key))
                else:
                    found[key] = value
        for name, field in fields.items():
            if field.required and name not in seen:
                self._unread.add((*path, name))
                self.fault(path, f"`{name}` is missing {_in(path)}", _example(name, field.type))
        return found

    def _key(
        self, node: yaml.Node, fields: Iterable[str], seen: Mapping[str, Place], path: Path
    ) -> str | None:
        """The key, or the one that it is misspelt for, so that what it holds is looked at too."""
        place = place_of(node.start_mark)
        if not isinstance(node, yaml.ScalarNode):
            self.faults.append(Fault(place, "this is no key", "a word"))
            return None
        key: str = node.value
        if key in seen:
            told = f"`{key}` stands here a second time; the first is in line {seen[key].line}"
            self.faults.append(Fault(place, told, "keep one of them"))
            return None
        if key in fields:
            return key
        self.faults.append(Fault(place, f"there is no `{key}` {_in(path)}", one_of(key, fields)))
        near = meant(key, fields)
        if near is None:
            self._unread.add((*path, key))
        return None if near in seen else near

    def _sequence(self, node: yaml.Node, kind: inspect.ListType | inspect.FrozenSetType, path: Path) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            return self._mistyped(node, path, "a list, in brackets")
        if kind.min_length and len(node.value) < kind.min_length:
            self.faults.append(
                Fault(place_of(node.start_mark), f"`{path[-1]}` is empty", "name at least one")
            )
            return _NOTHING
        found: list[Any] = []
        for number, item in enumerate(node.value):
            value = self._fit(item, kind.item_type, (*path, number))
            if value in found:
                self.fault(
                    (*path, number),
                    f"{_named((*path, number))}: `{value}` stands here a second time",
                    "keep one of them",
                )
            elif value is not _NOTHING:
                found.append(value)
        return found

    def _scalar(self, node: yaml.Node, kind: inspect.Type, path: Path, extra: dict[str, Any]) -> Any:
        wanted = _WANTED[type(kind)]
        if not isinstance(node, yaml.ScalarNode) or node.tag != _TAG + wanted:
            quotes = isinstance(node, yaml.ScalarNode) and node.value and wanted == "str"
            said = f", as in `'{node.value}'`" if quotes else ""
            if isinstance(kind, inspect.LiteralType):
                said = f": {', '.join(map(str, kind.values))}"
            return self._mistyped(node, path, _SAID[wanted] + said)
        try:
            return _checked(_value(node), kind, extra)
        except Misread as wrong:
            told = f"{_named(path)}: {wrong.what}"
            self.faults.append(Fault(place_of(node.start_mark), told, wrong.instead))
            return _NOTHING

    def _mistyped(self, node: yaml.Node, path: Path, wanted: str) -> Any:
        name = _named(path)
        is_empty = isinstance(node, yaml.ScalarNode) and not node.value
        told = f"{name} is empty" if is_empty else f"{name} is {_kind_of(node)}"
        self.faults.append(Fault(place_of(node.start_mark), told, f"write {wanted}"))
        return _NOTHING


_WANTED: dict[type[inspect.Type], str] = {
    inspect.StrType: "str",
    inspect.LiteralType: "str",
    inspect.IntType: "int",
    inspect.BoolType: "bool",
}
_SAID = {"str": "text", "int": "a whole number", "bool": "true or false"}
_FOUND = {
    **{"int": "a number", "float": "a number", "bool": "true or false", "null": "empty", "str": "text"},
    **{"timestamp": "a date", "map": "keys with values", "seq": "a list"},
}


def _checked(value: Any, kind: inspect.Type, extra: dict[str, Any]) -> Any:
    match kind:
        case inspect.LiteralType() if value not in kind.values:
            raise Misread(f"`{value}` is not known here", one_of(value, map(str, kind.values)))
        case inspect.IntType() if not (kind.ge or 0) <= value <= (kind.le or value):
            raise Misread(f"{value} is out of range", f"{kind.ge} to {kind.le}")
        case inspect.StrType() if "reads" in extra:
            extra["reads"](value)
        case inspect.StrType() if kind.pattern and not re.search(kind.pattern, value):
            raise Misread(f"`{value}` is no name", "letters, digits and dashes, at most 63, such as `hubs-1`")
    return value


def _value(node: yaml.ScalarNode) -> Any:
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (ValueError, OverflowError):
        raise Misread(f"`{node.value[:40]}` is no number", "digits only") from None


def _kind_of(node: yaml.Node) -> str:
    return _FOUND.get(node.tag.removeprefix(_TAG), f"tagged {node.tag}")


def _named(path: Path) -> str:
    key = next((f"`{each}`" for each in reversed(path) if isinstance(each, str)), "a policy")
    return f"an entry of {key}" if path and isinstance(path[-1], int) else key


def _in(path: Path) -> str:
    return f"in `{'.'.join(map(str, path))}`" if path else "in a policy"


def _example(name: str, kind: inspect.Type) -> str:
    while isinstance(kind, inspect.Metadata):
        if examples := (kind.extra_json_schema or {}).get("examples"):
            return f"such as `{name}: {examples[0]}`"
        kind = kind.type
    if isinstance(kind, inspect.LiteralType):
        return f"`{name}: {' | '.join(map(str, kind.values))}`"
    return f"add `{name}:`"


def converted(fitted: Fitted, shape: type[msgspec.Struct]) -> Any:
    """The whole, when nothing was found to be wrong with it."""
    return msgspec.convert(fitted.data, shape)
