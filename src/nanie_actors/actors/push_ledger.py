"""Which conversations have not been shown their timeline's newest state, kept over a crash.

Only debts are kept, so the file stays small whatever the number of conversations. Where a debt was not
written before a crash, the shared log still holds the group's records, and the group pushes again when it
recovers them: a conversation may be shown the same state twice, but never too old a one.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any, Protocol

from nanie_actors.model import ConversationId, GroupId
from nanie_actors.storage.disk import Done


class Document(Protocol):
    """Where the debts are written: small, replaced as a whole."""

    def load(self) -> dict[str, Any] | None:
        """What was saved last."""

    def save(self, value: Mapping[str, Any], done: Done) -> None:
        """Replace it; never blocks."""


class PushLedger:
    """Thread-safe: groups note debts, conversations pay them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lock = Lock()
        self._owed: dict[ConversationId, tuple[GroupId, int]] = {}
        for conversation, entry in (document.load() or {}).items():
            self._owed[ConversationId(conversation)] = (GroupId(entry["group"]), int(entry["revision"]))

    def owe(self, conversation: ConversationId, group: GroupId, revision: int) -> None:
        """This conversation must be shown at least this revision."""
        with self._lock:
            self._owed[conversation] = (group, revision)

    def pay(self, conversation: ConversationId, group: GroupId, revision: int) -> None:
        """This conversation was shown this revision."""
        with self._lock:
            owed = self._owed.get(conversation)
            if owed is not None and owed[0] == group and owed[1] <= revision:
                del self._owed[conversation]

    def cancel(self, conversation: ConversationId, group: GroupId) -> None:
        """This conversation is not linked to this group any more; another may owe it something by now."""
        with self._lock:
            owed = self._owed.get(conversation)
            if owed is not None and owed[0] == group:
                del self._owed[conversation]

    def owes(self, conversation: ConversationId, group: GroupId) -> bool:
        """Whether this conversation waits for a state of this group."""
        with self._lock:
            owed = self._owed.get(conversation)
            return owed is not None and owed[0] == group

    def groups(self) -> set[GroupId]:
        """The groups that somebody waits for."""
        with self._lock:
            return {group for group, _ in self._owed.values()}

    def flush(self, done: Done) -> None:
        """Write the debts of this moment; `done` on the disk's thread."""
        with self._lock:
            owed: dict[str, Any] = {
                conversation: {"group": group, "revision": revision}
                for conversation, (group, revision) in self._owed.items()
            }
        self._document.save(owed, done)
