"""What people wrote, made fit for paper: nothing of it is markup, and none of it can upset the layout."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from projections.paper.blocks import Paragraph, Prose

LONGEST = 100_000
"""Characters of one text; what intake accepts is never longer."""
ALTOGETHER = 500_000
"""Characters of all texts: as many take some ten seconds to set, words without end included."""
_LEAST = 500
"""Characters of each text that are printed even when all of that is used up."""
_LINE = 4_000
_RUN = 150
"""Longer paragraphs, and words without any blank, are broken: setting them takes time by their square."""

_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_TOO_LONG_A_WORD = re.compile(rf"(\S{{{_RUN}}})(?=\S)")
_PIECES = re.compile(rf"\S(?:.{{0,{_LINE - 2}}}\S)?(?!\S)")
# Overrides of direction would show "fdp.exe" as "exe.pdf"; none of the rest shows at all.
_UNPRINTABLE: dict[int, int | None] = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], 0xFFFD),
    0x09: 0x20,
}
_UNPRINTABLE |= {0x202D: None, 0x202E: None}


class Budget:
    """How much text is printed of one record; what is left out is said where it was."""

    def __init__(self, left: int = ALTOGETHER) -> None:
        self._left = left

    def take(self, text: str) -> tuple[str, int]:
        """As much of `text` as may be printed, and how many characters are not."""
        most = min(LONGEST, max(self._left, _LEAST))
        self._left -= min(len(text), most)
        return text[:most], max(len(text) - most, 0)


def prose(text: str) -> Prose:
    """`text` as paragraphs; control characters show as the replacement character."""
    return tuple(Paragraph(line, direction(line)) for line in _lines(text))


def one_line(text: str) -> str:
    """`text` for a heading or a cell, where a line break is a blank."""
    return _BREAKS.sub(" ", text).translate(_UNPRINTABLE).strip()


def direction(text: str) -> Literal["ltr", "rtl"]:
    """Which way `text` is read: as its first letter is (the Unicode bidirectional algorithm's rule P2)."""
    for character in text:
        match unicodedata.bidirectional(character):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return "ltr"


def _lines(text: str) -> Iterator[str]:
    for line in _BREAKS.split(text):
        plain = _TOO_LONG_A_WORD.sub(r"\1 ", line.translate(_UNPRINTABLE))
        if len(plain) <= _LINE:
            if plain.strip():
                yield plain.strip()
        else:
            yield from _PIECES.findall(plain)
