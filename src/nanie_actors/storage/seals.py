"""Checksums in files that are JSON for everybody else, so that a flipped bit is noticed and not believed.

A line of blanks and tabs behind an array, and a last key `c` in an object: no reader of JSON minds either.
A file without one is taken as it is: an older version wrote it, or a person did.
"""

from __future__ import annotations

import re
from zlib import crc32

_BITS = 32
_BLANKS = re.compile(rb"[ \t\r]{%d}\n\Z" % _BITS)
_KEY_BYTES = 17
_KEY = re.compile(rb',"c":"([0-9a-f]{8})"\}\n\Z')


class BrokenSeal(ValueError):
    """The content is not what the checksum was made of."""


def seal_array(data: bytes) -> bytes:
    """A JSON text with its checksum as white space behind it: a blank is 0, a tab 1, highest bit first."""
    return data + _blanks(data)


def unsealed_array(blob: bytes) -> bytes | None:
    """What `seal_array` was given; None where there is no checksum. Raises BrokenSeal if it is wrong."""
    if not _BLANKS.search(blob, max(0, len(blob) - _BITS - 1)):
        return None
    data = blob[: -_BITS - 1]
    if not blob.endswith(_blanks(data)):
        raise BrokenSeal("the checksum at its end is not that of its content")
    return data


def _blanks(data: bytes) -> bytes:
    return format(crc32(data), f"0{_BITS}b").translate({48: " ", 49: "\t"}).encode() + b"\n"


def seal_object(data: bytes) -> bytes:
    """A JSON object with its checksum as its last key."""
    body = data.rstrip()[:-1]
    return b'%b,"c":"%08x"}\n' % (body, crc32(body))


def check_object(blob: bytes, *, sealed: bool) -> None:
    """Raises BrokenSeal if the checksum is wrong; where one must be (`sealed`), also if there is none."""
    found = _KEY.search(blob, max(0, len(blob) - _KEY_BYTES))
    if (found is None and sealed) or (found and crc32(blob[: found.start()]) != int(found[1], 16)):
        raise BrokenSeal("the checksum at its end is not that of its content")
