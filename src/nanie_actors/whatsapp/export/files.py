"""Where the text of an exported chat is: a `.txt`, or one inside the `.zip` that WhatsApp makes.

A zip is somebody else's data: only the chat's own text is read, streamed and never unpacked to disk, and a
member that is encrypted, damaged or swells beyond reason is refused.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from nanie_actors.errors import SourceError
from nanie_actors.whatsapp.export.titles import IPHONE_STEM, title_in_file_name

LARGEST_CHAT = 4 * 1024**3
"""Bytes of text read out of a zip at most: some fifty million messages."""

_BUFFER = 1 << 18
_SUSPECT_SIZE = 64 * 1024**2
_SUSPECT_RATIO = 100  # chats shrink to a fourth or a tenth; deflate's limit is about a thousandth
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MOST_MEMBERS = 200_000
_ZIP_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
_BAD_DATA = (zipfile.BadZipFile, zlib.error, EOFError)
_BAD_DIRECTORY = (*_BAD_DATA, NotImplementedError, ValueError, struct.error)


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One exported chat: `member` is the chat's text inside a zip, None for a plain text. `size` in bytes."""

    path: Path
    member: str | None
    size: int

    @property
    def shown(self) -> str:
        """The file's name for messages to people: one line, whatever it holds."""
        return shown_name(self.path)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the chat's text for reading from its beginning.

        Raises SourceError when it cannot be opened or turns out to be damaged while it is read.
        """
        with ExitStack() as opened:
            try:
                stream = self._stream(opened)
            except _BAD_DIRECTORY as error:
                raise self._damaged() from error
            except OSError as error:
                raise unreadable(self.path, error) from error
            try:
                yield stream
            except _BAD_DATA as error:
                raise self._damaged() from error
            except OSError as error:
                raise unreadable(self.path, error) from error

    def _stream(self, opened: ExitStack) -> BinaryIO:
        if self.member is None:
            return opened.enter_context(self.path.open("rb"))
        archive = opened.enter_context(zipfile.ZipFile(self.path))
        member = opened.enter_context(archive.open(self.member))
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, member), _BUFFER))

    def _damaged(self) -> SourceError:
        return SourceError(f"{self.shown} is damaged: export the chat again.")


def unreadable(path: Path, error: OSError) -> SourceError:
    """What people are told of a file that the system does not let us read."""
    return SourceError(f"{shown_name(path)} cannot be read: {error.strerror or error}.")


def shown_name(path: Path) -> str:
    """A file's name in one line without invisible characters."""
    return "".join(sign for sign in path.name if sign.isprintable())[:120] or "the file"


def find_export(path: Path) -> ExportFile:
    """Find the chat's text in a file. Opens it, reads no message.

    Raises SourceError when the file cannot be opened or holds no chat.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"{shown_name(path)} is not a file: give a .txt or .zip of Export chat.")
        with path.open("rb") as file:
            if file.read(4) not in _ZIP_BEGINS:
                return ExportFile(path, None, status.st_size)
        with zipfile.ZipFile(path) as archive:
            return _in_archive(path, archive.infolist())
    except OSError as error:
        raise unreadable(path, error) from error
    except _BAD_DIRECTORY as error:
        raise SourceError(f"{shown_name(path)} is a damaged zip: export the chat again.") from error


def _in_archive(path: Path, members: list[zipfile.ZipInfo]) -> ExportFile:
    shown = shown_name(path)
    if len(members) > _MOST_MEMBERS:
        raise SourceError(f"{shown} holds over {_MOST_MEMBERS} files: this is no zip of Export chat.")
    texts = [member for member in members if _is_text(member.filename)]
    chats = [member for member in texts if _is_chat(member.filename)] or texts
    if len(chats) != 1:
        found = "no chat" if not chats else f"{len(chats)} texts that may be the chat"
        raise SourceError(f"{shown} holds {found}: give the .zip as WhatsApp made it, or the chat's .txt.")
    chat = chats[0]
    if chat.flag_bits & _ENCRYPTED:
        raise SourceError(f"{shown} is encrypted: unpack it and give the .txt.")
    if chat.compress_type not in _METHODS:
        raise SourceError(f"{shown} is packed in an unusual way: unpack it and give the .txt.")
    swollen = chat.file_size > _SUSPECT_SIZE and chat.file_size > _SUSPECT_RATIO * chat.compress_size
    if chat.file_size > LARGEST_CHAT or swollen:
        raise SourceError(f"{shown} would unpack to {chat.file_size:,} bytes: this is no chat.")
    return ExportFile(path, chat.filename, chat.file_size)


def _is_text(name: str) -> bool:
    return name.lower().endswith(".txt") and not name.startswith("__MACOSX/")


def _is_chat(name: str) -> bool:
    stem = PurePosixPath(name).stem
    return stem == IPHONE_STEM or title_in_file_name(stem) is not None
