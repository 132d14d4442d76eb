"""What a worker process is to suffer: made by the parent, carried out by `chaos.inside`. Plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

VARIABLE = "CHAOS_ORDERS"
"""The environment variable in which the orders reach the process. No setting of the worker's begins so."""

Action = Literal["kill-before", "kill-halfway", "kill-after", "EIO", "EROFS", "ENOSPC", "wait"]

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Strike the `nth` call of a kind on a file, and `count - 1` after it.

    `call` is a method of the worker's file system edge (`write`, `sync`, `rename`, …); `where` a shell
    pattern of the path below the state directory. `ms` is how long `wait` waits.
    """

    call: str
    where: str
    nth: int
    action: Action
    count: int = 1
    ms: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """A disk that is full after so many bytes; after so many refused writes somebody makes room."""

    bytes: int
    refusals: int


@dataclass(frozen=True, slots=True)
class Aim:
    """Kill at the `nth` call of a named place of the worker's code (see `chaos.inside.aims`)."""

    place: str
    nth: int
    when: When


@dataclass(frozen=True, slots=True)
class Jump:
    """After so many readings the wall clock goes on from `ms` milliseconds further, or earlier."""

    after: int
    ms: int


@dataclass(frozen=True, slots=True)
class Orders:
    """Everything that one process suffers. `notes` and `sent` are files of the parent's.

    `plug` is a folder for what a loss of power would take back (None: nobody will pull the plug).
    `crash_every`: the extractor fails at about every so many texts. `switched_off` names the mechanisms that
    a negative control works without. `journal_after` and `snapshot_after` make the group files grow in
    smaller steps than a worker takes, so that a short run sees many.
    """

    notes: str
    sent: str
    seed: int = 0
    rules: tuple[Rule, ...] = ()
    quota: Quota | None = None
    aim: Aim | None = None
    jumps: tuple[Jump, ...] = ()
    crash_every: int = 0
    plug: str | None = None
    switched_off: tuple[str, ...] = ()
    journal_after: int = 8
    snapshot_after: int = 30

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse. Raises KeyError or TypeError for anything else."""
        raw: dict[str, Any] = json.loads(text)
        raw["rules"] = tuple(Rule(**rule) for rule in raw["rules"])
        raw["quota"] = None if raw["quota"] is None else Quota(**raw["quota"])
        raw["aim"] = None if raw["aim"] is None else Aim(**raw["aim"])
        raw["jumps"] = tuple(Jump(**jump) for jump in raw["jumps"])
        raw["switched_off"] = tuple(raw["switched_off"])
        return cls(**raw)
