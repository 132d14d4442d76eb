"""The state dump: what every actor is and does, put together without stopping anybody.

Two sources: the runtime's own reports, which need nobody's help, and the actors' own words, asked on the
system lane with one deadline. Whoever does not answer is named, with what it has been busy with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import orjson

from nanie_actors.inspection.port import WorkerControl
from nanie_actors.runtime import ActorReport, ActorSystem, DeadLetters, Unanswered, inspect_all

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S: Final = 0.3
"""All actors together have this long. A dump is promised within a second with one stuck for good; with ten
thousand actors on a busy machine the rest of it takes as long again."""

STUCK_AFTER_S: Final = 1.0
"""A handler that takes this long is named: handlers are written to take microseconds."""

DEAD_LETTERS_SHOWN: Final = 20

PRIVATE: Final = frozenset({"name", "reason"})
"""What actors say that may hold a name or a piece of a text: left out unless somebody asks for it."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DumpRequest:
    """What to show. `group` and `conversation` narrow it to what is linked; `verbose` shows names, too."""

    group: str | None = None
    conversation: str | None = None
    verbose: bool = False


def take_dump(system: ActorSystem, control: WorkerControl, request: DumpRequest) -> Json:
    """The dump as JSON. Any thread but an actor's; takes little more than ANSWER_WITHIN_S at worst."""
    asked = _asked(request)
    words = inspect_all(system, ANSWER_WITHIN_S, asked)
    reports = [report for report in system.reports() if asked is None or asked(report.name)]
    actors = _kept([_actor(report, words.get(report.name)) for report in reports], request)
    if not request.verbose:
        for actor in actors:
            actor["own"] = _discreet(actor["own"])
    return {
        "worker": _facts(control, verbose=request.verbose),
        "stuck": [actor["name"] for actor in actors if actor["stuck"]],
        "unanswered": [actor["name"] for actor in actors if not actor["answered"]],
        "dead_letters": _dead_letters(system.dead_letters),
        "actors": actors,
    }


def dump_to_log(system: ActorSystem, control: WorkerControl) -> None:
    """The whole dump, without names, as one log record. For SIGUSR1."""
    logger.info("state dump: %s", orjson.dumps(take_dump(system, control, DumpRequest())).decode())


def _asked(request: DumpRequest) -> Callable[[str], bool] | None:
    """Whom to ask. Who is linked to whom is told by either side, so one side is asked as a whole."""
    if request.group is None and request.conversation is None:
        return None
    names, kinds = {"guardian", "gateway", "registry"}, set[str]()
    if request.group is not None:
        names.add(f"group/{request.group}")
        kinds.add("conversation")
    if request.conversation is not None:
        names.add(f"conversation/{request.conversation}")
        kinds.add("group")
    return lambda name: name in names or name.partition("/")[0] in kinds


def _kept(actors: list[Json], request: DumpRequest) -> list[Json]:
    """Those that were asked for, those linked to them, and the ones that there are only one of."""
    wanted = {f"group/{request.group}", f"conversation/{request.conversation}"}
    if request.group is None and request.conversation is None:
        return actors
    linked = set[str]()
    for actor in actors:
        others = _links(actor)
        if actor["name"] in wanted:
            linked |= others
        elif others & wanted:
            linked.add(actor["name"])
    return [actor for actor in actors if not actor["key"] or actor["name"] in wanted | linked]


def _links(actor: Json) -> set[str]:
    """The names of the actors that this one says it is linked to."""
    own = actor["own"]
    if actor["kind"] == "group":
        return {f"conversation/{conversation}" for conversation in own.get("listeners", ())}
    return {f"group/{own['group']}"} if own.get("group") else set()


_REPORTED = tuple(field.name for field in fields(ActorReport))


def _actor(report: ActorReport, words: Mapping[str, Any] | Unanswered | None) -> Json:
    kind, _, key = report.name.partition("/")
    return {
        **{name: getattr(report, name) for name in _REPORTED},
        "kind": kind,
        "key": key,
        "stuck": report.busy_s > STUCK_AFTER_S,
        "answered": isinstance(words, Mapping),
        "own": dict(words) if isinstance(words, Mapping) else {},
    }


_PLAIN = frozenset({str, int, float, bool, type(None)})


def _discreet(words: Json) -> Json:
    public: Json = _stripped(words)
    if "sources" in public:
        # A replayed chat's source is called like its file, and the file like the group.
        public["sources"] = list(public["sources"].values())
    return public


def _stripped(value: Any) -> Any:
    if value.__class__ in _PLAIN:
        return value  # Nearly everything is; asking whether it is a Mapping takes ten times as long.
    if isinstance(value, Mapping):
        return {key: _stripped(inner) for key, inner in value.items() if key not in PRIVATE}
    return [_stripped(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _facts(control: WorkerControl, *, verbose: bool) -> Json:
    facts = dict(control.facts())
    if not verbose:
        facts.pop("sources", None)
    return facts


def _dead_letters(dead: DeadLetters) -> Json:
    """Every message that nobody handled, counted; the last ones by type, never with their contents."""
    return {
        "total": dead.total(),
        "kinds": [
            {"reason": kind.reason, "recipient": kind.recipient_kind, "count": count}
            for kind, count in dead.counts().items()
        ],
        "last": [
            {
                "reason": note.reason,
                "recipient": note.recipient_name,
                "message": note.message_type,
                "at": note.at_ms,
            }
            for note in dead.last()[-DEAD_LETTERS_SHOWN:]
        ],
    }
