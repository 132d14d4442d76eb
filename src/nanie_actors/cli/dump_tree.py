"""A state dump as people read it: the process, what is wrong, then the tree of actors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from nanie_actors.cli.rendering import duration, isolated, moment, table

SHOWN: Final = 40
"""Actors that are shown before `--all` is needed: about a screen."""

NAMED: Final = 10
"""So many actors are named where something is wrong with more."""

SILENT_STATES: Final = ("failed", "starting", "stopping", "stopped")
"""Who is in such a state is not expected to answer."""

GROUP_ID: Final = 23
"""Characters of an ordinary group's id, which stays on one line on a narrow terminal; longer ones fold."""

COMMON: Final = ("state", "mail#", "handled#", "failed#", "restarts#", "busy with")

ONLY_IF_ANY: Final = ("name", "failed#", "restarts#", "busy with", "pushes#")
"""Columns that are left out where they would say nothing: an ordinary dump fits on a narrow terminal."""

Dump = dict[str, Any]


def view(taken: Dump, *, everything: bool = False) -> Group:
    """A dump for people; without `everything` only as many actors as a screen holds, the busiest first."""
    actors = taken["actors"]
    return Group(
        _process(taken["worker"], actors),
        *_troubles(taken),
        _singles(actors),
        *_quarantined(actors),
        *_unsent(actors),
        *_tree(actors, None if everything else SHOWN),
    )


def _process(worker: Dump, actors: list[Dump]) -> Text:
    inside = worker["ingress"]["inside"], worker["inbox"]["inside"]
    log = worker["log"]
    return Text(
        f"nanie {worker['version']}  pid {worker['pid']}  since {moment(worker['started'], form='%H:%M:%S')}"
        f"  state {isolated(worker['state'])}\n"
        f"{len(actors)} actors  {inside[0]} events and {inside[1]} commands under way"
        f"  {worker['dead_letters']} dead letters"
        f"  log: {log['lines']} lines in {log['flushes']} flushes, {log['segments']} segments\n"
        f"{_model(worker)}"
    )


def _model(worker: Dump) -> str:
    """The language model in one line, if there is one."""
    model = worker.get("model")
    if model is None:
        return ""
    state = "answers" if model["answers"] else f"does not answer ({model['reason']})"
    read, given_up = model["outcomes"]["read"], model["outcomes"]["given_up"]
    return (
        f"the language model {state}: {read} messages read, {model['asked']} being read, "
        f"{model['waiting']} waiting, {given_up} given up\n"
    )


# ── what is wrong ───────────────────────────────────────────────────────────────────────────────────────


def _troubles(taken: Dump) -> Iterator[Text]:
    if taken["worker"].get("failure"):
        yield Text(f"FAILED: {taken['worker']['failure']}", style="bold red")
    for transport, jobs in taken["worker"].get("troubles", {}).items():
        for job, why in jobs.items():
            yield Text(f"{transport}: {job} does not work: {why}", style="red")
    stuck = [
        f"{actor['name']} ({actor['busy_with']} for {duration(actor['busy_s'])})"
        for actor in taken["actors"]
        if actor["stuck"]
    ]
    yield from _named("STUCK", stuck)
    silent = [actor["name"] for actor in taken["actors"] if _is_silent(actor) and not actor["stuck"]]
    yield from _named("NO ANSWER", silent)
    for kind in taken["dead_letters"]["kinds"]:
        yield Text(f"dead letters: {kind['count']} to {kind['recipient']} ({kind['reason']})", style="red")


def _named(what: str, names: list[str]) -> Iterator[Text]:
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield Text(f"{what}: {isolated(', '.join(names[:NAMED]))}{more}", style="bold red")


def _is_silent(actor: Dump) -> bool:
    return not actor["answered"] and actor["state"] not in SILENT_STATES


def _quarantined(actors: list[Dump]) -> Iterator[Table]:
    rows = [
        (entry["group"], moment(entry["since"]), entry["poison"], entry.get("reason"))
        for actor in actors
        for entry in actor["own"].get("quarantined", ())
    ]
    if rows:
        yield table("\nQuarantined", ("group", "since", "failed on", "why"), rows)


def _unsent(actors: list[Dump]) -> Iterator[Table]:
    """Texts that did not reach WhatsApp at once; RETRY_SYNC decides about those of which nobody knows."""
    rows = [
        (actor["key"], entry["state"], moment(entry["since"]), entry["attempts"], entry.get("reason"))
        for actor in actors
        for entry in actor["own"].get("unsent", ())
        if entry["state"] in ("failed", "unknown")
    ]
    if rows:
        yield table("\nTexts not sent", ("group", "state", "since", "attempts#", "why"), rows[:SHOWN])


