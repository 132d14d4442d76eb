"""The state dump: what every actor is and does, put together without stopping anybody.

Two sources: the runtime's own reports, which need nobody's help, and the actors' own words, asked on the
system lane with one deadline. Whoever does not answer is named, with what it has been busy with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from nanie_actors.inspection.port import WorkerControl
from nanie_actors.runtime import ActorReport, ActorSystem, Unanswered, inspect_all

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S = 0.5
"""All actors together have this long: a dump is promised within a second, with one stuck for good."""

STUCK_AFTER_S = 1.0
"""A handler that takes this long is named: handlers are written to take microseconds."""

PRIVATE = frozenset({"name", "reason"})
"""What actors say that may hold a name or a piece of a text: left out unless somebody asks for it."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DumpRequest:
    """What to show. `group` and `conversation` narrow it; `verbose` shows names as well."""

    group: str | None = None
    conversation: str | None = None
    verbose: bool = False


def take_dump(system: ActorSystem, control: WorkerControl, request: DumpRequest) -> Json:
    """The dump as JSON. Any thread but an actor's; takes little more than ANSWER_WITHIN_S at worst."""
    wanted = _filter(request)
    words = inspect_all(system, ANSWER_WITHIN_S, wanted)
    reports = [report for report in system.reports() if wanted is None or wanted(report.name)]
    actors = [_actor(report, words.get(report.name), verbose=request.verbose) for report in reports]
    facts = dict(control.facts())
    if not request.verbose:
        facts.pop("sources", None)
    return {
        "worker": facts,
        "stuck": [actor["name"] for actor in actors if actor["stuck"]],
        "actors": actors,
    }


def dump_to_log(system: ActorSystem, control: WorkerControl) -> None:
    """The whole dump, without names, as one log record. For SIGUSR1."""
    logger.info("state dump: %s", orjson.dumps(take_dump(system, control, DumpRequest())).decode())


def _filter(request: DumpRequest) -> Callable[[str], bool] | None:
    """A group, a conversation; the gateway and the registry are always shown."""
    if request.group is None and request.conversation is None:
        return None
    names = {"gateway", "registry", f"group/{request.group}", f"conversation/{request.conversation}"}
    return names.__contains__


def _actor(report: ActorReport, words: Mapping[str, Any] | Unanswered | None, *, verbose: bool) -> Json:
    kind, _, key = report.name.partition("/")
    return {
        **asdict(report),
        "kind": kind,
        "key": key,
        "stuck": report.busy_s > STUCK_AFTER_S,
        "answered": isinstance(words, Mapping),
        "own": _public(words, verbose=verbose) if isinstance(words, Mapping) else {},
    }


def _public(words: Mapping[str, Any], *, verbose: bool) -> Json:
    if verbose:
        return dict(words)
    public = {key: value for key, value in words.items() if key not in PRIVATE}
    if "sources" in public:
        # A replayed chat's source is called like its file, and the file like the group.
        public["sources"] = [_without(source, PRIVATE) for source in public["sources"].values()]
    if "quarantined" in public:
        public["quarantined"] = [_without(entry, PRIVATE) for entry in public["quarantined"]]
    return public


def _without(entry: Mapping[str, Any], keys: frozenset[str]) -> Json:
    return {key: value for key, value in entry.items() if key not in keys}
