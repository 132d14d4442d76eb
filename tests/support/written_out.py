"""The simulated disk's files as real ones, for whoever reads files."""

from __future__ import annotations

from pathlib import Path

from household import STATE, Household


def write_out(house: Household, state: Path) -> None:
    """Write all of a household's files below a folder."""
    files = house.disk.files
    folders = [STATE]
    while folders:
        folder = folders.pop()
        (state / folder.relative_to(STATE)).mkdir(parents=True, exist_ok=True)
        for name in files.listdir(folder):
            path = folder / name
            if files.is_folder(path):
                folders.append(path)
            else:
                (state / path.relative_to(STATE)).write_bytes(files.read(path))
