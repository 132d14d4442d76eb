"""The storm of flipped bits: a group's damaged file puts that group out of order, and nobody else.

Workers that stop cleanly fill the files. Then one bit of one file of one group is flipped, and a worker runs
on that: it must refuse that group and leave the file alone, and serve everybody else. With the bit flipped
back everything must be there, also what came for the group while it was out of order.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from chaos.blow import Blow
from chaos.damage import Flip, choose_bit
from chaos.encounter import Encounter
from chaos.lookout import View, look
from chaos.stage import Stage

PATIENCE_S = 60.0

FILL = Blow(ending="stop", after_s=0.6, growth=30)
"""Enough for every file of a group, and a clean stop behind it."""


def flip_bits(stage: Stage, count: int, progress: Callable[[], None]) -> None:
    """One bit after the other, each with a process that fills the files first."""
    for number in range(count):
        Encounter(stage, FILL, at_the_end=lambda _: _until_taken_in(stage)).run()
        group = stage.people.groups[number % len(stage.people.groups)].jid
        flip = choose_bit(stage.state, group, stage.random)
        if flip is not None:
            _run_without(stage, group, flip)
        progress()


def _run_without(stage: Stage, group: str, flip: Flip) -> None:
    name = flip.path.name
    flip.flip()
    damaged = flip.path.read_bytes()
    blow = Blow(ending="stop", after_s=0.2, growth=10)
    Encounter(stage, blow, at_the_end=lambda _: _look(stage, group, name)).run()
    if flip.path.read_bytes() != damaged:
        stage.found("other", f"{group}: the damaged {name} was written to")
    else:
        flip.flip()
    stage.counted["bits"] += 1


def _until_taken_in(stage: Stage) -> View | None:
    """Until every group has taken in, or put aside, what it was sent; None if it never comes to that."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        view = look(stage.state)
        if view is not None and view.taken_in:
            return view
        time.sleep(0.05)
    return None


def _look(stage: Stage, group: str, name: str) -> None:
    """Who is out of order now."""
    view = _until_taken_in(stage)
    out_of_order = [] if view is None else view.quarantined
    if group not in out_of_order:
        stage.found("other", f"{group}: a flipped bit in {name} was not noticed")
    for other in set(out_of_order) - {group}:
        stage.found("crossed", f"{other} is out of order for a flipped bit of {group}")
