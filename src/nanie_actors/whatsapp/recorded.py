"""A recorded stream of events as a WhatsApp source."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from nanie_actors.errors import SourceError
from nanie_actors.model import ConnectionChanged, EpochMs, GroupId, Inbound, group_of
from nanie_actors.whatsapp.edge import discreet_name
from nanie_actors.whatsapp.export.files import shown_name, unreadable
from nanie_actors.whatsapp.played import PlayedSource, Wait, system_now
from nanie_actors.whatsapp.recording import decode_event

_log = logging.getLogger(__name__)
_LONGEST_LINE = 1 << 22
_OURS_TO_SAY = ("finished", "failed")


class RecordedSource(PlayedSource):
    """Plays a file of recorded events (see recording.py).

    The recorded account's ups and downs are told under this source's name; its end is this file's end.
    Every line is read before the first is played, so a bad one is known at once; a last line without an
    end, torn by a crash of the recorder, is left out.
    """

    def __init__(
        self,
        path: Path,
        *,
        speed: float | None = None,
        now: Callable[[], EpochMs] = system_now,
        wait: Wait | None = None,
    ) -> None:
        super().__init__(f"recording:{shown_name(path)}", speed=speed, now=now, wait=wait)
        self._path = path
        self._checking = threading.Lock()
        self._groups: frozenset[GroupId] | None = None

    def check(self) -> None:
        """Read every line once. Raises SourceError with the number of a line that is no event."""
        with self._checking:
            if self._groups is None:
                events = self._read()
                self._groups = frozenset(
                    group_of(event) for event in events if not isinstance(event, ConnectionChanged)
                )

    def reaches(self, group: GroupId) -> bool:
        """Whether the recording tells of that group; False before `check`."""
        return self._groups is not None and group in self._groups

    def _events(self) -> Generator[Inbound, None, None]:
        for event in self._read():
            if not isinstance(event, ConnectionChanged):
                yield event
            elif event.state not in _OURS_TO_SAY:
                yield dataclasses.replace(event, source=self._name)

    def _read(self) -> Iterator[Inbound]:
        shown = shown_name(self._path)
        try:
            with self._path.open("rb") as file:
                number = 0
                while line := file.readline(_LONGEST_LINE):
                    number += 1
                    try:
                        event = decode_event(line)
                    except SourceError as error:
                        if _is_torn(line):
                            _log.warning(
                                "%s: line %d is torn and left out", discreet_name(self._name), number
                            )
                            return
                        raise SourceError(
                            f"{shown}, line {number}: {error}. Record it again, or remove the line."
                        ) from None
                    yield event
        except OSError as error:
            raise unreadable(self._path, error) from error


def _is_torn(line: bytes) -> bool:
    """Whether a line is what a recorder left that was ended while writing: it has no end and is the last."""
    return not line.endswith(b"\n") and len(line) < _LONGEST_LINE
