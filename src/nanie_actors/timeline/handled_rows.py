"""The router rows that took effect in a group, so that a repetition does not."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from nanie_actors.model import RowId

REMEMBERED_ROWS: Final = 2_048
"""Router rows of one group whose repetition is recognised. A row is deleted once it is answered, so a
repetition comes within seconds or after one restart; this many commands lie far beyond either."""


class HandledRows(OrderedDict[RowId, None]):
    """The newest rows, oldest first."""

    def remember(self, row: RowId) -> None:
        """A row took effect."""
        self[row] = None
        self.move_to_end(row)
        while len(self) > REMEMBERED_ROWS:
            self.popitem(last=False)
