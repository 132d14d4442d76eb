"""Which messages a group has seen: 64-bit keys instead of texts, in memory and on disk."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from functools import lru_cache

from nanie_actors.packed_keys import PackedKeys, little_endian, text_key


@lru_cache(maxsize=8_192)  # of those on their way: asked for when they come, and when they are on disk
def seen_key(sender: str, message_id: str) -> int:
    """The key of a message."""
    # The length in front keeps ("a", "bc") and ("ab", "c") apart.
    return text_key(f"{len(sender)}:{sender}{message_id}")


def key_without_sender(message_id: str) -> int:
    """The key of a message whose sender an older layout did not keep."""
    return text_key(f"0:{message_id}")


def pack_keys(keys: Iterable[int]) -> bytes:
    """Keys as `seen.bin` holds them: 8 bytes each, little endian, in the order in which they came."""
    return little_endian(array("Q", keys)).tobytes()


def unpack_keys(blob: bytes) -> PackedKeys:
    """The inverse of pack_keys. Raises ValueError if the length is not a whole number of keys."""
    return PackedKeys.from_bytes(blob)
