"""Validation errors as JSON Pointers (RFC 6901) and sentences that say what to change, without the input."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from fastapi.exceptions import RequestValidationError

from shared.runtime.text import NO_NUL, ONE_LINE

_MOST_FAULTS = 50
_LONGEST_NAME = 100
NO_NUL_SENTENCE = "The text must have no NUL characters."
_PATTERNS: Mapping[str, str] = {
    NO_NUL: NO_NUL_SENTENCE,
    ONE_LINE: "The text must be one line, without line breaks or control characters.",
}

Fault = TypedDict("Fault", {"pointer": str, "detail": str, "in": NotRequired[str]})
"""`in` is query, path, header or cookie when the fault is not in the body."""

_SENTENCES: Mapping[str, str] = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field here; leave it out.",
    "repeated": "Give this parameter once.",
    "string_unicode": "The text has characters that are no valid Unicode (a lone surrogate).",
    "string_pattern_mismatch": "The text must match {pattern}.",
    "union_tag_invalid": "The discriminating field must be one of {expected_tags}.",
    "uuid_parsing": "Give a UUID.",
    "json_invalid": "The JSON is broken near this position: {error}.",
    "model_attributes_type": "Give a JSON object.",
    "model_type": "Give a JSON object.",
    "dict_type": "Give a JSON object.",
}


def is_broken_json(error: RequestValidationError) -> bool:
    """Whether the body could not be parsed at all."""
    return any(fault["type"] == "json_invalid" for fault in error.errors())


def is_unread(error: RequestValidationError) -> bool:
    """Whether a body came that the framework did not read as JSON, because its type says otherwise."""
    return isinstance(error.body, bytes) and any(fault["loc"] == ("body",) for fault in error.errors())


def faults(error: RequestValidationError) -> list[Fault]:
    """At most fifty faults, in the order of the document."""
    return [_fault(fault, error.body) for fault in error.errors()[:_MOST_FAULTS]]


def pointer(parts: Sequence[object]) -> str:
    """`parts` as a JSON Pointer."""
    return "".join("/" + _escape(str(part)) for part in parts)


def _fault(fault: Mapping[str, Any], body: Any) -> Fault:
    place, *path = fault["loc"]
    detail = _sentence(fault)
    if place == "body":
        if fault["type"] == "json_invalid":
            return {"pointer": "", "detail": f"{detail} Position: character {path[0] if path else 0}."}
        return {"pointer": pointer(_in_body(path, body, fault["type"])), "detail": detail}
    return cast(Fault, {"pointer": pointer(path), "in": str(place), "detail": detail})


def _sentence(fault: Mapping[str, Any]) -> str:
    context = fault.get("ctx", {})
    if (known := _PATTERNS.get(context.get("pattern", ""))) is not None:
        return known
    if str(fault["msg"]).startswith("value is not a valid email"):
        # The validator's own sentence quotes the address.
        return "Give an e-mail address such as name@example.org."
    sentence = _SENTENCES.get(fault["type"])
    if sentence is None:
        return _clean(str(fault["msg"]).removeprefix("Value error, "))
    return _clean(sentence.format_map(defaultdict(str, context)))


def _in_body(path: Sequence[object], body: Any, kind: str) -> list[object]:
    """The steps of `path` that exist in the body: pydantic also names union members, which do not."""
    steps: list[object] = []
    here = body
    for index, step in enumerate(path):
        last = index == len(path) - 1
        match here:
            case dict() if step in here:
                here = here[step]
            case list() if isinstance(step, int) and step < len(here):
                here = here[step]
            case _ if last and kind == "missing":
                pass
            case _:
                continue
        steps.append(step)
    return steps


def _escape(name: str) -> str:
    return _clean(name)[:_LONGEST_NAME].replace("~", "~0").replace("/", "~1")


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