# ── the tree ────────────────────────────────────────────────────────────────────────────────────────────


def _singles(actors: list[Dump]) -> Table:
    rows = [(actor["name"], *_common(actor), _words(actor)) for actor in actors if not actor["key"]]
    return _telling("", ("actor", *COMMON, "says"), rows)


def _words(actor: Dump) -> str:
    own = actor["own"]
    match actor["kind"]:
        case "gateway" if own:
            return f"{own['groups']} groups, {own['routed']} routed, {own['ignored']} ignored{_sources(own)}"
        case "registry" if own:
            lives = ", ".join(f"{count} {life}" for life, count in own["lives"].items() if count)
            return f"{own['conversations']} conversations linked, groups: {lives or 'all asleep'}"
        case _:
            return ""


def _sources(own: Dump) -> str:
    """With names `sources` is a mapping, without them a list."""
    sources = own["sources"]
    if isinstance(sources, dict):
        told = [
            f"{name}: {_connection(source)} {source.get('reason', '')}" for name, source in sources.items()
        ]
    else:
        told = [_connection(source) for source in sources]
    return "".join(f", {text.strip()}" for text in told)


def _connection(source: Dump) -> str:
    """The state of a connection, since when, and when it goes on by itself."""
    times = "".join(
        f" {word} {moment(source[word], form='%H:%M:%S')}" for word in ("since", "until") if source.get(word)
    )
    return f"{source['state']}{times}"


def _common(actor: Dump, doing: str | None = None) -> tuple[Any, ...]:
    """`doing` is the actor's own word for its state, which tells more than that it has nothing to do."""
    busy = actor["busy_with"]
    state = "NO ANSWER" if _is_silent(actor) else actor["state"]
    return (
        doing if doing is not None and state == "idle" else state,
        actor["depth"] + actor["system_depth"],
        actor["handled"],
        actor["failed"],
        actor["restarts"],
        f"{busy} for {duration(actor['busy_s'])}" if busy else None,
    )


def _telling(title: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> Table:
    """A table without the columns that would say nothing."""
    kept = [
        place
        for place, column in enumerate(columns)
        if column not in ONLY_IF_ANY or any(row[place] for row in rows)
    ]
    made = table(title, [columns[place] for place in kept], [[row[place] for place in kept] for row in rows])
    made.columns[0].min_width = min(GROUP_ID, max((len(row[0]) for row in rows), default=0))
    return made


def _tree(actors: list[Dump], limit: int | None) -> Iterator[Any]:
    """Groups, each with its conversations below it, the most interesting first."""
    rows = list(_rows(_families(actors)))
    shown = rows[:limit]
    if shown:
        columns = ("", "name", "rev#", "lag#", "events#", "pushes#", *COMMON)
        yield _telling("\nGroups and their conversations", columns, shown)
    if len(shown) < len(rows):
        yield Text(f"… and {len(rows) - len(shown)} more, less busy (--all shows them)")


def _families(actors: list[Dump]) -> list[list[Dump]]:
    """Each group with its conversations; at the end the conversations of no group that was told."""
    groups = {actor["key"]: [actor] for actor in actors if actor["kind"] == "group"}
    alone: list[Dump] = []
    conversations = [actor for actor in actors if actor["kind"] == "conversation"]
    for actor in sorted(conversations, key=_interest, reverse=True):
        groups.get(actor["own"].get("group"), alone).append(actor)
    families = sorted(groups.values(), key=lambda family: max(map(_interest, family)), reverse=True)
    return [*families, alone]


def _interest(actor: Dump) -> tuple[Any, ...]:
    waiting = actor["depth"] + actor["system_depth"]
    wrong = actor["stuck"], actor["state"] == "failed", _is_silent(actor)
    return *wrong, waiting, actor["busy_s"], actor["failed"], actor["handled"]


def _rows(families: list[list[Dump]]) -> Iterator[tuple[Any, ...]]:
    for family in families:
        for actor in family:
            yield _group(actor) if actor["kind"] == "group" else _conversation(actor)


def _group(actor: Dump) -> tuple[Any, ...]:
    own = actor["own"]
    counts = (own.get("revision"), None, own.get("events"), None)
    return actor["key"], own.get("name"), *counts, *_common(actor, own.get("life"))


def _conversation(actor: Dump) -> tuple[Any, ...]:
    own = actor["own"]
    lag = own["revision"] - own["accepted"] if "revision" in own else None
    counts = (own.get("accepted"), lag, None, own.get("pushes"))
    return f"  {actor['key']}", None, *counts, *_common(actor, own.get("command"))
