"""The protocols between a router transport and the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.status import Status
from nanie_actors.value import Value


@dataclass(frozen=True, slots=True)
class RouterRow:
    """One agent-router message as a transport received it: the envelope is checked, the content is not.

    `content` is the raw text, or the object's JSON as text. `transport` names where a reply must go.
    `sender` is who wrote it, as the app says; empty where it does not.
    """

    row_id: RowId
    conversation: ConversationId
    content: str
    transport: str
    sender: str = ""


class Outgoing(Value, frozen=True, gc=False):
    """A reply (`in_reply_to` is the command's row id) or a push, already encoded as JSON bytes."""

    conversation: ConversationId
    body: bytes
    in_reply_to: RowId | None = None


class RowInbox(Protocol):
    """Where a transport hands in rows. Bounded: the transport waits here, no actor ever does."""

    def put(self, row: RouterRow) -> None:
        """Hand in one row, on the transport's thread; waits while too many are unanswered.

        Raises InboxClosed once the worker stops.
        """


class InboxClosed(Exception):
    """The worker is stopping: hand in nothing more."""


class RouterTransport(Protocol):
    """One way to the app: stdio, the control socket, websockets, Supabase, NATS."""

    @property
    def name(self) -> str:
        """What rows carry in `transport`, and what logs and dumps call it."""

    def start(self, inbox: RowInbox) -> None:
        """Start the transport's own threads and return at once."""

    def stop_intake(self) -> None:
        """Take no more rows; replies and pushes still go out. May be called twice."""

    def deliver(self, out: Outgoing, accepted: Callable[[bool], None]) -> None:
        """Send a reply or push; never blocks. `accepted` is called once, on any thread.

        True: the other side has it. False: it can never be delivered (the conversation is gone).
        A transport that may still succeed keeps trying and calls nothing yet.
        """

    def rename(self, conversation: ConversationId, title: str) -> None:
        """Give the conversation a title, where the transport has such a thing; never blocks."""

    def settled(self, row: RowId, keep: bool) -> None:
        """The row needs no more work (its reply, if any, was accepted); never blocks.

        `keep`: leave it where it is, somebody debugs or it was not for this worker.
        """

    def stop(self) -> None:
        """Flush what was delivered and end the transport's threads. May be called twice."""


@runtime_checkable
class Troubled(Protocol):
    """A transport whose other side may be away, and which knows what does not work."""

    status: Status
