"""What `--whatsapp replay:PATH` means: one exported chat, one recording, or a folder of them."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable
from pathlib import Path

from nanie_actors.errors import SourceError
from nanie_actors.model import EpochMs
from nanie_actors.whatsapp.export.chat import Progress
from nanie_actors.whatsapp.export.dates import DateOrder
from nanie_actors.whatsapp.export.entries import Mended, read_lines
from nanie_actors.whatsapp.export.files import find_export, shown_name, unreadable
from nanie_actors.whatsapp.export.header import read_header
from nanie_actors.whatsapp.played import PlayedSource, Wait, system_now
from nanie_actors.whatsapp.recorded import RecordedSource
from nanie_actors.whatsapp.replay import ReplaySource

_log = logging.getLogger(__name__)
_SUFFIXES = (".txt", ".zip", ".jsonl")
_LINES_TO_LOOK_AT = 200


def open_sources(
    path: Path,
    *,
    zone: datetime.tzinfo,
    date_order: DateOrder = "auto",
    speed: float | None = None,
    now: Callable[[], EpochMs] = system_now,
    wait: Wait | None = None,
    progress: Progress | None = None,
) -> list[PlayedSource]:
    """Open what a path names, checked and ready to start; at least one source, in the order of file names.

    Of a folder every chat and recording directly in it is taken; files that are neither are passed over.
    Raises SourceError for a file that cannot be played, naming it and what to do.
    """
    paths = _files_in(path) if path.is_dir() else [path]
    sources: list[PlayedSource] = []
    for file in paths:
        source: PlayedSource
        if _is_recording(file):
            source = RecordedSource(file, speed=speed, now=now, wait=wait)
        else:
            source = ReplaySource(
                file, zone=zone, date_order=date_order, speed=speed, now=now, wait=wait, progress=progress
            )
        source.check()
        sources.append(source)
    _tell_of_shared_groups(sources)
    return sources


def _files_in(folder: Path) -> list[Path]:
    try:
        candidates = sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES)
    except OSError as error:
        raise unreadable(folder, error) from error
    files = [file for file in candidates if _is_recording(file) or _is_chat(file)]
    if not files:
        raise SourceError(
            f"The folder {shown_name(folder)} holds no exported chat (.txt, .zip) and no recording (.jsonl)."
        )
    return files


def _is_recording(file: Path) -> bool:
    """By its suffix, or by its first byte: no chat begins with a brace."""
    if file.suffix.lower() == ".jsonl":
        return True
    try:
        with file.open("rb") as stream:
            return stream.read(1) == b"{"
    except OSError:
        return False


def _is_chat(path: Path) -> bool:
    """Whether a file in a folder is a chat: other texts lie about in folders, among them sent documents."""
    try:
        file = find_export(path)
        with file.open() as stream:
            lines = read_lines(stream, Mended(), lambda _: None, file.shown)
            return any(read_header(line) for line, _ in zip(lines, range(_LINES_TO_LOOK_AT), strict=False))
    except SourceError:
        if path.suffix.lower() == ".zip":
            raise
        return False


def _tell_of_shared_groups(sources: list[PlayedSource]) -> None:
    groups = [source.group for source in sources if isinstance(source, ReplaySource)]
    for group in sorted({group for group in groups if group and groups.count(group) > 1}):
        _log.warning(
            "%d exports are of one group name and taken as one group: %s", groups.count(group), group
        )
