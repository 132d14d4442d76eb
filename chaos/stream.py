"""The WhatsApp side: what happened in the groups, and how the accounts tell it, at least once.

A file per account in the recorded form that a worker replays. It is written anew before each start: with what
nobody was shown yet, some of what was told before, and what happened since. What somebody was shown is
accepted, and never told again as a matter of course: should the worker have lost it, it is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

from chaos.population import START_MS, Group, Population

SENDERS = ("alice", "bruno")

Kind = Literal["text", "edit", "revoke"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened in a group. `message` is the id it is about."""

    number: int
    group: Group
    kind: Kind
    message: str
    sender: str
    at: int
    text: str


class Stream:
    """Grows as the seed says; knows what must become of it."""

    def __init__(self, people: Population, random: Random) -> None:
        self._people = people
        self._random = random
        self.entries: list[Entry] = []
        self._alive: dict[str, list[tuple[str, str]]] = {group.jid: [] for group in people.groups}
        self.accepted: set[int] = set()

    def grow(self, count: int) -> None:
        """So many further entries."""
        for _ in range(count):
            self.entries.append(self._next())

    def accept(self, group: str, shown: Mapping[str, str]) -> None:
        """A conversation was shown these texts, by message: their entries are on the worker's disk."""
        for entry in self.entries:
            if entry.group.jid == group and entry.text and shown.get(entry.message) == entry.text:
                self.accepted.add(entry.number)

    def tell(self, folder: Path, random: Random, *, repeat: float) -> list[Path]:
        """Write the accounts' files: everything not accepted, and of the rest this share once more."""
        told = [
            entry for entry in self.entries if entry.number not in self.accepted or random.random() < repeat
        ]
        paths = []
        for account in self._people.accounts:
            path = folder / f"account-{account}.jsonl"
            lines = [recorded(group) for group in self._people.of_account(account)]
            lines += [recorded(entry) for entry in told if entry.group.account == account]
            path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
            paths.append(path)
        return paths

    def span_s(self) -> float:
        """How long all of it took in the groups."""
        return len(self.entries) * 60.0

    def of_group(self, jid: str) -> list[Entry]:
        """What happened in one group, in order."""
        return [entry for entry in self.entries if entry.group.jid == jid]

    def _next(self) -> Entry:
        random, number = self._random, len(self.entries) + 1
        group = random.choice(self._people.groups)
        alive = self._alive[group.jid]
        at = START_MS + number * 60_000
        kind = random.choices(("text", "edit", "revoke"), (84, 11, 5))[0] if len(alive) > 2 else "text"
        if kind == "text":
            message, sender = f"M{number:05}", random.choice(SENDERS)
            alive.append((message, sender))
            return Entry(number, group, "text", message, sender, at, f"~{group.mark}~ said {number}")
        message, sender = random.choice(alive[-8:])
        if kind == "revoke":
            alive.remove((message, sender))
            return Entry(number, group, "revoke", message, sender, at, "")
        return Entry(number, group, "edit", message, sender, at, f"~{group.mark}~ edited {number}")


def texts_after(entries: Iterable[Entry]) -> dict[str, str]:
    """What a group's messages say after these entries, by id, in the order they were first said."""
    texts: dict[str, str] = {}
    for entry in entries:
        apply(texts, entry)
    return texts


def apply(texts: dict[str, str], entry: Entry) -> None:
    """One entry further."""
    match entry.kind:
        case "text" | "edit":
            texts[entry.message] = entry.text
        case "revoke":
            texts.pop(entry.message, None)


def recorded(what: Entry | Group) -> dict[str, Any]:
    """One line of a recorded stream: something that happened, or a group as the account announces it."""
    if isinstance(what, Group):
        seen = {"group": what.jid, "at": START_MS, "name": what.name, "participants": 3}
        return {"v": 1, "event": "group_seen", "data": seen}
    return _happened(what)


def _happened(entry: Entry) -> dict[str, Any]:
    about = {
        "group": entry.group.jid,
        "message_id": entry.message,
        "sender": entry.sender,
        "at": entry.at,
    }
    name = {"sender_name": entry.sender.title()}
    match entry.kind:
        case "text":
            message = {**about, **name, "kind": "text", "text": entry.text}
            return {"v": 1, "event": "message_arrived", "data": {"message": message}}
        case "edit":
            return {"v": 1, "event": "message_edited", "data": {**about, **name, "text": entry.text}}
        case _:
            return {"v": 1, "event": "message_revoked", "data": about}
