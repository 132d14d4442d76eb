"""The router rows that took effect in a group, so that a repetition does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from nanie_actors.model import RowId
from nanie_actors.packed_keys import PackedKeys, text_key

REMEMBERED_ROWS: Final = 2_048
"""The least number of rows of one group whose repetition is recognised, and half of the most. A row is
deleted once it is answered, so a repetition comes within seconds or after one restart; this many commands lie
far beyond either."""


class HandledRows:
    """The newest rows, by their keys: a text each would take a group ten times the memory.

    They are kept in two generations. When the newer one is full it becomes the older one, whose rows go.
    """

    __slots__ = ("_newer", "_older")

    def __init__(self, older: PackedKeys | None = None, newer: PackedKeys | None = None) -> None:
        self._older = PackedKeys() if older is None else older
        self._newer = PackedKeys() if newer is None else newer

    def __contains__(self, row: RowId) -> bool:
        key = text_key(row)
        return key in self._newer or key in self._older

    def remember(self, row: RowId) -> None:
        """A row took effect."""
        self._newer.add(text_key(row))
        if len(self._newer) >= REMEMBERED_ROWS:
            self.clear(self._newer)

    def clear(self, older: PackedKeys | None = None) -> None:
        """Forget all but those of an older generation."""
        self._older = PackedKeys() if older is None else older
        self._newer = PackedKeys()

    def to_texts(self) -> list[str]:
        """Both generations, the older one first, as `group.json` has them."""
        return [self._older.to_text(), self._newer.to_text()]


def stored_rows(meta: Mapping[str, Any]) -> HandledRows:
    """Those of `group.json`: as keys, or in full from an older version.

    Raises ValueError for what no version of ours wrote.
    """
    older, newer = meta.get("rowKeys", ("", ""))
    rows = HandledRows(PackedKeys.from_text(older), PackedKeys.from_text(newer))
    in_full: Iterable[Any] = meta.get("rows", ())
    for row in in_full:
        rows.remember(RowId(str(row)))
    return rows
