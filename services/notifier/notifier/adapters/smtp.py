"""Real conversations with the next mail server, several at once, each connection used again.

The commands are given one by one, because what a failure means depends on how far it had come: before the
mail itself goes over nothing was sent, after that it is unknown.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from notifier.outcomes import Accepted, Deferred, Outcome, Refused, Unknown, Unreached

_BROKEN: Final = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError, TimeoutError)


class MailServer:
    """The next hop. `most` conversations at once; `timeout` in seconds for each of their steps."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        username: str | None = None,
        password: str | None = None,
        most: int = 4,
        timeout: float = 20.0,
    ) -> None:
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._timeout = timeout
        self._turns = asyncio.Semaphore(most)
        self._idle: deque[aiosmtplib.SMTP] = deque()

    async def send(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        """Hand `mail` over to the server."""
        async with self._turns:
            try:
                async with self._begun(sender) as connection:
                    return await _deliver(connection, recipient, mail)
            except SMTPResponseException as error:
                return _judged(error)
            except (SMTPException, *_BROKEN) as error:
                return Unreached(f"unreachable:{type(error).__name__}")

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        while self._idle:
            with contextlib.suppress(SMTPException, *_BROKEN):
                await self._idle.popleft().quit()

    @asynccontextmanager
    async def _begun(self, sender: str) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection that has accepted the sender: a new one where an idle one has died meanwhile."""
        connection = await self._started(sender)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if connection.is_connected:
            self._idle.append(connection)

    async def _started(self, sender: str) -> aiosmtplib.SMTP:
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.mail(sender)
            except (SMTPException, *_BROKEN):
                connection.close()
            else:
                return connection
        connection = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            timeout=self._timeout,
        )
        await connection.connect()
        await connection.mail(sender)
        return connection


async def _deliver(connection: aiosmtplib.SMTP, recipient: str, mail: bytes) -> Outcome:
    try:
        await connection.rcpt(recipient)
    except SMTPResponseException as error:
        await _forget(connection)
        return _judged(error)
    try:
        await connection.data(mail)
    except SMTPResponseException as error:
        return _judged(error)
    except (SMTPException, *_BROKEN) as error:
        connection.close()
        return Unknown(f"broken-off:{type(error).__name__}")
    return Accepted()


async def _forget(connection: aiosmtplib.SMTP) -> None:
    """The envelope begun on this connection; without that it cannot be used again."""
    try:
        await connection.rset()
    except (SMTPException, *_BROKEN):
        connection.close()


def _judged(error: SMTPResponseException) -> Outcome:
    """4xx may change, 5xx will not; the server's text may name people, so only its code is kept."""
    return Deferred(f"smtp-{error.code}") if 400 <= error.code < 500 else Refused(f"smtp-{error.code}")
