"""An exported chat as a WhatsApp source: its messages come in as if they were sent now."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Generator
from pathlib import Path

from nanie_actors.model import EpochMs, GroupId, Inbound
from nanie_actors.whatsapp.export.chat import Bytes, Progress, Survey, survey, tell
from nanie_actors.whatsapp.export.dates import DateOrder
from nanie_actors.whatsapp.export.files import ExportFile, find_export, shown_name
from nanie_actors.whatsapp.played import PlayedSource, Wait, system_now


class ReplaySource(PlayedSource):
    """Plays one file of WhatsApp's *Export chat*, a `.txt` or a `.zip`.

    `zone` is the household's: an export holds local times. `date_order` is asked for when the file does not
    settle it. `speed` is how many times faster than life to play, None as fast as the worker takes it.
    `progress` is called on the reading thread. The constructor opens nothing.
    """

    def __init__(
        self,
        path: Path,
        *,
        zone: datetime.tzinfo,
        date_order: DateOrder = "auto",
        speed: float | None = None,
        now: Callable[[], EpochMs] = system_now,
        wait: Wait | None = None,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(f"replay:{shown_name(path)}", speed=speed, now=now, wait=wait)
        self._path = path
        self._zone = zone
        self._date_order = date_order
        self._progress = progress
        self._checking = threading.Lock()
        self._known: tuple[ExportFile, Survey, Bytes] | None = None

    @property
    def group(self) -> GroupId | None:
        """The JID of the file's group; None before `check`."""
        return None if self._known is None else self._known[1].group

    @property
    def group_name(self) -> str | None:
        """The group's name as the file gives it; None before `check`."""
        return None if self._known is None else self._known[1].name

    def check(self) -> None:
        """Read the file once: its form, the order of its dates, its group. Raises SourceError."""
        self._survey()

    def reaches(self, group: GroupId) -> bool:
        """Whether the file is of that group; False before `check`."""
        return self._known is not None and self._known[1].group == group

    def _survey(self) -> tuple[ExportFile, Survey, Bytes]:
        with self._checking:
            if self._known is None:
                file = find_export(self._path)
                counted = Bytes(file.size, self._progress)
                self._known = file, survey(file, self._date_order, counted), counted
            return self._known

    def _events(self) -> Generator[Inbound, None, None]:
        file, known, counted = self._survey()
        yield from tell(file, known, self._zone, counted)
