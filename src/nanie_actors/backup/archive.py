"""The form of an archive, which any tar opens: what it is, the files, and last the list of them.

    about.json      {"format": 1, "program": "nanie-actors", "version", "made" (ms), "session": bool}
    state/…         the files of the state directory
    manifest.json   {"files": {path below state/: {"size", "sha256"}}}

An archive without its manifest was cut off.
"""

from __future__ import annotations

import gzip
import io
import tarfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import BinaryIO, Final, Self

import orjson

FORMAT: Final = 1
PROGRAM: Final = "nanie-actors"

ABOUT: Final = "about.json"
STATE: Final = "state/"
MANIFEST: Final = "manifest.json"

COMPRESSION: Final = 6
"""gzip's own choice between speed and size."""


@dataclass(frozen=True, slots=True)
class About:
    """What an archive says of itself. `made` is in epoch ms; `session`: it holds the account's keys."""

    version: str
    made: int
    session: bool
    format: int = FORMAT
    program: str = PROGRAM


class ArchiveWriter:
    """Writes an archive to a stream, which may be a pipe; a context. Every method raises OSError.

    One that was left without `finish` has no manifest: nobody takes it for whole.
    """

    def __init__(self, out: BinaryIO, about: About) -> None:
        self._made = about.made // 1000
        self._files: dict[str, dict[str, int | str]] = {}
        self._packed = gzip.GzipFile("", "wb", COMPRESSION, out, mtime=self._made)
        self._tar = tarfile.open(  # noqa: SIM115  # closed in __exit__
            fileobj=self._packed, mode="w|", format=tarfile.PAX_FORMAT
        )
        self._put(ABOUT, orjson.dumps(asdict(about)))
        self.bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        with suppress(OSError, ValueError):
            self._tar.close()
        with suppress(OSError, ValueError):
            self._packed.close()

    @property
    def files(self) -> int:
        """How many files of the state directory it has."""
        return len(self._files)

    def add(self, path: str, content: bytes) -> None:
        """A file of the state directory."""
        self._files[path] = {"size": len(content), "sha256": sha256(content).hexdigest()}
        self.bytes += len(content)
        self._put(STATE + path, content)

    def finish(self) -> None:
        """The list of all files makes it whole."""
        self._put(MANIFEST, orjson.dumps({"files": self._files}))
        self._tar.close()
        self._packed.close()

    def _put(self, name: str, content: bytes) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = len(content), 0o600, self._made
        self._tar.addfile(entry, io.BytesIO(content))
        self._tar.members.clear()  # type: ignore[attr-defined]  # else it keeps one for every file
