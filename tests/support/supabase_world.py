"""The Supabase transport under test: over real sockets, against the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import Queue
from typing import Any

import orjson
from postgres import Database
from supabase_standin import Standin
from waiting import until as until  # those who live in this world wait, too

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow, RowInbox
from nanie_actors.router.envelope import RowRules
from nanie_actors.router.supabase.credentials import Credentials
from nanie_actors.router.supabase.transport import SupabaseTransport
from nanie_actors.settings import SupabaseSettings

AGENT = "nanie-agent"
RULES = RowRules(agent_id=AGENT, room_id="", row_bytes=10_000)
WITHIN_S = 60.0

REFUSE = """
create function refuse() returns trigger language plpgsql as $$
begin
    if new.content like '%poison%' then raise exception 'not this one'; end if;
    return new;
end $$;
create trigger refuse before insert on messages for each row execute function refuse();
"""
"""A project with a rule of its own for what may be written."""


class Inbox:
    """Keeps the rows that the transport hands in."""

    def __init__(self) -> None:
        self.rows: Queue[RouterRow] = Queue()
        self.put: Callable[[RouterRow], None] = self.rows.put

    def next(self) -> RouterRow:
        return self.rows.get(timeout=WITHIN_S)


class Kept:
    """A cursor's file, in memory: it outlives the transport."""

    def __init__(self) -> None:
        self.value: Mapping[str, Any] | None = None

    def load(self) -> Mapping[str, Any] | None:
        return self.value

    def save(self, value: Mapping[str, Any]) -> None:
        self.value = value


class App:
    """The web app's side: conversations and messages in the database, and what was broadcast."""

    def __init__(self, standin: Standin) -> None:
        self.standin = standin

    def conversation(self, title: str = "t") -> str:
        made = self.standin.database.rows("insert into conversations (title) values (%s) returning id", title)
        return str(made[0]["id"])

    def say(self, conversation: str, content: object, sender: str = "anna", room: str | None = None) -> str:
        text = content if isinstance(content, str) else orjson.dumps(content).decode()
        made = self.standin.database.rows(
            "insert into messages (conversation_id, content, sender_id, room_id)"
            " values (%s, %s, %s, %s) returning id::text",
            conversation,
            text,
            sender,
            room,
        )
        return str(made[0]["id"])

    def replies(self, conversation: str) -> list[Any]:
        """What the worker wrote into the table, in order."""
        rows = self.standin.database.rows(
            "select content from messages where conversation_id = %s and is_bot order by created_at",
            conversation,
        )
        return [orjson.loads(row["content"]) for row in rows]

    def heard(self, conversation: str) -> list[Any]:
        """What was broadcast to the conversation, in order."""
        topic = f"nanie_sync_{conversation}"
        return [message["payload"] for message in list(self.standin.broadcasts) if message["topic"] == topic]


@contextmanager
def transport_on(
    standin: Standin, inbox: RowInbox, kept: Kept | None = None, **settings: Any
) -> Iterator[SupabaseTransport]:
    """A started transport; polls twenty times a second."""
    given = {"poll_interval_s": 0.05, "realtime": False, "request_timeout_s": 5.0} | settings
    transport = SupabaseTransport(
        SupabaseSettings.model_validate(given),
        Credentials(standin.url, standin.service_key),
        RULES,
        kept or Kept(),
    )
    transport.start(inbox)
    try:
        yield transport
    finally:
        transport.stop()


def row_in(conversation: str, number: int = 1) -> RouterRow:
    """A row that was not read from the table."""
    return RouterRow(RowId(f"row-{number}"), ConversationId(conversation), "", "supabase")


def left_in(database: Database) -> list[str]:
    """What people wrote and nobody deleted."""
    return [row["id"] for row in database.rows("select id::text from messages where not is_bot")]


def reply(row: RouterRow, body: object = None) -> Outgoing:
    """An answer to a row."""
    told = body or {"type": "STATUS", "text": "done", "ephemeral": True}
    return Outgoing(row.conversation, orjson.dumps(told), row.row_id)


def push(conversation: str, body: object) -> Outgoing:
    """An update."""
    return Outgoing(ConversationId(conversation), orjson.dumps(body))


def settle(transport: SupabaseTransport, row: RowId) -> Callable[[bool], None]:
    """What the core does with an accepted reply."""
    return lambda _: transport.settled(row, keep=False)
