"""What each law costs: the pipeline with one of its mechanisms taken out, from outside.

The product has no switches for this, and must not have: without any of these it loses, doubles or mixes up
what it was given. A mechanism is replaced, in the measuring process alone, by one that does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.pipeline import throughput
from bench.sample import Metrics
from nanie_actors.actors import group_writer
from nanie_actors.actors.group_knowledge import GroupKnowledge
from nanie_actors.actors.group_remains import Unsettled
from nanie_actors.actors.push_ledger import PushLedger
from nanie_actors.actors.token_bucket import TokenBucket
from nanie_actors.storage import file_system, lines, seals


def _nothing(*_: Any, **__: Any) -> None:
    """Done at once."""


def _new(*_: Any) -> bool:
    return True


def _no(*_: Any) -> bool:
    return False


def _none(*_: Any) -> tuple[int, ...]:
    return ()


def _zero(*_: Any) -> int:
    return 0


def _free(*_: Any) -> float:
    return 0.0


Replacement = tuple[Any, str, Callable[..., Any]]

VARIANTS: Mapping[str, tuple[Replacement, ...]] = {
    "none": (),
    "sync": ((file_system.os, "fdatasync", _nothing), (file_system.os, "fsync", _nothing)),
    "checksums": ((lines, "crc32", _zero), (seals, "crc32", _zero)),
    "dedupe": ((GroupKnowledge, "take_new", _new), (group_writer, "seen_keys", _none)),
    "retries": ((Unsettled, "add", _nothing), (Unsettled, "settle", _nothing)),
    "push-ledger": ((PushLedger, "owe", _nothing), (PushLedger, "pay", _nothing)),
    "limits": ((TokenBucket, "take", _free),),
    "group-files": ((group_writer.GroupWriter, "due", _no), (group_writer.GroupWriter, "absorbed", _nothing)),
}
"""Which law goes without what. `none`: everything is in its place.

sync: records are written, but not flushed. checksums: of records and of files. dedupe: every message counts
as new. retries: nobody remembers what a failing group was given. push-ledger: nobody remembers who was not
shown what. limits: on pushes. group-files: records stay in the shared log.
"""


def without(folder: Path, *, law: str, groups: int, events: int) -> Metrics:
    """The pipeline's throughput without one law. Raises AttributeError where its mechanism has moved."""
    for owner, name, instead in VARIANTS[law]:
        getattr(owner, name)
        setattr(owner, name, instead)
    return throughput(folder, groups=groups, events=events, extractor="verbatim")
