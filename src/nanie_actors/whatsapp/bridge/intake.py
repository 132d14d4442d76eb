"""From the library's hands to the disk: convert an event, journal it, and only then say that it was taken."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from nanie_actors.model import GroupEvent
from nanie_actors.whatsapp.bridge.converter import Converter
from nanie_actors.whatsapp.bridge.counts import Counts
from nanie_actors.whatsapp.bridge.library import GroupInfo, HistorySyncEv
from nanie_actors.whatsapp.bridge.stubbornness import GivenUp, Stubbornness
from nanie_actors.whatsapp.bridge.unconverted import Unconverted
from nanie_actors.whatsapp.live.identities import People
from nanie_actors.whatsapp.live.journal_writer import JournalWriter

_log = logging.getLogger(__name__)


class Serializable(Protocol):
    """An event of the library: a protobuf message."""

    def SerializePartialToString(self) -> bytes:  # noqa: N802
        """Its bytes, even where a required field is missing."""


class Intake:
    """The only way into the journal. Any thread; one at a time gets through.

    Who learns what (`People`) is on the disk before the events that rely on it.
    """

    def __init__(
        self,
        converter: Converter,
        people: People,
        journal: JournalWriter,
        unconverted: Unconverted,
        stubbornness: Stubbornness,
        counts: Counts,
        grown: Callable[[int], None],
    ) -> None:
        self._converter = converter
        self._people = people
        self._journal = journal
        self._unconverted = unconverted
        self._stubbornness = stubbornness
        self._counts = counts
        self._grown = grown
        self._one_at_a_time = threading.Lock()

    def take(self, event: Serializable) -> tuple[str, ...]:
        """Take one event in: on return it is on the disk, in some form. Waits while the disk refuses.

        Returns the groups that must be asked for again because of it. Raises GivenUp when the process ends.
        """
        with self._one_at_a_time:
            try:
                return self._convert(event)
            except GivenUp:
                raise
            except Exception as error:  # noqa: BLE001  # a fault of ours must not cost the event
                self._keep(event, error)
                return ()

    def see_groups(self, groups: Iterable[GroupInfo]) -> None:
        """Journal the groups that the account is in. Raises GivenUp when the process ends."""
        with self._one_at_a_time:
            self._append(self._converter.joined_groups(groups))

    def we_are(self, *addresses: str) -> None:
        """The account's own addresses, as far as they are known."""
        with self._one_at_a_time:
            self._converter.we_are(*addresses)

    def close(self) -> None:
        """Nothing is taken any more. Does not wait for one that is stuck in here."""
        self._stubbornness.give_up()
        if self._one_at_a_time.acquire(timeout=1.0):
            self._journal.close()

    def _convert(self, event: Serializable) -> tuple[str, ...]:
        if isinstance(event, HistorySyncEv):
            self._counts.add("history")
            for part in self._converter.history(event):
                self._append(part)
            return ()
        converted = self._converter.convert(event)
        self._counts.add(converted.met)
        self._append(converted.events)
        return converted.refresh

    def _append(self, events: Sequence[GroupEvent]) -> None:
        if not events:
            return
        self._stubbornness.until_done(self._people.save)
        entry = self._journal.append(events, self._stubbornness.refused)
        self._stubbornness.took()
        self._counts.add("journaled", len(events))
        self._grown(entry)

    def _keep(self, event: Serializable, error: Exception) -> None:
        """Our own code failed on it: never the library's concern, and never the end of the event."""
        kind, why = type(event).__name__, type(error).__name__
        self._counts.add("unconverted")
        _log.error("an event of type %s was not understood (%s); it is kept as it came", kind, why)
        raw = event.SerializePartialToString()
        self._stubbornness.until_done(lambda: self._unconverted.keep(kind, raw, why))
        self._stubbornness.took()
