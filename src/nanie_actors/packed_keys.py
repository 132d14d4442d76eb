"""Sets of 64-bit keys, which stand for texts, in a tenth of the memory that the texts would take."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from hashlib import blake2b
from typing import Any, Final, Self

KEY_BYTES: Final = 8
"""64 bits: among a million texts, two share a key with a chance below 3e-8."""

LOOSE_KEYS: Final = 128
"""Keys that may be in a plain set before they are packed: up to here a group keeps nothing twice as large."""


class PackedKeys(AbstractSet[int]):
    """A set of keys that takes eight to twenty bytes for each, where Python's own takes eighty.

    They are never forgotten, so this is what a group that lives for years grows by. Most are in a sorted
    array; those that came since it was made are in a set, and are sorted in when they are a sixteenth of it.
    """

    __slots__ = ("_loose", "_packed", "_sorted")

    def __init__(self, packed: Iterable[int] = ()) -> None:
        # Sorted when it is first looked into: a group that is only shown never looks.
        self._packed = array("Q", packed)
        self._sorted = False
        self._loose: set[int] = set()

    def __contains__(self, key: object) -> bool:
        return key in self._loose or (isinstance(key, int) and self._is_packed(key))

    def __iter__(self) -> Iterator[int]:
        yield from self._packed
        yield from self._loose

    def __len__(self) -> int:
        return len(self._packed) + len(self._loose)

    def add(self, key: int) -> bool:
        """Remember a key; says whether it is new."""
        loose = self._loose
        if key in loose or (self._packed and self._is_packed(key)):
            return False
        loose.add(key)
        if len(loose) > LOOSE_KEYS and len(loose) > len(self._packed) >> 4:
            self._packed = array("Q", sorted([*self._packed, *loose]))
            self._sorted = True
            self._loose = set()
        return True

    def update(self, keys: Iterable[int]) -> None:
        """Remember several."""
        for key in keys:
            self.add(key)

    def _is_packed(self, key: int) -> bool:
        if not self._sorted:
            self._packed = array("Q", sorted(self._packed))
            self._sorted = True
        packed = self._packed
        at = bisect_left(packed, key)
        return at < len(packed) and packed[at] == key

    @classmethod
    def _from_iterable(cls, keys: Iterable[int]) -> set[int]:  # type: ignore[override]
        return set(keys)

    def to_bytes(self) -> bytes:
        """The keys, 8 bytes each, little endian."""
        return little_endian(array("Q", sorted(self))).tobytes()

    @classmethod
    def from_bytes(cls, blob: bytes) -> Self:
        """The inverse of to_bytes. Raises ValueError if the length is not a whole number of keys."""
        if len(blob) % KEY_BYTES:
            raise ValueError("its length is not a whole number of keys")
        return cls(little_endian(array("Q", blob)))

    def to_text(self) -> str:
        """The keys as a text, for JSON."""
        return b64encode(self.to_bytes()).decode("ascii")

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The inverse of to_text. Raises ValueError for anything else."""
        return cls.from_bytes(b64decode(text, validate=True))


def text_key(text: str) -> int:
    """The key that stands for a text."""
    return int.from_bytes(
        blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest(), "little"
    )


def deleted_keys(meta: Mapping[str, Any]) -> PackedKeys:
    """The ids that were deleted, as `group.json` has them: as keys, or in full from an older version.

    Raises ValueError for what no version of ours wrote.
    """
    keys = PackedKeys.from_text(str(meta.get("deletedKeys", "")))
    keys.update(text_key(str(event_id)) for event_id in meta.get("deleted", ()))
    return keys


def little_endian(keys: array[int]) -> array[int]:
    """Keys as files hold them, on every machine."""
    if sys.byteorder == "big":
        keys.byteswap()
    return keys
