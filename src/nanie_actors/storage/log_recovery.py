"""Reads the segments of a shared log after a stop, a crash or damage."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from pathlib import Path

from nanie_actors.errors import StateError
from nanie_actors.model import GroupId
from nanie_actors.storage.disk import Disk
from nanie_actors.storage.lines import VERSION, newer_version
from nanie_actors.storage.log_scan import BadSpot, Forgotten, Found, Lost, Scan, scan_segment
from nanie_actors.storage.retained import Retained, Segment

log = logging.getLogger(__name__)

_SEGMENT_NAME = re.compile(r"([0-9]{20})\.log")


@dataclass(frozen=True, slots=True)
class Damage:
    """A line of the log that cannot be read, or (line 0) bytes that are missing; the file is kept.

    `group` is the group it belongs to, where that can be told.
    """

    segment: str
    line_number: int
    reason: str
    group: GroupId | None


@dataclass(slots=True)
class Recovered:
    """A log as it was found.

    `cuts` are the segments with a torn tail, with the length to cut them to; `unsettled` those of which no
    later one says that they were whole and on the disk.
    """

    segments: list[Segment] = field(default_factory=list)
    retained: Retained = field(default_factory=Retained)
    damaged: list[Damage] = field(default_factory=list)
    cuts: dict[str, int] = field(default_factory=dict)
    unsettled: list[str] = field(default_factory=list)
    next_lsn: int = 1


def segment_name(lsn: int) -> str:
    """The file name of the segment whose first line has this number."""
    return f"{lsn:020d}.log"


def recover(disk: Disk, folder: Path) -> Recovered:
    """Read all segments, oldest first. Raises OSError if one cannot be read at all, StateError for one that
    a newer program wrote: taken for damaged, its end would be cut off."""
    names = [name for name in disk.listdir(folder) if _SEGMENT_NAME.fullmatch(name)]
    lengths = _stated_lengths(disk, folder, names)
    found = Recovered(unsettled=[name for name in names if name not in lengths])
    spots: list[tuple[Segment, BadSpot]] = []
    for name in names:
        blob = disk.read(folder / name) or b""
        scan = scan_segment(blob[: lengths.get(name)], last=name not in lengths)
        segment = Segment(name, scan.good, damaged=bool(scan.bad))
        found.segments.append(segment)
        spots += [(segment, spot) for spot in scan.bad]
        _take_entries(found.retained, scan, segment)
        _note_length(found, segment, len(blob), lengths.get(name))
        found.next_lsn = int(name[:20]) + max(1, scan.lines)
    for segment, spot in spots:
        _take_damage(found, segment, spot)
    return found


def _stated_lengths(disk: Disk, folder: Path, names: list[str]) -> dict[str, int]:
    """The length of each segment that a later one speaks of."""
    lengths: dict[str, int] = {}
    for name in names:
        first_two = next(disk.chunks(folder / name), b"").splitlines(keepends=True)[:2]
        if first_two and (version := newer_version(first_two[0])):
            raise StateError(
                f"{folder / name} was written by a newer version of this program (format {version}, this one "
                f"reads {VERSION}). Nothing was changed: use that version, or restore a backup."
            )
        lengths.update(scan_segment(b"".join(first_two), last=True).lengths)
    return lengths


def _take_entries(retained: Retained, scan: Scan, segment: Segment) -> None:
    for entry in scan.entries:
        match entry:
            case Found(group, seq, raw):
                retained.add(group, seq, raw, segment)
            case Lost(group, seq):
                retained.add(group, seq, None, segment)
            case Forgotten(group):
                retained.drop_group(group)


def _note_length(found: Recovered, segment: Segment, size: int, stated: int | None) -> None:
    if stated is not None and size < stated:
        segment.damaged = True
        found.damaged.append(Damage(segment.name, 0, f"{stated - size} bytes are missing at its end", None))
        log.error("log segment %s: %d bytes are missing at its end", segment.name, stated - size)
    elif size > segment.good:
        log.warning("log segment %s: a torn tail of %d bytes is cut off", segment.name, size - segment.good)
        found.cuts[segment.name] = segment.good


def _take_damage(found: Recovered, segment: Segment, spot: BadSpot) -> None:
    """Note a bad line. Whom it names is believed unless that very line is there, whole."""
    owner = spot.owner if spot.owner and not found.retained.has(*spot.owner) else None
    if owner:
        found.retained.add(*owner, None, segment)
    group = owner[0] if owner else None
    found.damaged.append(Damage(segment.name, spot.line_number, spot.reason, group))
    log.error(
        "log segment %s, line %d cannot be read (%s); of group %s. The file is kept.",
        segment.name,
        spot.line_number,
        spot.reason,
        group or "unknown",
    )
