"""What Realtime asks the database before it lets somebody join, hear or speak."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from supabase_standin.acting import Acting, act_as
from supabase_standin.keys import Claims

Json = dict[str, Any]


class Rights:
    """Answers on worker threads."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def may_listen(self, claims: Claims, topic: str) -> bool:
        """A message of the private topic is written, looked for as them, and taken back."""
        with self._acting.transaction() as connection, connection.transaction(force_rollback=True):
            connection.execute(
                "insert into realtime.messages (topic, extension) values (%s, 'broadcast')", (topic,)
            )
            connection.execute("select set_config('realtime.topic', %s, true)", (topic,))
            act_as(connection, claims)
            found = connection.execute("select from realtime.messages where topic = %s", (topic,))
            return found.rowcount > 0

    def may_speak(self, claims: Claims, topic: str) -> bool:
        """The same for sending."""
        with self._acting.transaction() as connection, connection.transaction(force_rollback=True):
            connection.execute("select set_config('realtime.topic', %s, true)", (topic,))
            act_as(connection, claims)
            try:
                connection.execute(
                    "insert into realtime.messages (topic, extension) values (%s, 'broadcast')", (topic,)
                )
            except psycopg.errors.InsufficientPrivilege:
                return False
            return True

    def is_published(self, schema: str, table: str) -> bool:
        """Whether anybody is told of changes of a table."""
        with self._acting.transaction() as connection:
            found = connection.execute(
                "select from pg_publication_tables"
                " where pubname = 'supabase_realtime' and schemaname = %s and tablename = %s",
                (schema, table),
            )
            return found.rowcount > 0

    def seen_by(self, claims: Claims, table: str, row_id: str) -> bool:
        """Whether they may read a row that was just written."""
        query = sql.SQL("select from {} where id::text = %s").format(sql.Identifier(table))
        try:
            with self._acting.transaction_of(claims) as connection:
                return connection.execute(query, (row_id,)).rowcount > 0
        except psycopg.errors.InsufficientPrivilege:
            return False
