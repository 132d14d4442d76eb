"""A part of a storm on one state directory: some processes, the calm after them, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from chaos.bits import flip_bits
from chaos.blow import Blow
from chaos.calm import Calm
from chaos.encounter import Encounter
from chaos.findings import Finding
from chaos.reading import read_json_lines
from chaos.stage import Stage

Draw = Callable[[Random], Blow]


class Misfit(Exception):
    """The shims do not fit the worker's source: nothing that was seen means anything."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is to be done. `twins`: two workers at a time on one state directory."""

    storm: str
    number: int
    seed: int
    processes: int
    draw: Draw
    switched_off: tuple[str, ...] = ()
    twins: bool = False
    flips_bits: bool = False

    @property
    def key(self) -> str:
        """What its random choices are drawn from."""
        return f"{self.seed}/{self.storm}/{self.number}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a chapter."""

    chapter: Chapter
    findings: Sequence[Finding]
    counts: dict[str, int]


def _struck(stage: Stage, chapter: Chapter, progress: Callable[[], None]) -> None:
    for number in range(chapter.processes):
        blow = chapter.draw(Random(f"{chapter.key}/{number}"))
        Encounter(stage, blow, chapter.switched_off, twin=chapter.twins).run()
        progress()


def live_through(chapter: Chapter, folder: Path, progress: Callable[[], None] = lambda: None) -> Outcome:
    """Everything, in a folder of its own. Raises Misfit."""
    folder.mkdir(parents=True)
    stage = Stage(folder, chapter.key)
    if chapter.flips_bits:
        flip_bits(stage, chapter.processes, progress)
    else:
        _struck(stage, chapter, progress)
    Calm(stage, tuple(switch for switch in chapter.switched_off if switch != "sync")).run()
    notes = read_json_lines(stage.notes)
    if any(note.get("note") == "misfit" for note in notes):
        raise Misfit(next(note["why"] for note in notes if note.get("note") == "misfit"))
    counts = {
        "processes": stage.processes,
        **stage.counted,
        **stage.witness.counted,
        "hits": sum(note.get("note") == "struck" for note in notes),
        "refused calls": sum(note.get("note") == "refused" for note in notes),
        "messages": len(stage.stream.entries),
        "timelines": len(stage.witness.timelines),
    }
    return Outcome(chapter, stage.verdict(), counts)
