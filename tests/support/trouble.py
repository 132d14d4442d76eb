"""Faults in every place that can fail, as often as a seed says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from random import Random
from typing import Any
from unittest.mock import patch

from household import Household

from nanie_actors.messages import SnapshotAll
from nanie_actors.model import EpochMs
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.state import Applied, GroupState


class Trouble:
    """Lets things fail, as often as the seed says, until it is over."""

    def __init__(self, random: Random, house: Household) -> None:
        self.random = random
        self.house = house
        self.over = False

    def strikes(self, chance: float) -> bool:
        return not self.over and self.random.random() < chance

    def between_steps(self) -> None:
        """Time passes, the disk refuses once, somebody wants a snapshot."""
        house = self.house
        if self.strikes(0.03):
            house.clock.advance(self.random.choice([0.3, 2.0, 700.0]))
        if self.strikes(0.01):
            house.disk.files.fail("write", ENOSPC, name=".log", count=1)
        if self.strikes(0.01):
            house.disk.files.fail("open_new", ENOSPC, name=self.random.choice(["timeline", "group"]), count=1)
        if self.strikes(0.02):
            house.tree.registry.tell(SnapshotAll(None, lambda _: None))
        house.transport.poison = b'"TIMELINE"' if self.strikes(0.02) else None

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The extractor and the state fail now and then."""
        apply = GroupState.apply
        extract = self.house.extractor.extract

        def faulty_apply(state: GroupState, seq: int, record: Any) -> Applied:
            if self.strikes(0.02):
                raise RuntimeError("the state failed")
            return apply(state, seq, record)

        def faulty_extract(text: str, at: EpochMs) -> list[ExtractedEvent]:
            if self.strikes(0.05):
                raise RuntimeError("the extractor failed")
            return extract(text, at)

        with (
            patch.object(GroupState, "apply", faulty_apply),
            patch.object(self.house.extractor, "extract", faulty_extract),
        ):
            yield
