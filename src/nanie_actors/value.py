"""Values that are made for each message, by the thousand a second: frozen, slotted, equal by what they hold.

A frozen dataclass sets each of its fields by a call, which was a quarter of all work for an event on its way.
These are made in C, in a twelfth of the time (docs/adr/0022-values-are-structs.md). What is made less often
is a frozen dataclass, as everywhere.

A value that has a field `encoded` keeps there what it reads as in JSON, once somebody has asked for that.
"""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct as Value
from msgspec import field
from msgspec.structs import force_setattr, replace

__all__ = ["Value", "field", "keep_encoded", "with_changes"]

V = TypeVar("V", bound=Value)

_ENCODED = "encoded"


def with_changes(value: V, **changes: Any) -> V:
    """A copy with other fields; not with what the value was encoded to before."""
    if _ENCODED in value.__struct_fields__:
        changes[_ENCODED] = None
    return replace(value, **changes)


def keep_encoded(value: Value, encoded: bytes) -> bytes:
    """Keep what a value was encoded to. It says nothing that the other fields do not: frozen as before."""
    force_setattr(value, _ENCODED, encoded)
    return encoded
