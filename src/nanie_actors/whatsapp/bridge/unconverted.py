"""Events that our own code failed on, kept as the library gave them: a later version may read them."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from nanie_actors.storage.file_system import FileSystem
from nanie_actors.storage.lines import VERSION, seal
from nanie_actors.whatsapp.live.journal import write_all


class Unconverted:
    """A file that is appended to: `{"v":1,"k":type of the event,"w":what failed,"d":base64,"c":…}` a line.

    It holds messages in clear text and is for its owner only. One thread at a time.
    """

    def __init__(self, path: Path, files: FileSystem) -> None:
        self._path = path
        self._files = files

    def keep(self, kind: str, event: bytes, why: str) -> None:
        """Append an event in the library's own serialized form; on the disk on return. Raises OSError."""
        line = seal({"v": VERSION, "k": kind, "w": why, "d": b64encode(event).decode("ascii")})
        file = self._files.open_append(self._path)
        try:
            write_all(file.write, b"\n" + line if self._ends_broken_off(file.size()) else line)
            file.sync()
        finally:
            file.close()
        self._files.sync_folder(self._path.parent)

    def _ends_broken_off(self, length: int) -> bool:
        """Whether a full disk left the beginning of a line there."""
        return length > 0 and self._files.tail(self._path, length - 1) != b"\n"
