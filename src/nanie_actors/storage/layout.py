"""Where everything is: the only place that makes paths of the state directory."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from nanie_actors.errors import InvalidGroup
from nanie_actors.model import GroupId, parse_group_id
from nanie_actors.storage.disk import Disk, Lane
from nanie_actors.storage.folders import REMOVING
from nanie_actors.storage.group_snapshot import JOURNAL

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StateLayout:
    """The paths below one state directory (by default `nanie`)."""

    root: Path

    @property
    def mappings(self) -> Path:
        """Which conversation is linked to which group; other programs read it."""
        return self.root / "mappings.json"

    @property
    def registry_log(self) -> Path:
        """Router rows the registry has handled, and assignments that may not be in `mappings` yet."""
        return self.root / "registry.jsonl"

    @property
    def memories(self) -> Path:
        """The folder of the groups' folders."""
        return self.root / "memory"

    def memory(self, group: GroupId) -> Path:
        """A group's folder. Raises InvalidGroup for what is no group id, wherever it came from."""
        return self.memories / parse_group_id(group)

    def timeline(self, group: GroupId) -> Path:
        """A group's timeline; other programs read it."""
        return self.memory(group) / "timeline.json"

    @property
    def wal(self) -> Path:
        """The folder of the shared log."""
        return self.root / "wal"

    @property
    def lock(self) -> Path:
        """Held by the worker that uses this directory."""
        return self.root / "lock"

    @property
    def format(self) -> Path:
        """Which program may use the directory."""
        return self.root / "format.json"

    @property
    def cursors(self) -> Path:
        """How far each conversation has been told."""
        return self.root / "cursors.json"

    @property
    def supabase_cursor(self) -> Path:
        """How far the app's table was read."""
        return self.root / "supabase.json"

    @property
    def nats_cursor(self) -> Path:
        """How far the app's stream was read."""
        return self.root / "nats.json"

    @property
    def parked(self) -> Path:
        """The folder of the events that wait for quarantined groups."""
        return self.root / "parked"

    @property
    def skipped(self) -> Path:
        """The folder of the events that quarantined groups failed on and that somebody skipped."""
        return self.root / "skipped"

    @property
    def audit(self) -> Path:
        """Who linked what, and who was refused."""
        return self.root / "audit.jsonl"

    @property
    def link_codes(self) -> Path:
        """The codes that may be confirmed, hashed, and who asked for how many."""
        return self.root / "link-codes.json"

    @property
    def forgetting(self) -> Path:
        """The groups that are being erased: whoever finds this after a crash goes on with it."""
        return self.root / "forgetting.json"

    @property
    def directory(self) -> Path:
        """The groups the account is in, as last seen."""
        return self.root / "directory.json"

    @property
    def run(self) -> Path:
        """What exists only while a worker runs."""
        return self.root / "run"

    @property
    def run_socket(self) -> Path:
        """The control socket."""
        return self.run / "nanie.sock"

    @property
    def whatsapp(self) -> Path:
        """The folder of the live account."""
        return self.root / "whatsapp"

    @property
    def session(self) -> Path:
        """The WhatsApp library's own database: it holds the account's keys."""
        return self.whatsapp / "session.db"

    @property
    def session_lock(self) -> Path:
        """Held by the one bridge that may use the session."""
        return self.whatsapp / "session.lock"

    @property
    def ingress_journal(self) -> Path:
        """The folder of what was received and may not be settled yet."""
        return self.whatsapp / "journal"

    @property
    def identities(self) -> Path:
        """Which addresses belong to one person."""
        return self.whatsapp / "identities.jsonl"

    @property
    def unconverted(self) -> Path:
        """What the library gave and we failed to understand, as it came."""
        return self.whatsapp / "unconverted.jsonl"


def stored_groups(disk: Disk, layout: StateLayout) -> list[GroupId]:
    """The groups that have a folder. Other names in there are left alone."""
    return _groups_among(disk.listdir(layout.memories))


def sweep_erased(disk: Disk, layout: StateLayout) -> None:
    """At start: finish removing the folders whose removal a crash interrupted."""
    for name in disk.listdir(layout.memories):
        if name.endswith(REMOVING):
            log.info("finishing the removal of an erased group")
            disk.remove(layout.memories / name, lane=Lane.BULK, done=lambda _: None)


def behind_their_journals(disk: Disk, layout: StateLayout) -> set[GroupId]:
    """Groups whose own journal holds records: their `timeline.json` may lack them, as an earlier process was
    killed before it wrote it."""
    return set(_groups_among(disk.folders_with(layout.memories, JOURNAL)))


def _groups_among(names: list[str]) -> list[GroupId]:
    """Those names that are a group's; an older layout's files and leftovers are none."""
    found = []
    for name in names:
        try:
            group = parse_group_id(name)
        except InvalidGroup:
            continue
        if group == name:
            found.append(group)
    return found
