"""Roles, schemas and tables: `python -m shared.eventstore.migrate intake sla_engine …`.

Plain SQL files, applied in order of their names and noted in the schema's `migrations` table: first the
shared ones, then those of the service's own package (its folder `sql`). Doing it again changes nothing.
"""

import asyncio
import os
import re
import sys
from importlib.resources import files

import asyncpg

_LOCK = 7203918465


async def migrate(admin_url: str, password: str, schemas: list[str]) -> list[str]:
    """Bring each schema up to date; returns the migrations applied, as `schema/file`."""
    applied = []
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        for schema in schemas:
            async with connection.transaction():
                await _prepare(connection, schema, password)
                applied += await _apply(connection, schema)
    finally:
        await connection.close()
    return applied


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]", schema: str, password: str) -> None:
    if not re.fullmatch(r"[a-z_]+", schema):
        raise ValueError(f"{schema!r} is no schema name: use small letters and underscores")
    roles = {
        schema: "LOGIN NOINHERIT",
        f"{schema}_reader": "NOLOGIN",
        f"{schema}_worker": "NOLOGIN",
    }
    for role, kind in roles.items():
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            await connection.execute(f"CREATE ROLE {role} {kind}")
    quoted = await connection.fetchval("SELECT quote_literal($1)", password)
    await connection.execute(f"ALTER ROLE {schema} PASSWORD {quoted}")
    await connection.execute(f"GRANT {schema}_reader, {schema}_worker TO {schema}")
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    await connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {schema}_reader, {schema}_worker")
    await connection.execute(
        f"CREATE TABLE IF NOT EXISTS {schema}.migrations"
        " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
    )


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", schema: str) -> list[str]:
    known = {row["name"] for row in await connection.fetch(f"SELECT name FROM {schema}.migrations")}  # noqa: S608 - checked name
    applied = []
    await connection.execute(f"SET LOCAL search_path = {schema}")
    for name, sql in _files("shared.eventstore", "shared") + _files(schema, schema):
        if name in known:
            continue
        await connection.execute(
            sql.replace("{reader}", f"{schema}_reader").replace("{worker}", f"{schema}_worker")
        )
        await connection.execute("INSERT INTO migrations (name) VALUES ($1)", name)
        applied.append(f"{schema}/{name}")
    return applied


def _files(package: str, prefix: str) -> list[tuple[str, str]]:
    folder = files(package) / "sql"
    if not folder.is_dir():
        return []
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [(f"{prefix}/{f.name}", f.read_text()) for f in found]


if __name__ == "__main__":
    done = asyncio.run(
        migrate(os.environ["DATABASE_ADMIN_URL"], os.environ["SERVICE_DATABASE_PASSWORD"], sys.argv[1:])
    )
    print("\n".join(done) or "nothing to migrate")
