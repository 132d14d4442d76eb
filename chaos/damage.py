"""What an accident leaves in the files of a worker that does not run: a torn end, a flipped bit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random


def tear_the_log(state: Path, random: Random) -> None:
    """The last write to the shared log was cut off: its beginning, blocks that were never filled, or both.

    Nobody was told of that write: what was there before is left as it was.
    """
    segments = sorted((state / "wal").glob("*.log"))
    if not segments:
        return
    started = json.dumps({"v": 1, "g": "120363000000000001@g.us", "s": 1, "k": "message", "t": 1}).encode()
    piece = started[: random.randint(1, len(started) - 1)]
    blank = bytes(random.randint(1, 5_000))
    noise = random.randbytes(random.randint(1, 600)).replace(b"\n", b"?")
    with segments[-1].open("ab") as file:
        file.write(random.choice([piece, blank, piece + blank, noise]))


@dataclass(frozen=True, slots=True)
class Flip:
    """One bit of a file; flipped twice it is as it was."""

    path: Path
    offset: int
    bit: int

    def flip(self) -> None:
        """Flip it."""
        with self.path.open("r+b") as file:
            file.seek(self.offset)
            (value,) = file.read(1)
            file.seek(self.offset)
            file.write(bytes([value ^ 1 << self.bit]))


def choose_bit(state: Path, group: str, random: Random) -> Flip | None:
    """A bit in one of a group's own files; None if it has none."""
    files = [path for path in sorted((state / "memory" / group).iterdir()) if path.stat().st_size]
    if not files:
        return None
    path = random.choice(files)
    return Flip(path, random.randrange(path.stat().st_size), random.randrange(8))
