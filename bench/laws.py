"""What each law costs: the pipeline with one of its mechanisms taken out, from outside.

The product has no switches for this, and must not have: without any of these it loses, doubles or mixes up
what it was given. A mechanism is replaced, in the measuring process alone, by one that does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.pipeline import throughput
from bench.sample import Metrics
from nanie_actors.actors import group_writer
from nanie_actors.actors.group_knowledge import GroupKnowledge
from nanie_actors.actors.group_remains import Unsettled
from nanie_actors.actors.push_ledger import PushLedger
from nanie_actors.actors.token_bucket import TokenBucket
from nanie_actors.storage import lines, seals


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
    "sync": ((os, "fdatasync", _nothing), (os, "fsync", _nothing)),
    "checksums": ((lines, "crc32", _zero), (seals, "crc32", _zero)),
    "dedupe": ((GroupKnowledge, "take_new", _new), (group_writer, "seen_keys", _none)),
    "retries": ((Unsettled, "add", _nothing), (Unsettled, "settle", _nothing)),
    "push-ledger": ((PushLedger, "owe", _nothing), (PushLedger, "pay", _nothing)),
    "limits": ((TokenBucket, "take", _free),),
    "group-files": ((group_writer.GroupWriter, "due", _no), (group_writer.GroupWriter, "absorbed", _nothing)),
}
"""What is taken out of which mechanism.

sync: records are written, but not flushed. checksums: of records and of files. dedupe: every message counts
as new. retries: nobody remembers what a failing group was given. push-ledger: nobody remembers who was not
shown what. limits: on pushes. group-files: records stay in the shared log.
"""


def cost(folder: Path, *, law: str, groups: int, events: int, rounds: int) -> Metrics:
    """Seconds an event through the whole pipeline, with everything and without one law, in turn in one
    process: the least of each, as what else the machine does only ever adds. Raises AttributeError where a
    mechanism has moved."""
    with_it, without_it = list[Metrics](), list[Metrics]()
    for number in range(rounds):
        with_it.append(throughput(folder / f"with-{number}", **_sizes(groups, events)))
        with replaced(VARIANTS[law]):
            without_it.append(throughput(folder / f"without-{number}", **_sizes(groups, events)))
    return {
        "with_cpu_s": min(taken["cpu_s_per_event"] for taken in with_it),
        "without_cpu_s": min(taken["cpu_s_per_event"] for taken in without_it),
        "with_s": min(1 / taken["events_per_s"] for taken in with_it),
        "without_s": min(1 / taken["events_per_s"] for taken in without_it),
    }


@contextmanager
def replaced(replacements: Sequence[Replacement]) -> Iterator[None]:
    """Something else in the place of these, for a while. Raises AttributeError for what is not there."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in replacements]
    for owner, name, instead in replacements:
        setattr(owner, name, instead)
    try:
        yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)


def _sizes(groups: int, events: int) -> dict[str, Any]:
    return {"groups": groups, "events": events, "extractor": "verbatim"}
