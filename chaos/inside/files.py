"""The worker's file system edge with faults in it: the same calls, struck as ordered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chaos.inside.strikes import Strikes
from nanie_actors.storage.file_system import FileSystem, OpenFile


class StruckFile:
    """An open file whose calls may fail, or be the last."""

    def __init__(self, inner: OpenFile, strikes: Strikes, where: str) -> None:
        self._inner = inner
        self._strikes = strikes
        self._where = where

    def size(self) -> int:
        return self._inner.size()

    def write(self, data: bytes | memoryview) -> int:
        with self._strikes.around("write", self._where) as rule:
            half = rule is not None and rule.action == "kill-halfway"
            length = len(data) // 2 if half else len(data)
            return self._inner.write(data[: self._strikes.room_for(length)])

    def sync(self) -> None:
        with self._strikes.around("sync", self._where):
            self._inner.sync()

    def truncate(self, length: int) -> None:
        with self._strikes.around("truncate", self._where):
            self._inner.truncate(length)

    def close(self) -> None:
        self._inner.close()


class StruckFileSystem:
    """A FileSystem over another one. Rules name paths relative to `root`, the state directory."""

    def __init__(self, inner: FileSystem, strikes: Strikes, root: Path) -> None:
        self._inner = inner
        self._strikes = strikes
        self._root = root

    def open_append(self, path: Path) -> StruckFile:
        where = self._where(path)
        with self._strikes.around("open_append", where):
            return StruckFile(self._inner.open_append(path), self._strikes, where)

    def open_new(self, path: Path) -> StruckFile:
        where = self._where(path)
        with self._strikes.around("open_new", where):
            return StruckFile(self._inner.open_new(path), self._strikes, where)

    def make_folder(self, path: Path) -> None:
        with self._strikes.around("make_folder", self._where(path)):
            self._inner.make_folder(path)

    def sync_folder(self, path: Path) -> None:
        with self._strikes.around("sync_folder", self._where(path)):
            self._inner.sync_folder(path)

    def rename(self, path: Path, target: Path) -> None:
        with self._strikes.around("rename", self._where(target)):
            self._inner.rename(path, target)

    def unlink(self, path: Path) -> None:
        with self._strikes.around("unlink", self._where(path)):
            self._inner.unlink(path)

    def remove_tree(self, path: Path) -> None:
        with self._strikes.around("remove_tree", self._where(path)):
            self._inner.remove_tree(path)

    def is_folder(self, path: Path) -> bool:
        return self._inner.is_folder(path)

    def exists(self, path: Path) -> bool:
        return self._inner.exists(path)

    def size(self, path: Path) -> int:
        return self._inner.size(path)

    def listdir(self, path: Path) -> list[str]:
        with self._strikes.around("listdir", self._where(path)):
            return self._inner.listdir(path)

    def folders_with(self, path: Path, name: str) -> list[str]:
        with self._strikes.around("listdir", self._where(path)):
            return self._inner.folders_with(path, name)

    def read(self, path: Path) -> bytes:
        with self._strikes.around("read", self._where(path)):
            return self._inner.read(path)

    def chunks(self, path: Path) -> Iterator[bytes]:
        with self._strikes.around("read", self._where(path)):
            return self._inner.chunks(path)

    def tail(self, path: Path, offset: int) -> bytes:
        with self._strikes.around("read", self._where(path)):
            return self._inner.tail(path, offset)

    def _where(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else path.name
