"""`python -m notifier.sink`: takes every mail and keeps it as a file, for a machine of one's own.

Each file is written whole, flushed and then renamed, so that a reader never sees half a mail; nothing is
thrown away, and what is sent twice is there twice. Only under APP_ENV=local.
"""

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import Field, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

from notifier.mailbox import SUFFIX, numbered

LARGEST: Final = 35_000_000


class SinkSettings(BaseSettings):
    """The sink needs no database and no credentials, so it has settings of its own."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    app_env: str = "production"
    host: str = "127.0.0.1"
    smtp_port: PositiveInt = 8025
    mail_dir: Path = Field(default=...)


class Keeping:
    """aiosmtpd's handler: answers 250 only after the mail is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._next = max((number for number, _ in numbered(folder)), default=0) + 1

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one mail."""
        number, self._next = self._next, self._next + 1
        content = envelope.content
        assert isinstance(content, bytes)
        try:
            await asyncio.to_thread(_keep, self._folder, number, content)
        except OSError:
            return "452 The mail cannot be stored now"
        return "250 Kept"


def _keep(folder: Path, number: int, content: bytes) -> None:
    whole = folder / f"{number:012d}{SUFFIX}"
    part = whole.with_suffix(".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(whole)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


async def listen(host: str, port: int, folder: Path) -> asyncio.Server:
    """The listening sink; port 0 takes a free one."""
    handler = Keeping(folder)
    loop = asyncio.get_running_loop()

    def conversation() -> SMTP:
        return SMTP(handler, hostname="sink.local", ident="Stafett sink", data_size_limit=LARGEST, loop=loop)

    return await loop.create_server(conversation, host, port)


async def _run(settings: SinkSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with await listen(settings.host, settings.smtp_port, settings.mail_dir):
        await stop.wait()


def main() -> None:
    """Refuses to run anywhere but locally: it would swallow real mail."""
    settings = SinkSettings()
    if settings.app_env != "local":
        raise SystemExit(
            "APP_ENV: the mail sink keeps every mail to itself; it runs under APP_ENV=local only"
        )
    asyncio.run(_run(settings))


if __name__ == "__main__":
    main()
