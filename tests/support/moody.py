"""An extractor that fails for a while."""

from __future__ import annotations

from household import Verbatim

from nanie_actors.model import EpochMs
from nanie_actors.timeline.extractor import ExtractedEvent


class Moody(Verbatim):
    """Fails the next so many times that it is asked."""

    def __init__(self) -> None:
        super().__init__(poison=None)
        self.fails = 0

    def extract(self, text: str, at: EpochMs) -> list[ExtractedEvent]:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the extractor failed")
        return super().extract(text, at)
