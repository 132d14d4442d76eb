"""Which messages a group has seen: 64-bit keys instead of texts, in memory and on disk."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from hashlib import blake2b

KEY_BYTES = 8
"""64 bits: among a million messages of a group, two share a key with a chance below 3e-8."""


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


def unpack_keys(blob: bytes) -> set[int]:
    """The inverse of pack_keys. Raises ValueError if the length is not a whole number of keys."""
    if len(blob) % KEY_BYTES:
        raise ValueError("its length is not a whole number of keys")
    return set(_little_endian(array("Q", blob)))


def _little_endian(keys: array[int]) -> array[int]:
    if sys.byteorder == "big":
        keys.byteswap()
    return keys
