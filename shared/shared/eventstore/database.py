"""Connections to a service's schema, in two roles, and the one clock that decides what time it is.

The *worker* role appends; the *reader* role sees one tenant's rows under forced row-level security. Both are
reached from the service's login role. Every writing transaction begins by taking its transaction id and
then the clock: the order matters, for the relay's progress marks rest on it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from shared.errors import Transient

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]

log = structlog.get_logger()

ALL_TENANTS = "*"
STAMP = "pg_current_xact_id()::text AS xid, clock_timestamp() AS now"
"""The columns with which a writing transaction begins, in this order."""
ACQUIRE = 10.0
"""Seconds to wait for a free connection; then the database counts as away."""
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server went away in the middle of an exchange
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,  # no disk, no memory, no more connections
    asyncpg.ReadOnlySQLTransactionError,  # a standby that is not promoted yet
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.QueryCanceledError,
)

_MIGRATED = (
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedFunctionError,
    asyncpg.InvalidCachedStatementError,
)
"""The schema is not the one that this code was written for, which is an older instance during an upgrade."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open writing transaction. `now` is the database's time at its start, after its id was taken."""

    connection: "Connection"
    now: datetime
    xid: int


class Database:
    """One service's pools. `offset` is added to the database's clock (tests and the harness only)."""

    def __init__(self, schema: str, workers: "Pool", readers: "Pool", offset: timedelta) -> None:
        self.schema = schema
        self.offset = offset
        self._workers = workers
        self._readers = readers

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A writing transaction; commits on leaving, rolls back on an error.

        Raises Transient when the database is away.
        """
        async with self.unstamped() as connection:
            row = await connection.fetchrow(f"SELECT {STAMP}")
            assert row is not None
            yield Transaction(connection, row["now"] + self.offset, int(row["xid"]))

    @asynccontextmanager
    async def unstamped(self) -> AsyncIterator["Connection"]:
        """A writing transaction whose first statement is to select STAMP, among whatever else it does.

        Raises Transient when the database is away.
        """
        async with (
            _available(),
            self._workers.acquire(timeout=ACQUIRE) as connection,
            connection.transaction(),
        ):
            yield connection

    @asynccontextmanager
    async def working(self) -> AsyncIterator["Connection"]:
        """A worker connection outside any transaction, for single statements."""
        async with _available(), self._workers.acquire(timeout=ACQUIRE) as connection:
            yield connection

    @asynccontextmanager
    async def reading(self, tenant: str) -> AsyncIterator["Connection"]:
        """A read-only connection that sees `tenant`'s rows, or every row with ALL_TENANTS.

        Each statement has a snapshot of its own. The tenant is set anew each time before the connection is
        handed out, so that none is ever inherited; a transaction would cost two round trips more.
        """
        async with _available(), self._readers.acquire(timeout=ACQUIRE) as connection:
            await connection.execute("SELECT set_config('app.tenant', $1, false)", tenant)
            yield connection

    async def now(self) -> datetime:
        """The database's time."""
        async with self.working() as connection:
            now: datetime = await connection.fetchval("SELECT clock_timestamp()")
        return now + self.offset

    async def close(self) -> None:
        """Close both pools; connections still busy after five seconds are dropped."""
        for pool in (self._workers, self._readers):
            try:
                async with asyncio.timeout(5):
                    await pool.close()
            except TimeoutError:
                pool.terminate()


async def open_database(
    url: str,
    schema: str,
    *,
    offset: timedelta = timedelta(0),
    pool_size: int = 8,
    durable: bool = True,
) -> Database:
    """Connect to `schema` with the login role in `url`. Raises Transient when the server is away.

    `durable=False` is for what can be made again: a commit does not wait for the disk, and the last ones
    may be gone after a crash of the server, offsets and effects together.
    """
    async with _available():
        workers = await _pool(url, schema, "worker", pool_size, durable)
        readers = await _pool(url, schema, "reader", pool_size, durable)
    return Database(schema, workers, readers, offset)


async def _pool(url: str, schema: str, role: str, size: int, durable: bool) -> "Pool":
    settings: dict[str, str] = {
        "role": f"{schema}_{role}",
        "search_path": schema,
        "application_name": f"{schema}-{role}",
        "idle_in_transaction_session_timeout": "15s",
        "timezone": "UTC",
        "synchronous_commit": "on" if durable else "off",
        "default_transaction_read_only": "on" if role == "reader" else "off",
        # The just-in-time compiler costs more than these short statements ever take.
        "jit": "off",
        # Workers run the same few statements by key, over and over: planning each anew costs more than it
        # finds. Readers' lists depend on what is asked for.
        "plan_cache_mode": "force_generic_plan" if role == "worker" else "auto",
    }
    pool: Any = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        command_timeout=15,
        timeout=5,
        server_settings=settings,
        reset=_keep,
    )
    return pool  # type: ignore[no-any-return]


async def _keep(_: object) -> None:
    """Connections go back as they are: no code here leaves session state, and a reset is one round trip."""


@asynccontextmanager
async def _available() -> AsyncIterator[None]:
    try:
        yield
    except _AWAY as error:
        raise Transient("database-unavailable", "The database is away; try again shortly.") from error
    except _MIGRATED as error:
        log.warning("schema-differs", cause=str(error))
        detail = "The database is of another version than this instance; try again shortly."
        raise Transient("schema-differs", detail) from error
