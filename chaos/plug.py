"""Pulls the plug on a process that was killed: takes back what it wrote and never synced, as seeded.

What can be left after a loss of power: of each file any length between what was synced and what was written,
with blocks of zeros where data was not written yet; of each folder the names as they were after some change
since it was synced last; a cut that was not synced may not have happened.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

NOTES = "unsynced.jsonl"

Note = Mapping[str, Any]


@dataclass(slots=True)
class Pulled:
    """How much was taken back, for the table."""

    bytes: int = 0
    names: int = 0


@dataclass(slots=True)
class _Unsynced:
    """What the notes say: the length on disk by inode, cuts not synced, changes of names by folder."""

    lengths: dict[int, int]
    cuts: dict[int, list[Note]] = field(default_factory=dict)
    names: dict[str, list[tuple[int, Note]]] = field(default_factory=dict)


def settled_lengths(root: Path) -> dict[int, int]:
    """The files of a state directory that nobody writes to: all of each is on the disk."""
    stats = [path.stat() for path in root.rglob("*") if path.is_file()]
    return {stat.st_ino: stat.st_size for stat in stats}


def pull_the_plug(root: Path, folder: Path, before: Mapping[int, int], random: Random) -> Pulled:
    """Undo what was not synced since `before`, the lengths when the process started; empties `folder`."""
    pulled = Pulled()
    unsynced = _read(folder, before)
    _undo_names(unsynced, random, pulled)
    for path in sorted(root.rglob("*")):
        if path.is_file():
            _tear(path, unsynced, random, pulled)
    for left in folder.iterdir():
        left.unlink()
    return pulled


def _read(folder: Path, before: Mapping[int, int]) -> _Unsynced:
    found = _Unsynced(dict(before))
    path = folder / NOTES
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines):
        note = json.loads(line)
        match note["op"]:
            case "synced":
                found.lengths[note["inode"]] = note["length"]
                found.cuts.pop(note["inode"], None)
            case "cut":
                inode, length = note["inode"], note["length"]
                found.lengths[inode] = min(found.lengths.get(inode, 0), length)
                found.cuts.setdefault(inode, []).append(note)
            case "names":
                found.names.pop(note["path"], None)
            case op:
                if op == "made":
                    found.lengths[note["inode"]] = 0
                found.names.setdefault(os.path.dirname(note["path"]), []).append((number, note))
    return found


def _undo_names(unsynced: _Unsynced, random: Random, pulled: Pulled) -> None:
    """Of each folder, keep some of the changes since it was synced, in order; undo the rest backwards."""
    undone: list[tuple[int, Note]] = []
    for folder in sorted(unsynced.names):
        changes = unsynced.names[folder]
        undone += changes[random.randint(0, len(changes)) :]
    for _, note in sorted(undone, key=lambda numbered: numbered[0], reverse=True):
        if _undo(note):
            pulled.names += 1


def _undo(note: Note) -> bool:
    """Take one change back; False if the process was killed between noting and making it."""
    path = Path(note["path"])
    match note["op"]:
        case "made":
            there = path.exists() and path.stat().st_ino == note["inode"]
            path.unlink(missing_ok=True) if there else None
            return there
        case "folder":
            shutil.rmtree(path, ignore_errors=True)
            return True
        case "unlinked":
            if path.exists() or note["kept"] is None:
                return False
            os.link(note["kept"], path)
            return True
        case _:
            target = Path(note["target"])
            if path.exists() or not target.exists():
                return False
            target.rename(path)
            if note["kept"] is not None:
                os.link(note["kept"], target)
            return True


def _tear(path: Path, unsynced: _Unsynced, random: Random, pulled: Pulled) -> None:
    stat = path.stat()
    settled = unsynced.lengths.get(stat.st_ino)
    if settled is None:
        return  # the lock, the socket: nothing of theirs has to last
    if stat.st_size > settled:
        kept = random.randint(settled, stat.st_size)
        pulled.bytes += stat.st_size - kept
        os.truncate(path, kept)
        if kept > settled and random.random() < 0.5:
            _blank(path, random.randint(settled, kept - 1), kept)
    elif (cuts := unsynced.cuts.get(stat.st_ino)) and random.random() < 0.5:
        with path.open("ab") as file:
            for cut in reversed(cuts):
                file.write(base64.b64decode(cut["tail"]))


def _blank(path: Path, start: int, end: int) -> None:
    """The length is on the disk, this part of the data is not."""
    with path.open("r+b") as file:
        file.seek(start)
        file.write(bytes(end - start))
