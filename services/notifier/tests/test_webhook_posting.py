"""One POST: to which address it goes, under which name, how long it lasts, how much of an answer is read."""

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.webhook_rig import Post, Receiver, answer

from notifier.webhooks.hearing import ALTOGETHER, AT_ONCE
from notifier.webhooks.posting import Poster, Resolve

BODY = b"{}"
NAME = "hooks.example.org"


def leading_to(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and key for NAME, made for this run."""
    folder = tmp_path_factory.mktemp("tls")
    pem = folder / "both.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-days", "2"),
            *("-keyout", str(pem), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    pem.write_text(pem.read_text() + (folder / "cert.pem").read_text())
    return pem


class Secured(Receiver):
    """Over TLS; `names` are those that callers asked for in SNI."""

    def __init__(self, certificate: Path) -> None:
        super().__init__()
        self.names: list[str | None] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._context.sni_callback = lambda _, name, __: self.names.append(name)
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Secured"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


def outward(certificate: Path, resolve: Resolve) -> Poster:
    """As in production, but that 127.0.0.1 counts as outside."""
    roots = ssl.create_default_context(cafile=certificate)
    return Poster(local=False, resolve=resolve, roots=roots, allowed=lambda address: address == "127.0.0.1")


async def test_it_connects_to_the_address_that_was_checked_and_names_the_host(certificate: Path) -> None:
    async with Secured(certificate).listening() as receiver:
        poster = outward(certificate, leading_to("127.0.0.1"))
        posted = await poster.post(f"https://{NAME}:{receiver.port}/in?x=%2F", {"a": "b"}, BODY)

    assert (posted.status, posted.error) == (204, None)
    assert receiver.names == [NAME]
    assert receiver.posts[0].headers["host"] == f"{NAME}:{receiver.port}"
    assert receiver.posts[0].path == "/in?x=%2F"


async def test_a_certificate_for_another_name_is_refused(certificate: Path) -> None:
    async with Secured(certificate).listening() as receiver:
        poster = outward(certificate, leading_to("127.0.0.1"))
        posted = await poster.post(f"https://other.example.org:{receiver.port}/", {}, BODY)

    assert (posted.status, posted.error, receiver.posts) == (None, "tls", [])


@pytest.mark.parametrize(
    "addresses",
    [
        *(["127.0.0.1"], ["10.1.2.3"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], ["fd00:ec2::254"]),
        *(["1.1.1.1", "127.0.0.1"], ["127.0.0.1", "1.1.1.1"], ["64:ff9b::7f00:1"], ["not-an-address"], []),
    ],
)
async def test_a_name_that_leads_inside_is_never_connected_to(
    receiver: Receiver, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def must_not(*_: object, **__: object) -> None:
        raise AssertionError("a connection was begun")

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", must_not)
    poster = Poster(local=False, resolve=leading_to(*addresses))
    posted = await poster.post(receiver.url.replace("http://127.0.0.1", f"https://{NAME}"), {}, BODY)
    assert (posted.status, posted.error) == (None, "address-refused")
    assert receiver.posts == []


async def test_a_name_is_looked_up_once_for_each_post(certificate: Path) -> None:
    """One that leads outside when looked at, and inside a moment later, gets no second look to exploit."""
    turns = [["127.0.0.1"], ["10.0.0.1"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return turns.pop(0)

    async with Secured(certificate).listening() as receiver:
        poster = outward(certificate, rebinding)
        url = f"https://{NAME}:{receiver.port}/"
        first, second = await poster.post(url, {}, BODY), await poster.post(url, {}, BODY)

    assert (first.status, second.error) == (204, "address-refused")
    assert len(receiver.posts) == 1


async def test_the_next_address_is_tried_when_nobody_listens_at_the_first(certificate: Path) -> None:
    async with Secured(certificate).listening() as receiver:
        roots = ssl.create_default_context(cafile=certificate)
        poster = Poster(
            local=False, resolve=leading_to("127.9.9.9", "127.0.0.1"), roots=roots, allowed=lambda _: True
        )
        posted = await poster.post(f"https://{NAME}:{receiver.port}/", {}, BODY)
    assert posted.status == 204


async def test_under_the_local_profile_only_loopback_is_reached(receiver: Receiver) -> None:
    poster = Poster(local=True)
    assert (await poster.post(receiver.url, {}, BODY)).status == 204
    assert (await poster.post(f"https://{NAME}/", {}, BODY)).error == "url-refused"


async def test_production_never_speaks_without_tls(receiver: Receiver) -> None:
    assert (await Poster(local=False).post(receiver.url, {}, BODY)).error == "url-refused"
    assert receiver.posts == []


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.replies = [answer(307, b"", f"Location: {receiver.url}")]
    posted = await Poster(local=True).post(receiver.url, {}, BODY)
    assert (posted.status, posted.error) == (307, "redirect")
    assert len(receiver.posts) == 1


async def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await Poster(local=True).post(receiver.url, {}, BODY)).status == 204


async def test_a_receiver_that_does_not_answer_is_left_after_the_timeout(receiver: Receiver) -> None:
    async def never(_: Post) -> bytes:
        await asyncio.Event().wait()
        return b""

    receiver.always = never
    posted = await Poster(local=True, timeout=0.2).post(receiver.url, {}, BODY)
    assert (posted.status, posted.error) == (None, "timeout")


async def test_a_receiver_that_drips_does_not_hold_it_longer() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X: y\r\n")
            await asyncio.sleep(0.02)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    posted = await Poster(local=True, timeout=0.3).post(f"http://127.0.0.1:{port}/", {}, BODY)
    server.close()
    assert posted.error in ("timeout", "protocol")


async def test_of_an_answer_only_the_beginning_is_read(receiver: Receiver) -> None:
    receiver.replies = [answer(500, b"<\0>" + "å".encode() * 1_000_000)]
    posted = await Poster(local=True).post(receiver.url, {}, BODY)
    assert (posted.status, len(posted.answer)) == (500, 1000)
    assert posted.answer.startswith("<\N{REPLACEMENT CHARACTER}>å")


async def test_a_compressed_answer_is_not_unpacked(receiver: Receiver) -> None:
    receiver.replies = [answer(200, b"\x1f\x8b\x08junk", "Content-Encoding: gzip")]
    posted = await Poster(local=True).post(receiver.url, {}, BODY)
    assert (posted.status, posted.error) == (200, None)
    assert receiver.posts[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        ("120", timedelta(seconds=120)),
        ("99999999999", timedelta(days=1)),
        ("Wed, 25 Nov 2026 10:00:00 GMT", datetime(2026, 11, 25, 10, tzinfo=UTC)),
        ("-5", None),
        ("soon", None),
        ("Wed, 99 Nov 2026 10:00:00 GMT", None),
        ("Wed, 25 Nov 99999999999999999999 10:00:00 GMT", None),
    ],
)
async def test_what_a_receiver_asks_for_is_read(
    receiver: Receiver, value: str, asked: timedelta | datetime | None
) -> None:
    receiver.replies = [answer(429, b"", f"Retry-After: {value}")]
    assert (await Poster(local=True).post(receiver.url, {}, BODY)).retry_after == asked


async def test_what_cannot_be_reached_or_read_is_a_code_and_no_error(certificate: Path) -> None:
    async def broken(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"no http\r\n\r\n")
        writer.close()

    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    server = await asyncio.start_server(broken, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert (await Poster(local=True).post(f"http://127.0.0.1:{port}/", {}, BODY)).error == "protocol"
    server.close()
    await server.wait_closed()
    assert (await Poster(local=True).post(f"http://127.0.0.1:{port}/", {}, BODY)).error == "connect"
    assert (await Poster(local=False, resolve=unknown).post(f"https://{NAME}/", {}, BODY)).error == "name"


async def test_a_receiver_that_says_continue_without_end_holds_up_nobody() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 2600)
                await writer.drain()

    async def turns() -> None:
        while True:
            others.append(len(others))
            await asyncio.sleep(0)

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    others: list[int] = []
    beside = asyncio.create_task(turns())
    posted = await Poster(local=True).post(f"http://127.0.0.1:{port}/", {}, BODY)
    beside.cancel()
    server.close()
    assert (posted.status, posted.error) == (None, "protocol")
    # Between any two kilobytes that are parsed the others have their turn.
    assert len(others) > ALTOGETHER // AT_ONCE
