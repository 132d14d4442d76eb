"""Who is who, durably: one person has one SenderId, however WhatsApp addresses them.

    {"v":1,"meet":["222@lid","49…@s.whatsapp.net"],"c":…}     an address, and perhaps another of that person
    {"v":1,"us":["49…@s.whatsapp.net","333@lid"],"c":…}       the account itself

The file holds what was learned, in that order, and is only appended to. Reading it is learning it again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nanie_actors.model import SenderId
from nanie_actors.storage.file_system import FileSystem, OsFileSystem
from nanie_actors.storage.lines import VERSION, BadLine, seal, unseal
from nanie_actors.whatsapp.live.addresses import person_address
from nanie_actors.whatsapp.live.journal import write_all
from nanie_actors.whatsapp.live.persons import Persons

_log = logging.getLogger(__name__)

_MEET: Final = "meet"
_US: Final = "us"


class People:
    """Gives everybody their SenderId. One thread at a time; only `save` and the constructor touch the disk.

    Addresses are JIDs as text, of any device; an empty one is an address that was not told.
    """

    def __init__(self, path: Path, files: FileSystem | None = None) -> None:
        """Read what earlier processes learned. Damage costs what it hit, and is logged. Raises OSError."""
        self._path = path
        self._files: FileSystem = files or OsFileSystem()
        self._persons = Persons()
        self._unsaved: list[bytes] = []
        self._length = 0  # of the file's whole lines
        self._named = self._files.exists(path)  # and its name is on the disk
        if self._named:
            self._read()
            self._settle()

    def resolve(self, sender: str, alt: str = "") -> SenderId:
        """The id of whoever this is; `alt` is their address of the other sort. Empty for nobody."""
        address, also = _told(sender, alt)
        if address:
            self._meet(address, also)
        return SenderId(self._persons.name_of(address))

    def known(self, address: str) -> SenderId:
        """The id of whoever this is, as far as is known; nothing is learned."""
        return SenderId(self._persons.name_of(person_address(address)))

    def learn(self, address: str, also: str) -> None:
        """Both addresses are one person's. Nothing is learned where one of them is not told."""
        one, other = _told(address, also)
        if other:
            self._meet(one, other)

    def ourselves(self, sender: str = "", alt: str = "") -> SenderId:
        """The id of the account itself, which just wrote from these addresses."""
        self._are_us(*_told(sender, alt))
        return SenderId(self._persons.account() or "")

    def we_are(self, *addresses: str) -> None:
        """The account's own addresses, as far as they are told."""
        own = [address for text in addresses if (address := person_address(text))]
        if own:
            self._are_us(own[0], "")
        for also in own[1:]:
            self._are_us(own[0], also)

    def is_us(self, address: str) -> bool:
        """Whether this is the account itself, as far as is known."""
        return self._persons.is_account(person_address(address))

    def save(self) -> None:
        """What was learned is on the disk on return; before any event that relies on it. Raises OSError.

        Then nothing is lost: what could not be written is written by the next call.
        """
        if not self._unsaved:
            return
        blob = b"".join(self._unsaved)
        self._append(blob)
        if not self._named:
            self._files.sync_folder(self._path.parent)
            self._named = True
        self._length += len(blob)
        self._unsaved.clear()

    def _append(self, blob: bytes) -> None:
        file = self._files.open_append(self._path)
        try:
            if file.size() > self._length:
                file.truncate(self._length)  # a line broken off, by a crash or by a full disk
            write_all(file.write, blob)
            file.sync()
        finally:
            file.close()

    def _settle(self) -> None:
        """See that what was read stays: an earlier process may have been killed before it synced."""
        self._append(b"")
        self._files.sync_folder(self._path.parent)

    def _meet(self, address: str, also: str) -> None:
        if self._persons.meet(address, also):
            self._keep(_MEET, address, also)

    def _are_us(self, address: str, also: str) -> None:
        if self._persons.are_us(address, also):
            self._keep(_US, address, also)

    def _keep(self, what: str, *addresses: str) -> None:
        self._unsaved.append(seal({"v": VERSION, what: [address for address in addresses if address]}))

    def _read(self) -> None:
        damaged = 0
        for line in self._lines():
            try:
                self._learn_again(line)
            except (BadLine, LookupError, TypeError, ValueError):
                damaged += 1
        if damaged:
            _log.error("%d lines about who is who are damaged: these persons may appear twice", damaged)

    def _learn_again(self, line: bytes) -> None:
        fields = unseal(line)
        if _US in fields:
            self._persons.are_us(*(fields[_US] or [""]))  # it wrote before it was known who it is
        else:
            self._persons.meet(*fields[_MEET])

    def _lines(self) -> Iterator[bytes]:
        """The whole lines of the file, one at a time: it may be far bigger than what it teaches."""
        rest = b""
        for chunk in self._files.chunks(self._path):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                self._length += len(line) + 1
                yield line
        if rest:
            _log.warning("the last line about who is who was broken off: %d bytes", len(rest))


def _told(sender: str, alt: str) -> tuple[str, str]:
    """Both addresses without devices, the one that is told first."""
    address, also = person_address(sender), person_address(alt)
    return (address, also) if address else (also, "")
