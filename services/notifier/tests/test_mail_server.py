"""Real SMTP conversations: with the sink, and with servers that refuse, hang up or are away."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.notifier_facts import mail, opened, postbox, row

from notifier.adapters.smtp import MailServer
from notifier.mailbox import Mailbox
from notifier.outcomes import Accepted, Deferred, Outcome, Refused, Unknown, Unreached
from notifier.sink import listen

MAIL = postbox().compose(mail(row(opened())), None).as_bytes()


class Answering:
    """A server with a mind of its own. `sessions` counts its conversations."""

    def __init__(self, *, rcpt: str = "250 OK", data: str | None = "250 OK") -> None:
        self.sessions: set[int] = set()
        self._rcpt = rcpt
        self._data = data

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.sessions.add(id(session))
        if self._data is None:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "250 never heard"
        return self._data


@asynccontextmanager
async def serving(handler: Answering) -> AsyncIterator[MailServer]:
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    server = MailServer("127.0.0.1", listener.sockets[0].getsockname()[1], timeout=5)
    yield server
    await server.close()
    listener.close()


async def handed_over(server: MailServer) -> Outcome:
    return await server.send("s@stafett.example", "asa.ost@acme.example", MAIL)


async def test_the_sink_keeps_every_mail_whole_oldest_first(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    async with await listen("127.0.0.1", 0, folder) as listener:
        server = MailServer("127.0.0.1", listener.sockets[0].getsockname()[1])
        assert [await handed_over(server) for _ in range(2)] == [Accepted(), Accepted()]
        await server.close()

    first, second = Mailbox(folder).mails()
    assert first == second
    assert (first["to"], first["from"]) == ("asa.ost@acme.example", "support@stafett.example")
    assert first["subject"].startswith("[2026-000123] Vi har tagit emot ditt ärende")
    assert "2026-000123" in first["text"]
    assert "2026-000123" in first["html"]
    assert not list(folder.glob("*.part"))


async def test_a_restarted_sink_goes_on_after_what_it_has(tmp_path: Path) -> None:
    for _ in range(2):
        async with await listen("127.0.0.1", 0, tmp_path) as listener:
            server = MailServer("127.0.0.1", listener.sockets[0].getsockname()[1])
            await handed_over(server)
            await server.close()

    assert len(Mailbox(tmp_path).mails()) == 2


async def test_a_connection_is_used_again() -> None:
    handler = Answering()
    async with serving(handler) as server:
        for _ in range(5):
            assert await handed_over(server) == Accepted()

    assert len(handler.sessions) == 1


@pytest.mark.parametrize(
    ("make", "outcome"),
    [
        (lambda: Answering(rcpt="550 no such person"), Refused("smtp-550")),
        (lambda: Answering(rcpt="451 later"), Deferred("smtp-451")),
        (lambda: Answering(data="554 never"), Refused("smtp-554")),
        (lambda: Answering(data="452 full"), Deferred("smtp-452")),
    ],
)
async def test_what_the_server_says_decides_whether_it_is_tried_again(
    make: Callable[[], Answering], outcome: Outcome
) -> None:
    async with serving(make()) as server:
        assert await handed_over(server) == outcome
        assert await handed_over(server) == outcome


async def test_a_conversation_broken_off_after_the_mail_went_over_is_unknown() -> None:
    async with serving(Answering(data=None)) as server:
        assert isinstance(await handed_over(server), Unknown)


async def test_a_server_that_is_away_costs_no_attempt() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    assert isinstance(await handed_over(MailServer("127.0.0.1", port)), Unreached)
