"""Reads an archive that anybody may have written: nothing in it is believed before it is checked."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Final

import orjson

from nanie_actors.backup.archive import ABOUT, FORMAT, MANIFEST, PROGRAM, STATE, About
from nanie_actors.errors import StateError

CHUNK_BYTES: Final = 1 << 20

LONGEST_NOTE: Final = 1 << 30
"""Bytes of `about.json` or `manifest.json`: far more than the list of a million groups' files."""


class BadArchive(StateError):
    """The archive cannot be used; says why."""


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file of the state directory. Its `chunks` are to be read before the next file is asked for."""

    path: PurePosixPath
    chunks: Iterator[bytes]


class ArchiveReader:
    """Reads once, from beginning to end. `files` raises BadArchive for whatever is wrong with it.

    Only after the last file is known whether the archive is whole: until then nothing may be relied on.
    """

    def __init__(self, stream: BinaryIO, name: Path) -> None:
        self._name = name
        self._found: dict[str, dict[str, Any]] = {}
        try:
            self._tar = tarfile.open(fileobj=stream, mode="r|*")  # noqa: SIM115  # the stream is the caller's
            self.about = self._about()
        except (*_BROKEN, AttributeError) as error:
            # The standard library fails on one kind of damage to a gzip header by a fault of its own.
            raise self._bad("it is no backup, or damaged from its beginning on") from error

    def files(self) -> Iterator[ArchivedFile]:
        """The files in order."""
        manifest: dict[str, Any] | None = None
        try:
            while (entry := self._tar.next()) is not None:
                self._tar.members.clear()  # type: ignore[attr-defined]  # else it keeps one for every file
                if manifest is not None:
                    raise self._bad("there is something behind its list of files")
                if entry.name == MANIFEST:
                    manifest = self._note(entry)
                else:
                    yield self._file(entry)
        except _BROKEN as error:
            raise self._bad("it is damaged or cut off") from error
        self._compare(manifest)

    def _about(self) -> About:
        entry = self._tar.next()
        if entry is None or entry.name != ABOUT:
            raise self._bad("it is no backup that `nanie backup` made")
        told = self._note(entry)
        if told.get("program") != PROGRAM or not isinstance(told.get("format"), int):
            raise self._bad("it is no backup that `nanie backup` made")
        if told["format"] > FORMAT:
            raise self._bad(
                f"version {told.get('version')!a} made it in format {told['format']}, and this version reads "
                f"up to {FORMAT}: restore it with that version or a newer one",
                then="",
            )
        try:
            return About(str(told["version"]), int(told["made"]), bool(told["session"]))
        except (LookupError, TypeError, ValueError):
            raise self._bad("what it says of itself is incomplete") from None

    def _file(self, entry: tarfile.TarInfo) -> ArchivedFile:
        path = PurePosixPath(entry.name.removeprefix(STATE))
        inside = entry.name.startswith(STATE) and str(path) == entry.name.removeprefix(STATE)
        if not inside or path.is_absolute() or {"..", "."} & set(path.parts) or "\0" in entry.name:
            raise self._bad(f"{entry.name[:200]!a} lies outside of the state directory")
        if not entry.isreg():
            raise self._bad(f"{entry.name[:200]!a} is no plain file")
        if str(path) in self._found:
            raise self._bad(f"{entry.name[:200]!a} is in it twice")
        return ArchivedFile(path, self._chunks(entry, str(path)))

    def _chunks(self, entry: tarfile.TarInfo, path: str) -> Iterator[bytes]:
        found, size = sha256(), 0
        content = self._tar.extractfile(entry)
        assert content is not None
        while chunk := self._read(content):
            found.update(chunk)
            size += len(chunk)
            yield chunk
        self._found[path] = {"size": size, "sha256": found.hexdigest()}

    def _read(self, content: IO[bytes]) -> bytes:
        try:
            return content.read(CHUNK_BYTES)
        except _BROKEN as error:
            raise self._bad("it is damaged or cut off") from error

    def _note(self, entry: tarfile.TarInfo) -> dict[str, Any]:
        content = self._tar.extractfile(entry) if entry.size <= LONGEST_NOTE else None
        try:
            note = orjson.loads(content.read()) if content is not None else None
        except orjson.JSONDecodeError:
            note = None
        if not isinstance(note, dict):
            raise self._bad(f"its {entry.name} cannot be read")
        return note

    def _compare(self, manifest: dict[str, Any] | None) -> None:
        if manifest is None:
            raise self._bad("its end is missing")
        stated = manifest.get("files")
        if not isinstance(stated, dict):
            raise self._bad(f"its {MANIFEST} lists no files")
        for path in sorted(stated.keys() | self._found.keys()):
            if path not in self._found:
                raise self._bad(f"{path[:200]!a} is missing")
            if stated.get(path) != self._found[path]:
                raise self._bad(f"{path[:200]!a} is not as it was when the backup was made")

    def _bad(self, why: str, then: str = " Nothing was restored: use another backup.") -> BadArchive:
        return BadArchive(f"{self._name} cannot be restored: {why}.{then}")


_BROKEN: Final = (tarfile.TarError, EOFError, OSError, ValueError)
"""What reading a damaged archive raises, whatever it is packed with."""
