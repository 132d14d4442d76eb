"""Carries out the operations of one lane by calls on a file system. Not thread-safe: one lane, one thread."""

from __future__ import annotations

import logging
import os
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from errno import ENOSPC
from pathlib import Path
from typing import Final

from nanie_actors.storage.disk import DiskError, DiskOk, DiskResult, Done
from nanie_actors.storage.file_system import FileSystem, OpenFile
from nanie_actors.storage.folders import Folders
from nanie_actors.storage.operations import (
    Barrier,
    JoinedAppend,
    Operation,
    Remove,
    Rename,
    Replace,
    Step,
    Truncate,
    plan,
)

log = logging.getLogger(__name__)

OPEN_FILES = 64
"""Files kept open for further appends in a lane: far below the usual limit of 1,024 descriptors."""

TEMPORARY = ".tmp"
"""Ends the name of a file that is to take another's place. One that is found at start is a leftover."""

CLOSED: Final = DiskError("the disk was closed: the worker is stopping")
"""What operations are told that come after the disk was closed."""

_OK: Final = DiskOk()


@dataclass(slots=True)
class _Opened:
    """A file open for appending; `good` is the length that is known to be whole."""

    file: OpenFile
    good: int


class LaneWorker:
    """Turns operations into system calls and their outcomes into results; nothing escapes as an exception."""

    def __init__(self, files: FileSystem) -> None:
        self._files = files
        self._folders = Folders(files)
        self._steps: deque[Step] = deque()
        self._following: list[Operation] | None = None
        self._opened: OrderedDict[Path, _Opened] = OrderedDict()
        # The good length of each file that could not be cut back to it yet.
        self._spoilt: dict[Path, int] = {}

    def run(self, queue: Iterable[Operation]) -> None:
        """Carry out a queue in order; each operation is told its outcome as soon as it has one."""
        self._steps.extend(plan(queue))
        while self._steps:
            step = self._steps.popleft()
            result = self._result(step)
            following: list[Operation] = []
            self._following = following
            for part in step.parts if isinstance(step, JoinedAppend) else (step,):
                tell(part.done, result)
            self._steps.extendleft(reversed(list(plan(following))))
            self._following = None

    def follow(self, operation: Operation) -> bool:
        """Do this right after the operation that is just being told; False if none is."""
        if self._following is None:
            return False
        self._following.append(operation)
        return True

    def close(self) -> None:
        """Cut back what was left half written, if that works now, and close all files."""
        for path in list(self._spoilt):
            self._cut_back(path)
        while self._opened:
            self._opened.popitem()[1].file.close()

    def _result(self, step: Step) -> DiskResult:
        try:
            self._perform(step)
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                self._folders.forget()  # somebody removed what we made: look again next time
            what = type(step).__name__.removeprefix("Joined").lower()
            return DiskError(f"{what} failed: {error.strerror or error}", error.errno)
        except Exception:
            # Nothing here is expected to get so far; but a lane that ends would leave everybody waiting.
            log.exception("a fault in the disk's own code")
            return DiskError("the operation failed by a fault of the worker's; its log says more")
        return _OK

    def _perform(self, step: Step) -> None:
        match step:
            case JoinedAppend():
                self._append(step.path, step.data)
            case Replace(path, data):
                self._replace(path, data)
            case Truncate(path, length):
                self._truncate(path, length)
            case Rename(path, target):
                self._rename(path, target)
            case Remove(path):
                self._remove(path)
            case Barrier():
                pass

    def _append(self, path: Path, data: bytes) -> None:
        if not data and not self._files.exists(path):
            return
        if path in self._spoilt and not self._cut_back(path):
            raise OSError(None, f"{path.name} holds half-written data that cannot be cut off yet")
        opened = self._open(path)
        self._spoilt[path] = opened.good
        try:
            _write_all(opened.file, data)
            opened.file.sync()
        except OSError:
            self._cut_back(path)
            raise
        opened.good += len(data)
        del self._spoilt[path]

    def _cut_back(self, path: Path) -> bool:
        try:
            opened = self._open(path)
            opened.file.truncate(self._spoilt[path])
            opened.file.sync()
        except OSError as error:
            log.warning("%s: half-written data cannot be cut off yet: %s", path.name, error.strerror)
            return False
        opened.good = self._spoilt.pop(path)
        return True

    def _open(self, path: Path) -> _Opened:
        opened = self._opened.get(path)
        if opened is None:
            self._folders.ensure(path.parent)
            new = not self._files.exists(path)
            file = self._files.open_append(path)
            try:
                opened = _Opened(file, file.size())
                if new or opened.good == 0:
                    self._folders.sync(path.parent)
                else:
                    self._folders.sync_once(path.parent)
            except OSError:
                file.close()
                raise
            self._opened[path] = opened
            if len(self._opened) > OPEN_FILES:
                self._opened.popitem(last=False)[1].file.close()
        self._opened.move_to_end(path)
        return opened

    def _replace(self, path: Path, data: bytes) -> None:
        self._folders.ensure(path.parent)
        temporary = path.with_name(path.name + TEMPORARY)
        try:
            file = self._files.open_new(temporary)
            try:
                _write_all(file, data)
                file.sync()
            finally:
                file.close()
            self._forget(path)
            self._files.rename(temporary, path)
        except OSError:
            self._try_unlink(temporary)
            raise
        self._folders.sync(path.parent)

    def _rename(self, path: Path, target: Path) -> None:
        if self._files.exists(path) or not self._files.exists(target):
            self._forget(path)
            self._forget(target)
            self._files.rename(path, target)
        self._folders.sync(path.parent)

    def _truncate(self, path: Path, length: int) -> None:
        if not self._files.exists(path) or self._files.size(path) <= length:
            return
        opened = self._open(path)
        opened.file.truncate(length)
        opened.good = length
        self._spoilt.pop(path, None)
        opened.file.sync()

    def _remove(self, path: Path) -> None:
        if self._files.is_folder(path):
            for inside in [opened for opened in self._opened if opened.is_relative_to(path)]:
                self._forget(inside)
            self._folders.remove(path)
        elif self._files.exists(path):
            self._forget(path)
            self._files.unlink(path)
        # Also when it is missing: whoever removed it may have been killed before that was on the disk.
        if self._files.is_folder(path.parent):
            self._folders.sync(path.parent)

    def _forget(self, path: Path) -> None:
        self._spoilt.pop(path, None)
        if opened := self._opened.pop(path, None):
            opened.file.close()

    def _try_unlink(self, path: Path) -> None:
        try:
            self._files.unlink(path)
        except OSError as error:
            log.debug("%s is left over: %s", path.name, error.strerror)


def tell(done: Done, result: DiskResult) -> None:
    """Tell an outcome; a callback that fails must not end the lane that serves everyone."""
    try:
        done(result)
    except Exception:
        log.exception("the callback of a disk operation failed")


def _write_all(file: OpenFile, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        taken = file.write(rest)
        if taken <= 0:
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        rest = rest[taken:]
