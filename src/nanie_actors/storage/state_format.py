"""Which program may use a state directory: its format, told by one small file before anything else is read.

A program that met files of a newer one line by line would take some for damaged. This number grows when any
file gets a form that earlier programs cannot read or would misunderstand; then the newer program, which must
read the older form as well, writes its own number here before it writes anything else.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from nanie_actors.errors import StateError
from nanie_actors.storage.disk import Disk, DiskError, DiskResult, Lane
from nanie_actors.storage.layout import StateLayout

STATE_FORMAT: Final = 1


def check_format(disk: Disk, layout: StateLayout) -> None:
    """Raises StateError for a directory of a newer format, or if that cannot be told. Changes nothing."""
    _stored(disk, layout)


def claim_format(disk: Disk, layout: StateLayout, version: str) -> None:
    """The same, and note that this program, of this `version`, uses the directory from now on.

    `disk` must act at once: it is durable when this returns. Raises StateError.
    """
    ours = {"format": STATE_FORMAT, "version": version}
    if _stored(disk, layout) == ours:
        return
    outcome: list[DiskResult] = []
    disk.replace(layout.format, orjson.dumps(ours), lane=Lane.BULK, done=outcome.append)
    if isinstance(outcome[0], DiskError):
        raise StateError(f"{layout.format} cannot be written ({outcome[0].reason}): see to the disk.")


def _stored(disk: Disk, layout: StateLayout) -> dict[str, Any] | None:
    """What the directory says; None if it says nothing: then it is of format 1, or new."""
    try:
        raw = disk.read(layout.format)
        stored = None if raw is None else orjson.loads(raw)
    except (OSError, orjson.JSONDecodeError) as error:
        raise StateError(_unknown(layout, str(error))) from error
    if stored is None and raw is None:
        return None
    if not isinstance(stored, dict) or not isinstance(stored.get("format"), int):
        raise StateError(_unknown(layout, "it is no object with a format"))
    if stored["format"] > STATE_FORMAT:
        raise StateError(
            f"{layout.root} was used by version {stored.get('version')!a}, whose files (format "
            f"{stored['format']}) this version cannot read: it knows format {STATE_FORMAT}. Nothing was "
            "changed. Use that version or a newer one, or restore a backup of the time before it "
            "(docs/upgrading.md)."
        )
    return stored


def _unknown(layout: StateLayout, why: str) -> str:
    return (
        f"{layout.format} cannot be read ({why}), so it is not known which version may use {layout.root}. "
        "Nothing was changed. If it was never used by a newer version, remove that file."
    )
