"""Whatever is done to the shared log, wherever it ends: what was told durable is there, without a hole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from errno import EIO, ENOSPC
from random import Random

from disks import GROUP_A, GROUP_B, STATE, line
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nanie_actors.model import GroupId
from nanie_actors.storage.accidents import Cut
from nanie_actors.storage.disk import DiskOk, DiskResult, Lane
from nanie_actors.storage.lines import decode_line
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.retained import Tail
from nanie_actors.storage.shared_log import SharedLog

WAL = STATE / "wal"
GROUPS = (GROUP_A, GROUP_B, GroupId("3f2b8c1e-5d4a-4b6f-9c7d-8e9f0a1b2c3d"))

Op = tuple[str, int]
VERBS = ("append", "append", "append", "run", "caught_up", "fail", "tail")
ops = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 8)), max_size=30)


class Writer:
    """A group as the log sees it: it appends in order, and after a failure again what failed."""

    def __init__(self, log: SharedLog, group: GroupId, start: int) -> None:
        self.log = log
        self.group = group
        self.next = start + 1
        self.acknowledged = start
        self.attempted = start
        self.own_files = start

    def append(self, count: int) -> None:
        numbers = range(self.next, self.next + count)
        self.next += count
        self.attempted = max(self.attempted, self.next - 1)
        self.log.append(self.group, [line(self.group, seq) for seq in numbers], self._told(numbers))

    def catch_up(self, back: int) -> None:
        self.own_files = max(self.own_files, self.acknowledged - back)
        self.log.caught_up(self.group, self.own_files)

    def _told(self, numbers: range) -> Callable[[DiskResult], None]:
        def done(result: DiskResult) -> None:
            if isinstance(result, DiskOk):
                assert numbers[0] == self.acknowledged + 1
                self.acknowledged = numbers[-1]
            else:
                self.next = min(self.next, numbers[0])

        return done


class Story:
    """Some life of a log, over several runs of the worker."""

    def __init__(self) -> None:
        self.disk = MemoryDisk(STATE)
        self.writers: dict[GroupId, Writer] = {}

    def start(self) -> None:
        """A new run: every group recovers from the tail, as a restarted group would."""
        log = SharedLog.open(self.disk, WAL, segment_bytes=600, max_segments=2)
        assert log.damaged == []
        before, self.writers = self.writers, {}
        for group in GROUPS:
            got: list[Tail] = []
            log.tail(group, got.append)
            self.disk.run()
            last = self._check(group, [decode_line(raw).seq for raw in got[0]], before.get(group))
            self.writers[group] = Writer(log, group, last)
            if group in before:
                self.writers[group].own_files = before[group].own_files

    def _check(self, group: GroupId, found: list[int], before: Writer | None) -> int:
        if before is None:
            return 0
        newer = [seq for seq in found if seq > before.own_files]
        assert found == sorted(set(found))
        assert newer == list(range(before.own_files + 1, before.own_files + 1 + len(newer))), group
        last = newer[-1] if newer else before.own_files
        assert before.acknowledged <= last <= before.attempted
        return last

    def play(self, script: list[Op]) -> None:
        for verb, number in script:
            writer = self.writers[GROUPS[number % 3]]
            match verb:
                case "append":
                    writer.append(1 + number // 3)
                case "run":
                    self.disk.run_batch(Lane.COMMIT)
                case "caught_up":
                    writer.catch_up(number % 2)
                case "fail":
                    call = ("write", "sync", "open_append", "sync_folder")[number % 4]
                    self.disk.files.fail(call, (ENOSPC, EIO)[number % 2], taken=number * 20)
                case _:
                    writer.log.tail(writer.group, lambda _: None)
        self.disk.run()


@settings(max_examples=150, deadline=None)
@given(
    scripts=st.lists(ops, min_size=1, max_size=3),
    cuts=st.lists(st.integers(0, 40), min_size=3, max_size=3),
    power=st.lists(st.booleans(), min_size=3, max_size=3),
    seed=st.integers(0, 2**32),
)
@example(scripts=[[("append", 8), ("run", 0), ("append", 0)]], cuts=[9, 0, 0], power=[True] * 3, seed=1)
def test_after_any_accident_the_log_has_what_was_acknowledged_and_no_hole(
    scripts: list[list[Op]], cuts: list[int], power: list[bool], seed: int
) -> None:
    random = Random(seed)
    story = Story()
    story.start()
    for script, cut, power_lost in zip(scripts, cuts, power, strict=False):
        story.disk.files.cut_after(cut, choose=lambda most: random.randint(0, most))
        with suppress(Cut):
            story.play(script)
        story.disk.files.heal()
        if power_lost:
            story.disk.power_loss(lambda most: random.randint(0, most))
        else:
            story.disk.kill()
        story.start()


@settings(max_examples=100, deadline=None)
@given(bit=st.integers(0, 2**20), seed=st.integers(0, 2**32))
def test_a_flipped_bit_costs_nothing_but_the_lines_it_hits(bit: int, seed: int) -> None:
    """Every line that was not hit is still there, and a group with a hole can tell."""
    random = Random(seed)
    disk = MemoryDisk(STATE)
    log = SharedLog.open(disk, WAL, segment_bytes=900)
    for seq in range(1, 11):
        for group in GROUPS:
            log.append(group, [line(group, seq)], lambda _: None)
        if random.random() < 0.5:
            disk.run()
    disk.run()
    disk.kill()
    hit = flip(disk, bit)

    log = SharedLog.open(disk, WAL)

    for group in GROUPS:
        got: list[Tail] = []
        log.tail(group, got.append)
        disk.run()
        whole = {line(group, seq) for seq in range(1, 11)}
        assert set(got[0]) <= whole
        assert whole - set(got[0]) <= hit
    assert log.damaged


def flip(disk: MemoryDisk, bit: int) -> set[bytes]:
    """Flip a bit of the log's files; the lines that were hit: a wrong newline hits two."""
    names = disk.listdir(WAL)
    path = WAL / names[bit % len(names)]
    blob = bytearray(disk.read(path) or b"")
    at = (bit // 8) % len(blob)
    start = blob.rfind(b"\n", 0, at) + 1
    pieces = bytes(blob[start:]).splitlines(keepends=True)
    count = 2 if blob[at] == ord("\n") else 1
    blob[at] ^= 1 << (bit % 8)
    disk.replace(path, bytes(blob), lane=Lane.COMMIT, done=lambda _: None)
    disk.run()
    return set(pieces[:count])
