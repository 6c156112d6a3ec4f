"""The caught mails, read from the sink's folder. Files never change, so each is parsed once.

The parser is the standard library's older one: the newer takes ten times as long, and tests read this often.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from pathlib import Path
from threading import Lock
from typing import Final

# pydantic reads the standard library's only from Python 3.12 on.
from typing_extensions import TypedDict

SUFFIX: Final = ".eml"
_FOLD: Final = re.compile(r"\r?\n[ \t]")

CaughtMail = TypedDict(
    "CaughtMail",
    {"to": str, "from": str, "subject": str, "headers": dict[str, str], "text": str, "html": str},
)
"""`to` and `from` are bare addresses; the headers have them as they were written."""


class Mailbox:
    """The folder, oldest mail first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parsed: dict[int, CaughtMail] = {}
        self._parsing = Lock()

    def mails(self) -> list[CaughtMail]:
        """Every whole mail that is there."""
        found = sorted(numbered(self._folder))
        with self._parsing:
            if len(found) < len(self._parsed):
                self._parsed.clear()
            for number, path in found:
                if number not in self._parsed:
                    self._parsed[number] = _parse(path.read_bytes())
            return [self._parsed[number] for number, _ in found]


def numbered(folder: Path) -> Iterator[tuple[int, Path]]:
    """The kept mails and their numbers; unfinished files are passed over."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.suffix == SUFFIX and path.stem.isdecimal():
            yield int(path.stem), path


def _parse(raw: bytes) -> CaughtMail:
    mail = message_from_bytes(raw)
    headers = {name: _decoded(value) for name, value in mail.items()}
    return {
        "to": parseaddr(headers.get("To", ""))[1],
        "from": parseaddr(headers.get("From", ""))[1],
        "subject": headers.get("Subject", ""),
        "headers": headers,
        "text": _body(mail, "text/plain"),
        "html": _body(mail, "text/html"),
    }


def _decoded(value: str) -> str:
    unfolded = _FOLD.sub(" ", str(value))
    return str(make_header(decode_header(unfolded))) if "=?" in unfolded else unfolded


def _body(mail: "Message[str, str]", kind: str) -> str:
    for part in mail.walk():
        if part.get_content_type() == kind:
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content.decode(part.get_content_charset("utf-8"), "replace").replace("\r\n", "\n")
    return ""
