"""Makes folders and keeps their names safe. A file is only as durable as every name on the way to it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from nanie_actors.storage.file_system import FileSystem

REMOVING = ".removing"
"""Ends the name of a folder that is being removed. One that is found at start is a leftover."""


class Folders:
    """What one lane knows of the folders it writes to. Every method may raise OSError.

    A name that an earlier process made may not be on the disk even though it can be seen: that process may
    have been killed before it synced it. So each folder is synced once before anything in it is relied on.
    """

    def __init__(self, files: FileSystem) -> None:
        self._files = files
        self._safe: set[Path] = set()  # folders whose own name is on the disk
        self._synced: set[Path] = set()  # folders whose names were on the disk once since we started

    def ensure(self, folder: Path) -> None:
        """Make a folder where it is missing, and see that its own name is on the disk."""
        if folder in self._safe:
            return
        above = folder.parent
        if above != folder:
            self.ensure(above)
        if not self._files.is_folder(folder):
            self._files.make_folder(folder)
            self.sync(above)
        elif above not in self._synced:
            # Folders far above may not be ours to open; then they are not ours to have made either.
            with suppress(PermissionError):
                self.sync(above)
        self._safe.add(folder)

    def sync(self, folder: Path) -> None:
        """The names in a folder are on the disk when this returns."""
        self._files.sync_folder(folder)
        self._synced.add(folder)

    def sync_once(self, folder: Path) -> None:
        """The names that were in a folder when we started are on the disk when this returns."""
        if folder not in self._synced:
            self.sync(folder)

    def remove(self, folder: Path) -> None:
        """Remove a folder with all it holds. Its name goes in one step: it is never found half emptied."""
        self.forget(folder)
        going = folder
        if not folder.name.endswith(REMOVING):
            going = folder.with_name(folder.name + REMOVING)
            if self._files.exists(going):
                self._files.remove_tree(going)
            self._files.rename(folder, going)
            self.sync(folder.parent)
        self._files.remove_tree(going)

    def forget(self, folder: Path | None = None) -> None:
        """A folder was removed (None: by somebody else, it is not known which)."""
        for known in (self._safe, self._synced):
            known.difference_update([path for path in known if folder is None or path.is_relative_to(folder)])
