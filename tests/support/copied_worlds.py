"""A state directory on a simulated disk, written by a model of the worker while it is copied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from disks import GROUP_A, GROUP_B, STATE, line

from nanie_actors.backup.copying import StateCopy
from nanie_actors.model import ConversationId, EpochMs, GroupId, RowId
from nanie_actors.storage.disk import Disk, DiskError, DiskOk, DiskResult, Lane
from nanie_actors.storage.group_files import GroupFiles, SnapshotData
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.mappings import Mapping, MappingChange, MappingsStore
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.storage.seen import pack_keys
from nanie_actors.storage.shared_log import SharedLog
from nanie_actors.storage.state_cut import StateCut, take_cut

LAYOUT = StateLayout(STATE)
GROUPS = (GROUP_A, GROUP_B)
SEGMENT_BYTES = 600
KEPT = 3
WHO = ConversationId("anna")


class WrittenGroup:
    """Writes behind the log as a GroupActor does. Its n-th record is its n-th event, message and seen key."""

    def __init__(self, disk: Disk, log: SharedLog, group: GroupId) -> None:
        self._log = log
        self._group = group
        self._files = GroupFiles(disk, LAYOUT.memory(group), group)
        stored = self._files.load()
        self.given = self.accepted = self._journaled = self._snapshotted = stored.last_seq
        self._busy = False

    def append(self, count: int) -> None:
        """Records into the log."""
        first, self.given = self.given + 1, self.given + count
        last = self.given

        def done(result: DiskResult) -> None:
            assert isinstance(result, DiskOk)
            self.accepted = last

        self._log.append(self._group, [line(self._group, seq) for seq in range(first, last + 1)], done)

    def journal(self) -> None:
        """What was accepted, into the journal."""
        fresh = [line(self._group, seq) for seq in range(self._journaled + 1, self.accepted + 1)]
        self._journaled = self.accepted
        if fresh:
            self._files.journal(fresh, self._behind(self.accepted))

    def snapshot(self, *, rewrite: bool) -> None:
        """A snapshot of what was accepted, now and then with a message log written anew."""
        if self._busy or self.accepted == self._snapshotted:
            return
        self._busy, seq = True, self.accepted
        self._journaled = max(self._journaled, seq)
        behind = self._behind(seq)

        def done(result: DiskResult) -> None:
            self._busy, self._snapshotted = False, seq
            behind(result)

        self._files.snapshot(self._data(seq, rewrite=rewrite), done)

    def _data(self, seq: int, *, rewrite: bool) -> SnapshotData:
        new = range(self._snapshotted + 1, seq + 1)
        kept = range(max(0, seq - KEPT) + 1, seq + 1)
        return SnapshotData(
            timeline=orjson.dumps([{"id": number} for number in range(1, seq + 1)]),
            meta=orjson.dumps({"format": 1, "seq": seq}),
            new_messages=b"" if rewrite else _messages(new),
            new_seen=pack_keys(new),
            messages_rewritten=_messages(kept) if rewrite else None,
            journal_after_seq=seq,
        )

    def _behind(self, seq: int) -> Callable[[DiskResult], None]:
        def done(result: DiskResult) -> None:
            assert isinstance(result, DiskOk)
            self._log.caught_up(self._group, seq)

        return done


def _messages(numbers: range) -> bytes:
    return b"".join(orjson.dumps({"id": number}) + b"\n" for number in numbers)


class World:
    """All that is written, a step at a time; `play` takes one step of a script."""

    def __init__(self) -> None:
        self.disk = MemoryDisk(STATE)
        self.log = SharedLog.open(self.disk, LAYOUT.wal, segment_bytes=SEGMENT_BYTES)
        self.groups = {group: WrittenGroup(self.disk, self.log, group) for group in GROUPS}
        self.store = MappingsStore(self.disk, LAYOUT.mappings, LAYOUT.registry_log)
        self.store.load()
        self.links_given = self.links_saved = 0

    def play(self, verb: str, number: int) -> None:
        group = self.groups[GROUPS[number % 2]]
        match verb:
            case "append":
                group.append(1 + number // 2)
            case "journal":
                group.journal()
            case "snapshot" | "rewrite":
                group.snapshot(rewrite=verb == "rewrite")
            case "link":
                self._link()
            case "commit":
                self.disk.run_batch(Lane.COMMIT)
            case "bulk":
                self.disk.run_one(Lane.BULK)
            case _:
                self.disk.run()

    def _link(self) -> None:
        self.links_given += 1
        number = self.links_given

        def saved(result: DiskResult) -> None:
            assert isinstance(result, DiskOk)
            self.links_saved = number

        mapping = Mapping(GROUPS[number % 2], f"{number}", EpochMs(number))
        self.store.save([MappingChange(RowId(f"row {number}"), WHO, mapping, EpochMs(number))], saved)


class WatchedState:
    """Implements backup.source.StateSource as a worker does, and notes what was durable at the cut."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._hold = world.log.hold()
        self.accepted: dict[GroupId, int] = {}
        self.links = (0, 0)

    def cut(self) -> StateCut:
        world, taken = self._world, list[StateCut | DiskError]()

        def done(cut: StateCut | DiskError) -> None:
            self.accepted = {group: written.accepted for group, written in world.groups.items()}
            self.links = (world.links_saved, world.links_given)
            taken.append(cut)

        take_cut(world.disk, LAYOUT, world.log, done)
        while not taken:
            world.disk.run_one(Lane.BULK)
        assert isinstance(taken[0], StateCut)
        return taken[0]

    def end(self) -> str | None:
        self._world.log.let_go(self._hold)
        return self._hold.broken


class Interleaved(MemoryFiles):
    """The simulated kernel as the copying sees it: before each of its calls the worker goes on."""

    def __init__(self, files: MemoryFiles, go_on: Callable[[], None]) -> None:
        self.__dict__.update(files.__dict__)
        self._go_on = go_on

    def read(self, path: Path) -> bytes:
        self._go_on()
        return super().read(path)

    def listdir(self, path: Path) -> list[str]:
        self._go_on()
        return super().listdir(path)

    def exists(self, path: Path) -> bool:
        self._go_on()
        return super().exists(path)


def copy_of(files: MemoryFiles, source: Any) -> StateCopy:
    return StateCopy(files, LAYOUT, source, None)


def laid_down(copied: dict[str, bytes]) -> MemoryDisk:
    """A disk that holds what was copied, and nothing else."""
    disk = MemoryDisk(STATE)
    for path, content in copied.items():
        folder = STATE
        for part in Path(path).parts[:-1]:
            folder /= part
            if not disk.files.exists(folder):
                disk.files.make_folder(folder)
        disk.files.open_new(STATE / path).write(content)
    return disk
