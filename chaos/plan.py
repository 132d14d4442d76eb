"""What a run consists of: the chapters of every storm, and the negative controls. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from chaos.blow import Blow
from chaos.chapter import Chapter
from chaos.storms import SLEEPY, STORMS, kills_of_each

FULL_KILLS = 600
"""At least 500 of them are kills; the rest are stops, which some storms have."""

QUICK_KILLS = 24

_QUICK = ("anywhere", "append", "power")
_QUICK_CONTROLS = ("dedupe",)

_A_CHAPTER = 20
"""Processes on one state directory: timelines stay short enough to be shown whole every time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Chapters in which nothing may be found, and controls in which something must be."""

    chapters: tuple[Chapter, ...]
    controls: tuple[Chapter, ...]

    @property
    def processes(self) -> int:
        """How many are going to be struck."""
        return sum(chapter.processes for chapter in (*self.chapters, *self.controls))


@dataclass(frozen=True, slots=True)
class Control:
    """A mechanism that is switched off, and the weather in which that must show."""

    name: str
    what: str
    switched_off: str
    processes: int
    blow: Blow
    twins: bool = False

    def draw(self, random: Random) -> Blow:
        """The same weather for each process, whatever the seed."""
        del random
        return self.blow


CONTROLS: tuple[Control, ...] = (
    Control(
        "no sync",
        "nothing is synced, and the plug is pulled",
        "sync",
        4,
        Blow(after_s=0.5, loses_power=True),
    ),
    Control(
        "no dedupe",
        "every message and row is new",
        "dedupe",
        2,
        Blow(after_s=0.4, repeat=1.0),
    ),
    Control(
        "two writers",
        "no lock on the directory, and two workers",
        "lock",
        4,
        Blow(after_s=0.8),
        twins=True,
    ),
    Control(
        "no hand-over",
        "leases are said to be given back, and are not",
        "handover",
        3,
        Blow(ending="stop", after_s=1.5, growth=40, replay_s=1.5, settings=SLEEPY),
    ),
)


def names() -> list[str]:
    """What `--only` chooses from."""
    return [*(storm.name for storm in STORMS), *(control.name for control in CONTROLS)]


def plan(seed: int, kills: int, *, quick: bool, only: str | None) -> Plan:
    """All chapters of a run. What `only` names has the size that it has in the whole run."""
    storms = [storm for storm in STORMS if not quick or storm.name in _QUICK]
    controls = [control for control in CONTROLS if not quick or control.switched_off in _QUICK_CONTROLS]
    sizes = kills_of_each(storms, kills)
    return Plan(
        tuple(
            Chapter(storm.name, number, seed, processes, storm.draw, flips_bits=storm.flips_bits)
            for storm in storms
            if only in (None, storm.name)
            for number, processes in enumerate(_parts(sizes[storm.name]))
        ),
        tuple(
            Chapter(
                control.name,
                0,
                seed,
                control.processes,
                control.draw,
                (control.switched_off,),
                control.twins,
            )
            for control in controls
            if only in (None, control.name)
        ),
    )


def _parts(processes: int) -> Sequence[int]:
    """As few chapters as can be, of about the same length."""
    count = -(-processes // _A_CHAPTER)
    return [processes // count + (number < processes % count) for number in range(count)]
