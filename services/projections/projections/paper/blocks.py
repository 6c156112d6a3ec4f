"""What a printed record is made of; the template knows these blocks, and nothing of tickets."""

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Paragraph(NamedTuple):
    """Text without a line break in it, and which way it is read."""

    text: str
    direction: Literal["ltr", "rtl"] = "ltr"


Prose = tuple[Paragraph, ...]


class Facts(NamedTuple):
    """Terms and what stands for them."""

    rows: tuple[tuple[str, Prose], ...]
    kind: Literal["facts"] = "facts"


class Table(NamedTuple):
    """Columns by name, and rows of as many cells; the first cell of a row is its header."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Prose, ...], ...]
    kind: Literal["table"] = "table"


class Text(NamedTuple):
    """What somebody wrote, or a note of ours."""

    paragraphs: Prose
    kind: Literal["text"] = "text"


class Entry(NamedTuple):
    """Something that happened: its heading, what belongs to it, and what was written."""

    heading: str
    facts: tuple[tuple[str, Prose], ...] = ()
    paragraphs: Prose = ()
    internal: str = ""
    kind: Literal["entry"] = "entry"


Block = Facts | Table | Text | Entry


class Section(NamedTuple):
    """A part of the record under a heading."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole record, ready for the template. `running` stands at the head of each page beside the number."""

    language: str
    number: str
    title: str
    subject: Prose
    running: str
    page: str
    printed: str
    created: str
    sections: tuple[Section, ...]
