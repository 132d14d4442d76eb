"""Where the events of a quarantined group wait: on disk, in order, until somebody decides about the group."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from nanie_actors.errors import InvalidGroup, SourceError
from nanie_actors.messages import Deliver
from nanie_actors.model import GroupEvent, GroupId, parse_group_id
from nanie_actors.storage.disk import Disk, DiskOk, DiskResult, Done, Lane
from nanie_actors.whatsapp.recording import decode_event, encode_event

logger = logging.getLogger(__name__)

SUFFIX = ".jsonl"


class Parking:
    """Used by the RegistryActor only: while a group is quarantined it has no actor of its own."""

    def __init__(self, disk: Disk, folder: Path, skipped: Path) -> None:
        """`skipped` is the folder of the events that somebody decided to leave out."""
        self._disk = disk
        self._folder = folder
        self._skipped = skipped

    def groups(self) -> list[GroupId]:
        """The groups that have events parked (left by a worker that ended meanwhile)."""
        groups = []
        for name in self._disk.listdir(self._folder):
            try:
                groups.append(parse_group_id(name.removesuffix(SUFFIX)))
            except InvalidGroup:
                logger.warning("%s is none of ours: it is left where it is", self._folder / name)
        return groups

    def park(self, group: GroupId, delivery: Deliver) -> None:
        """Put an event aside; it is settled once it is on disk."""
        line, done = _line(delivery.event), _parked(group, [delivery])
        self._disk.append(self._path(group), line, lane=Lane.BULK, done=done)

    def replace(self, group: GroupId, deliveries: Sequence[Deliver]) -> None:
        """The same for all that are to be parked, those included that were handed out and came back."""
        lines = b"".join(_line(delivery.event) for delivery in deliveries)
        done = _parked(group, deliveries)
        self._disk.replace(self._path(group), lines, lane=Lane.BULK, done=done)

    def events(self, group: GroupId) -> Sequence[GroupEvent]:
        """What is parked, in order. A line torn by a crash was never settled and comes again."""
        blob = self._disk.read(self._path(group)) or b""
        events = []
        for number, line in enumerate(blob.splitlines(), 1):
            try:
                event = decode_event(line)
            except SourceError as error:
                logger.error("group %s: parked line %d cannot be read: %s", group, number, error)
                continue
            events.append(event)
        return events  # type: ignore[return-value]

    def clear(self, group: GroupId) -> None:
        """What was parked is in the group's own journal now."""
        self._disk.remove(self._path(group), lane=Lane.BULK, done=lambda _: None)

    def skip(self, group: GroupId, event: GroupEvent, done: Done) -> None:
        """Keep an event that the group is to go on without, as a recording that can be replayed."""
        path = self._skipped / f"{parse_group_id(group)}{SUFFIX}"
        self._disk.append(path, _line(event), lane=Lane.BULK, done=done)

    def _path(self, group: GroupId) -> Path:
        return self._folder / f"{parse_group_id(group)}{SUFFIX}"


def _parked(group: GroupId, deliveries: Sequence[Deliver]) -> Done:
    def done(result: DiskResult) -> None:
        if isinstance(result, DiskOk):
            for delivery in deliveries:
                delivery.ticket.settle()
            return
        logger.error(
            "group %s: %d events could not be put aside (%s): gone, unless their source brings them again",
            group,
            len(deliveries),
            result.reason,
        )
        for delivery in deliveries:
            delivery.ticket.lose()

    return done


def _line(event: GroupEvent) -> bytes:
    return encode_event(event) + b"\n"
