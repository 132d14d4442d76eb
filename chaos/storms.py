"""Every storm by name: what it does to a process, drawn from the seed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from chaos.blow import Blow, Ending, Pause, PauseKind
from chaos.orders import Action, Aim, Jump, Quota, Rule

Draw = Callable[[Random], Blow]

_KILLS: Sequence[Action] = ("kill-before", "kill-halfway", "kill-after")
SLEEPY = {"NANIE_GROUPS__PASSIVATE_AFTER_S": "0.15"}
"""Groups go to sleep and wake up all the time."""

_PATIENCE_S = 1.0
"""How long an aimed kill may take to be reached before the process is killed from outside."""


@dataclass(frozen=True, slots=True)
class Storm:
    """`share` of all kills; `what` for the table."""

    name: str
    what: str
    share: float
    draw: Draw
    flips_bits: bool = False
    """Not struck as drawn, but as `chaos.bits` does it."""


def _anywhere(random: Random) -> Blow:
    """Half of them while it starts and recovers, half while it works."""
    alive = random.random() < 0.5
    return Blow(
        after_s=random.uniform(0.0, 0.7) if alive else random.uniform(0.4, 1.6),
        alive=alive,
        replay_s=random.choice([None, 0.3, 0.8]),
        settings=random.choice([{}, SLEEPY]),
    )


def _aimed_at(*targets: tuple[str, str], latest: int, sleepy: bool = False) -> Draw:
    """Before, in or after one of the first `latest` calls of a kind on a kind of file."""

    def draw(random: Random) -> Blow:
        call, where = random.choice(targets)
        actions = _KILLS if call == "write" else ("kill-before", "kill-after")
        rule = Rule(call, where, random.randint(1, latest), random.choice(actions))
        settings = SLEEPY if sleepy else {}
        return Blow(
            rules=(rule,), after_s=_PATIENCE_S, replay_s=random.choice([None, 0.4]), settings=settings
        )

    return draw


def _at_place(*places: str, latest: int, sleepy: bool = False, crash_every: int = 0) -> Draw:
    def draw(random: Random) -> Blow:
        aim = Aim(random.choice(places), random.randint(1, latest), random.choice(["before", "after"]))
        return Blow(
            aim=aim,
            after_s=_PATIENCE_S,
            replay_s=random.choice([None, 0.4]),
            crash_every=crash_every,
            settings=SLEEPY if sleepy else {},
        )

    return draw


def _stops(random: Random) -> Blow:
    """SIGTERM, half of the times overtaken by kill -9."""
    endings: Sequence[Ending] = ("stop", "stop and kill", "stop and kill")
    return Blow(
        ending=random.choice(endings), after_s=random.uniform(0.0, 0.5), replay_s=random.choice([None, 0.5])
    )


def _full_disk(random: Random) -> Blow:
    quota = Quota(random.choice([0, 2_000, 20_000, 60_000]), random.choice([1, 4, 15]))
    return Blow(quota=quota, after_s=random.uniform(0.3, 1.6), ending=random.choice(["kill", "kill", "stop"]))


def _read_only_disk(random: Random) -> Blow:
    """Everything that would change the disk fails for a while."""
    nth, count = random.randint(1, 30), random.randint(3, 40)
    calls = ("write", "sync", "open_append", "open_new", "rename", "unlink", "truncate", "make_folder")
    rules = tuple(Rule(call, "*", nth, "EROFS", count) for call in calls)
    return Blow(rules=rules, after_s=random.uniform(0.3, 1.6))


def _broken_disk(random: Random) -> Blow:
    """Single calls fail, also reads."""
    calls = (
        "write",
        "sync",
        "sync_folder",
        "rename",
        "open_append",
        "open_new",
        "truncate",
        "read",
        "unlink",
    )
    files = ("*", "wal/*", "memory/*", "registry.jsonl", "mappings.json*", "cursors.json*")
    rules = tuple(
        Rule(random.choice(calls), random.choice(files), random.randint(1, 12), "EIO", random.randint(1, 4))
        for _ in range(random.randint(1, 4))
    )
    return Blow(rules=rules, after_s=random.uniform(0.3, 1.4))


def _slow_disk(random: Random) -> Blow:
    rule = Rule("sync", "*", 1, "wait", count=10_000, ms=random.choice([5, 30, 120]))
    return Blow(rules=(rule,), after_s=random.uniform(0.2, 1.5))


def _clock(random: Random) -> Blow:
    hours = 3_600_000
    jumps = tuple(
        Jump(random.randint(1, 200), random.randint(-48 * hours, 48 * hours))
        for _ in range(random.randint(1, 4))
    )
    return replace(_anywhere(random), jumps=jumps)


def _pauses(random: Random) -> Blow:
    choices: Sequence[Sequence[PauseKind]] = (("freeze",), ("deaf",), ("freeze", "deaf"))
    pauses = tuple(
        Pause(kind, random.uniform(0.0, 0.3), random.uniform(0.1, 0.6)) for kind in random.choice(choices)
    )
    return Blow(pauses=pauses, after_s=random.uniform(0.2, 1.2), growth=25)


def _both(random: Random) -> Blow:
    """What was answered last was never heard: the router sends those rows again."""
    return Blow(after_s=random.uniform(0.3, 1.0), forgets_s=random.uniform(0.05, 0.6), growth=6)


def _power(random: Random) -> Blow:
    """The plug, at random instants and in the middle of what must be in order."""
    if random.random() < 0.5:
        return replace(_anywhere(random), loses_power=True)
    targets = (("sync", "*"), ("rename", "*"), ("sync_folder", "*"), ("write", "*"), ("unlink", "*"))
    return replace(_aimed_at(*targets, latest=40, sleepy=True)(random), loses_power=True)


def _torn(random: Random) -> Blow:
    return replace(_anywhere(random), tears_log=True)


def _everything(random: Random) -> Blow:
    """Two storms at once."""
    first = random.choice(_MIXED)(random)
    second = random.choice(_MIXED)(random)
    return replace(
        first,
        rules=first.rules + second.rules,
        quota=first.quota or second.quota,
        jumps=first.jumps or second.jumps,
        pauses=first.pauses or second.pauses,
        crash_every=random.choice([0, 0, 25]),
        tears_log=first.tears_log or second.tears_log,
    )


_MIXED: tuple[Draw, ...] = (_anywhere, _stops, _full_disk, _broken_disk, _clock, _pauses, _torn, _slow_disk)

STORMS: tuple[Storm, ...] = (
    Storm("anywhere", "kill -9 at random instants", 70, _anywhere),
    Storm("append", "… in the shared log", 45, _aimed_at(("write", "wal/*"), ("sync", "wal/*"), latest=25)),
    Storm(
        "segment",
        "… when the shared log begins or drops a file",
        20,
        _aimed_at(("unlink", "wal/*"), ("open_append", "wal/*"), ("sync_folder", "wal"), latest=3),
    ),
    Storm(
        "snapshot",
        "… in a group's snapshot",
        45,
        _aimed_at(
            ("write", "memory/*"), ("sync", "memory/*"), ("truncate", "memory/*"), latest=30, sleepy=True
        ),
    ),
    Storm("rename", "… at a rename", 35, _aimed_at(("rename", "*"), latest=16, sleepy=True)),
    Storm(
        "mappings",
        "… in the map of conversations",
        35,
        _aimed_at(
            ("write", "registry.jsonl"), ("write", "mappings.json*"), ("rename", "mappings*"), latest=4
        ),
    ),
    Storm(
        "debts", "… in the push debts", 15, _aimed_at(("write", "cursors*"), ("rename", "cursors*"), latest=5)
    ),
    Storm("send", "… when a text goes to WhatsApp", 25, _at_place("send", latest=6)),
    Storm(
        "answer", "… at an answer or a push", 35, _at_place("reply", "push", "landed", "relink", latest=20)
    ),
    Storm(
        "passivation",
        "… when a group goes to sleep or wakes",
        35,
        _at_place("passivate", "drained", "recover", latest=6, sleepy=True),
    ),
    Storm(
        "restart",
        "… when a failed group starts again",
        25,
        _at_place("restart", "recover", "reread", latest=4, crash_every=12),
    ),
    Storm("stop", "SIGTERM, and kill -9 in the middle of it", 40, _stops),
    Storm(
        "extractor", "an extractor that fails, and kill -9", 20, _at_place("landed", latest=60, crash_every=6)
    ),
    Storm("full", "a full disk that is freed, and kill -9", 25, _full_disk),
    Storm("read-only", "a disk that is read-only for a while", 20, _read_only_disk),
    Storm("errors", "single I/O errors, and kill -9", 40, _broken_disk),
    Storm("slow", "a slow disk, and kill -9", 12, _slow_disk),
    Storm("clock", "a wall clock that jumps, and kill -9", 20, _clock),
    Storm("frozen", "SIGSTOP, or a parent that does not read", 20, _pauses),
    Storm("parent", "the parent ends with it, its last answers unheard", 30, _both),
    Storm("power", "the plug: what was not synced is gone", 70, _power),
    Storm("torn", "kill -9, and a torn end of the log", 25, _torn),
    Storm("bit", "a flipped bit in a group's file", 12, _anywhere, flips_bits=True),
    Storm("everything", "two of these at once", 55, _everything),
)


def kills_of_each(storms: Sequence[Storm], kills: int) -> Mapping[str, int]:
    """How many processes each of these storms takes: its share of all, one at least."""
    whole = sum(storm.share for storm in storms)
    return {storm.name: max(1, round(kills * storm.share / whole)) for storm in storms}
