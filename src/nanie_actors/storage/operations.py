"""What can be queued on a lane, and the pure decision how a queue of it is carried out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nanie_actors.storage.disk import Done


@dataclass(frozen=True, slots=True)
class Append:
    """Add to the end of a file."""

    path: Path
    data: bytes
    done: Done


@dataclass(frozen=True, slots=True)
class Replace:
    """Give a file new content."""

    path: Path
    data: bytes
    done: Done


@dataclass(frozen=True, slots=True)
class Truncate:
    """Cut a file."""

    path: Path
    length: int
    done: Done


@dataclass(frozen=True, slots=True)
class Rename:
    """Move a file within its folder."""

    path: Path
    target: Path
    done: Done


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a file or a folder tree."""

    path: Path
    done: Done


@dataclass(frozen=True, slots=True)
class Barrier:
    """Do nothing, in its turn."""

    done: Done


Operation = Append | Replace | Truncate | Rename | Remove | Barrier


@dataclass(frozen=True, slots=True)
class JoinedAppend:
    """Appends to one path that share one write and one flush."""

    path: Path
    parts: list[Append]

    @property
    def data(self) -> bytes:
        """What is written, as one piece."""
        return self.parts[0].data if len(self.parts) == 1 else b"".join(part.data for part in self.parts)


Step = JoinedAppend | Replace | Truncate | Rename | Remove | Barrier


def plan(queue: Iterable[Operation]) -> Iterator[Step]:
    """The steps that carry out a queue: neighbouring appends are joined by path, all else keeps its turn."""
    run: dict[Path, JoinedAppend] = {}
    for operation in queue:
        if isinstance(operation, Append):
            run.setdefault(operation.path, JoinedAppend(operation.path, [])).parts.append(operation)
            continue
        yield from run.values()
        run = {}
        yield operation
    yield from run.values()
