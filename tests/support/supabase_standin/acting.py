"""The stand-in's connections to the database, and whom it acts for there."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import psycopg
from postgres import Database, Row

from supabase_standin.keys import Claims

Connection = psycopg.Connection[Row]


class Acting:
    """Keeps connections for any thread that needs one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._idle: queue.SimpleQueue[Connection] = queue.SimpleQueue()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction as the owner of everything."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._database.connect()
        try:
            with connection.transaction():
                yield connection
        finally:
            if not connection.closed:
                self._idle.put(connection)

    @contextmanager
    def transaction_of(self, claims: Claims) -> Iterator[Connection]:
        """A transaction in which row-level security is about them."""
        with self.transaction() as connection:
            act_as(connection, claims)
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        while not self._idle.empty():
            self._idle.get().close()


def act_as(connection: Connection, claims: Claims) -> None:
    """From here to the end of the transaction."""
    connection.execute(
        "select set_config('request.jwt.claims', %s, true), set_config('role', %s, true)",
        (orjson.dumps(claims.told).decode(), claims.role),
    )
