"""The caught mails, read from the sink's folder. Files never change, so each is parsed once."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field

SUFFIX: Final = ".eml"


class CaughtMail(BaseModel):
    """`to` and `from` are bare addresses; the headers have them as they were written."""

    to: str
    sender: str = Field(serialization_alias="from")
    subject: str
    headers: dict[str, str]
    text: str
    html: str


class Mailbox:
    """The folder, oldest mail first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parsed: dict[int, CaughtMail] = {}

    def mails(self) -> list[CaughtMail]:
        """Every whole mail that is there."""
        found = sorted(numbered(self._folder))
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
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    return CaughtMail(
        to=parseaddr(str(mail["To"]))[1],
        sender=parseaddr(str(mail["From"]))[1],
        subject=str(mail["Subject"]),
        headers={name: str(value) for name, value in mail.items()},
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
    )


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
