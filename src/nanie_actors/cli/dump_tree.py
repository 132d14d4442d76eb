"""A state dump as people read it: the process, what is wrong, then the tree of actors."""

from __future__ import annotations

from collections.abc import Iterator
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

COMMON: Final = ("state", "mail#", "busy with", "handled#", "failed#", "restarts#")

Dump = dict[str, Any]


def view(taken: Dump, *, everything: bool = False) -> Group:
    """A dump for people; without `everything` only as many actors as a screen holds, the busiest first."""
    actors = taken["actors"]
    return Group(
        _process(taken["worker"], actors),
        *_troubles(taken),
        _singles(actors),
        *_quarantined(actors),
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
    )


# ── what is wrong ───────────────────────────────────────────────────────────────────────────────────────


def _troubles(taken: Dump) -> Iterator[Text]:
    if taken["worker"].get("failure"):
        yield Text(f"FAILED: {taken['worker']['failure']}", style="bold red")
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


# ── the tree ────────────────────────────────────────────────────────────────────────────────────────────


def _singles(actors: list[Dump]) -> Table:
    rows = [(actor["name"], *_common(actor), _words(actor)) for actor in actors if not actor["key"]]
    return table("", ("actor", *COMMON, "says"), rows)


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
        told = [f"{name}: {source['state']} {source.get('reason', '')}" for name, source in sources.items()]
    else:
        told = [source["state"] for source in sources]
    return "".join(f", {text.strip()}" for text in told)


def _common(actor: Dump) -> tuple[Any, ...]:
    busy = actor["busy_with"]
    return (
        "NO ANSWER" if _is_silent(actor) else actor["state"],
        actor["depth"] + actor["system_depth"],
        f"{busy} for {duration(actor['busy_s'])}" if busy else None,
        actor["handled"],
        actor["failed"],
        actor["restarts"],
    )


def _tree(actors: list[Dump], limit: int | None) -> Iterator[Any]:
    """Groups, each with its conversations below it, the most interesting first."""
    rows = list(_rows(_families(actors)))
    shown = rows[:limit]
    if shown:
        columns = ("", "name", "does", "rev#", "lag#", "events#", "messages#", "pushes#", *COMMON)
        yield table("\nGroups and their conversations", columns, shown)
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
    counts = (own.get("revision"), None, own.get("events"), own.get("messages"), None)
    return actor["key"], own.get("name"), own.get("life"), *counts, *_common(actor)


def _conversation(actor: Dump) -> tuple[Any, ...]:
    own = actor["own"]
    lag = own["revision"] - own["accepted"] if "revision" in own else None
    counts = (own.get("accepted"), lag, None, None, own.get("pushes"))
    return f"  {actor['key']}", None, own.get("command"), *counts, *_common(actor)
