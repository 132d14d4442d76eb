"""Which messages a group has seen: 64-bit keys instead of texts, in memory and on disk."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from hashlib import blake2b
from typing import Final

KEY_BYTES = 8
"""64 bits: among a million messages of a group, two share a key with a chance below 3e-8."""


LOOSE_KEYS: Final = 512
"""Keys that may be in a plain set before they are packed: up to here a group keeps nothing twice as large."""


class SeenKeys(AbstractSet[int]):
    """A set of keys that takes eight to twenty bytes for each, where Python's own takes eighty.

    They are never forgotten, so this is what a group that lives for years grows by. Most are in a sorted
    array; those that came since it was made are in a set, and are sorted in when they are a quarter of it.
    """

    __slots__ = ("_loose", "_packed")

    def __init__(self, packed: Iterable[int] = ()) -> None:
        self._packed = array("Q", sorted(packed))
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
        if key in loose or self._is_packed(key):
            return False
        loose.add(key)
        if len(loose) > LOOSE_KEYS and len(loose) > len(self._packed) >> 2:
            self._packed = array("Q", sorted([*self._packed, *loose]))
            self._loose = set()
        return True

    def update(self, keys: Iterable[int]) -> None:
        """Remember several."""
        for key in keys:
            self.add(key)

    def _is_packed(self, key: int) -> bool:
        packed = self._packed
        at = bisect_left(packed, key)
        return at < len(packed) and packed[at] == key

    @classmethod
    def _from_iterable(cls, keys: Iterable[int]) -> set[int]:  # type: ignore[override]
        return set(keys)


@lru_cache(maxsize=4_096)  # of those on their way: asked for when they come, and when they are on disk
def seen_key(sender: str, message_id: str) -> int:
    """The key of a message. Older layouts did not keep senders: theirs is the empty one."""
    # The length in front keeps ("a", "bc") and ("ab", "c") apart.
    text = f"{len(sender)}:{sender}{message_id}"
    return int.from_bytes(
        blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest(), "little"
    )


def pack_keys(keys: Iterable[int]) -> bytes:
    """Keys as `seen.bin` holds them: 8 bytes each, little endian."""
    return _little_endian(array("Q", keys)).tobytes()


def unpack_keys(blob: bytes) -> SeenKeys:
    """The inverse of pack_keys. Raises ValueError if the length is not a whole number of keys."""
    if len(blob) % KEY_BYTES:
        raise ValueError("its length is not a whole number of keys")
    return SeenKeys(_little_endian(array("Q", blob)))


def _little_endian(keys: array[int]) -> array[int]:
    if sys.byteorder == "big":
        keys.byteswap()
    return keys
