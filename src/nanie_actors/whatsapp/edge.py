"""The two protocols between a WhatsApp source and the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from secrets import token_bytes
from typing import Protocol

from nanie_actors.model import EpochMs, GroupId, Inbound, MessageId

_RUN = token_bytes(16)
"""Another in each run, so that nobody finds a name by trying."""


class IngressClosed(Exception):
    """The worker is stopping: the source must end its threads and put nothing more."""


def nobody_waits() -> None:
    """What a source hands in that keeps no event until it is settled."""


class Ingress(Protocol):
    """Where a source hands in what it received. Bounded: the edge waits here, no actor ever does."""

    def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        """Hand in one event; on the source's own thread.

        Waits while too many events are on their way to the disk. Raises IngressClosed once the worker stops.
        `settled` is called once, on any thread, when the worker needs the event from nobody any more: it is
        on disk, was known already, or concerns no group. Not called: hand it in again after a restart.
        """


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """A text for a group. `outbox_id` names the attempt in results and logs."""

    outbox_id: str
    group: GroupId
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """WhatsApp took the message."""

    message_id: MessageId
    at: EpochMs


@dataclass(frozen=True, slots=True)
class SendFailed:
    """Certainly not sent: may be tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class SendUnknown:
    """The outcome cannot be known (a lost answer): must never be re-sent blindly."""

    reason: str


SendOutcome = Sent | SendFailed | SendUnknown


def discreet_name(source: str) -> str:
    """What logs call a source: its kind, and signs that tell it from others of this run.

    A file's name is left out: chats are exported under the name of their group.
    """
    kind, _, rest = source.partition(":")
    return kind if not rest else f"{kind}:{blake2b(rest.encode(), key=_RUN, digest_size=3).hexdigest()}"


class WhatsAppSource(Protocol):
    """One connection to WhatsApp, or what stands in for it."""

    @property
    def name(self) -> str:
        """What logs and dumps call this source, e.g. `replay:family.txt`."""

    @property
    def live(self) -> bool:
        """Whether an account is behind it, which may be out of reach for a while. Never of what is played.

        A live source says `online` after it has told the groups of the account.
        """

    def start(self, ingress: Ingress) -> None:
        """Start the source's own threads and return at once."""

    def stop(self) -> None:
        """End the source's threads; when this returns, nothing is put any more. May be called twice."""

    def reaches(self, group: GroupId) -> bool:
        """Whether a text for this group would be sent through this source."""

    def send(self, text: OutgoingText, settled: Callable[[SendOutcome], None]) -> None:
        """Send a text; never blocks. `settled` is called once, on any thread, when the outcome is known."""
