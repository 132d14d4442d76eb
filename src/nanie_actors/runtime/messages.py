"""What the runtime itself puts into mailboxes: the wrapper of an ask, and the messages of the system lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from nanie_actors.runtime.ref import PooledRef

FailurePhase = Literal["start", "receive", "system"]
"""Where an actor failed: making or starting the instance, a user message, a system message."""


class ReplyTo(Protocol):
    """Where the answer to an ask goes: a future, or whatever collects many answers."""

    def set(self, value: Any) -> None:
        """The handler returned this."""

    def set_exception(self, exc_info: Any) -> None:
        """The handler raised this, or the actor was gone: an exc_info triple."""


class Ask:
    """A message whose sender waits for what the handler returns. Plain tells go without any wrapper."""

    __slots__ = ("message", "reply_to")

    def __init__(self, message: Any, reply_to: ReplyTo) -> None:
        self.message = message
        self.reply_to = reply_to


@dataclass(frozen=True, slots=True)
class Inspect:
    """Asked on the system lane: answer with `inspect()`, your own words for the dump."""


@dataclass(frozen=True, slots=True)
class ChildFailed:
    """Told to the supervisor: an actor is suspended until `ref.restart` or `ref.abandon`.

    `message` is the poison it failed on, kept for a retry; None where there was none (phase `start`). It may
    hold private text: it is for the supervisor's eyes, never for a log. `incarnation` is the one that failed.
    """

    ref: PooledRef[Any]
    name: str
    error: BaseException
    message: Any
    phase: FailurePhase
    incarnation: int


@dataclass(frozen=True, slots=True)
class Terminated:
    """Told to every watcher once the actor has fully stopped; its name may be used again."""

    ref: PooledRef[Any]
    name: str


def message_type(message: Any) -> str:
    """The type name of a message, or of what an ask wraps: all that may be said of it in logs and reports."""
    return type(message.message if type(message) is Ask else message).__name__
