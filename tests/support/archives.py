"""State directories and archives of them, made by hand."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

from nanie_actors.backup.archive import FORMAT, About, ArchiveWriter
from nanie_actors.backup.making import Made, backup_to_file
from nanie_actors.storage.layout import StateLayout

MADE = 1_768_291_200_000
FILES = {
    "mappings.json": b"{}",
    "memory/120363000000000001@g.us/timeline.json": b"[]",
    "wal/00000000000000000001.log": b"segment",
}


def state_at(root: Path) -> StateLayout:
    """A state directory with a file of every kind that is not a database."""
    for path, content in FILES.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return StateLayout(root)


def nobody(_files: int, _bytes: int) -> None:
    """Whoever looks on."""


def backed_up(layout: StateLayout, path: Path, *, session: bool = True) -> Made:
    return backup_to_file(layout, path, "1.2.3", session=session, tell=nobody)


def archive_of(path: Path, format: int = FORMAT) -> Path:
    about = About("1.2.3", MADE, session=True, format=format)
    with path.open("wb") as out, ArchiveWriter(out, about) as archive:
        for name, content in FILES.items():
            archive.add(name, content)
        archive.finish()
    return path


def names_in(path: Path) -> list[str]:
    with tarfile.open(path) as tar:
        return tar.getnames()


def rewritten(path: Path, entries: Iterable[tuple[tarfile.TarInfo, bytes]]) -> Path:
    """An archive that holds just these, as somebody with bad intentions would make it."""
    with tarfile.open(path, "w:gz") as tar:
        for entry, content in entries:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def entries_of(path: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(path) as tar:
        return [(entry, tar.extractfile(entry).read()) for entry in tar]  # type: ignore[union-attr]


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())
