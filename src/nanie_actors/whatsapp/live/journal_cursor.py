"""How far the worker has settled the journal: a small file that may be lost, but never runs ahead."""

from __future__ import annotations

from pathlib import Path

from nanie_actors.storage.file_system import FileSystem
from nanie_actors.storage.lines import VERSION, BadLine, seal, unseal

_NAME = "cursor"


def read_cursor(files: FileSystem, folder: Path) -> int:
    """The last entry that the worker needs from nobody any more; 0 where that is not known.

    The writer asks as well: an entry that was read and settled, but lost with the power before it was on the
    disk, must not give its number to another one.
    """
    try:
        settled = unseal(files.read(folder / _NAME)).get("settled")
    except (OSError, BadLine):
        return 0
    return settled if isinstance(settled, int) and settled > 0 else 0


def write_cursor(files: FileSystem, folder: Path, settled: int) -> None:
    """Replace the cursor. Raises OSError; then the old one still stands."""
    beside = folder / f"{_NAME}.new"
    file = files.open_new(beside)
    try:
        file.write(seal({"v": VERSION, "settled": settled}))
        file.sync()
    finally:
        file.close()
    files.rename(beside, folder / _NAME)
