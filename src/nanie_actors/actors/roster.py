"""The life of a child actor, as a state machine. Pure: the RegistryActor asks it what may happen next.

           ┌─────────────────────────────── ended ─────────────────────────────────┐
           ▼                                                                       │
        absent ──start──► active ──passivate──► revoking ──released──► draining    │
           ▲               │ ▲ ▲                                        │  │       │
           │            fail │ └────────────────resume──────────────────┘  └─drained─► stopping
           │               │ restarted
           │               ▼ │
           │             failed ──give up──► condemned ──released──► quarantined
           └────────────────────────unquarantine──────────────────────────┘

Whoever revokes or drains may fail as well. While a child does not take mail, what arrives for it is kept
here, in order: it goes to its successor, or, of a quarantined one, to where its events are put aside.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Life = Literal["active", "revoking", "draining", "stopping", "failed", "condemned", "quarantined"]
"""`absent` is having no entry."""

Step = Literal[
    "passivate",
    "released",
    "drained",
    "ended",
    "resume",
    "fail",
    "restarted",
    "give_up",
    "unquarantine",
]

_MOVES: dict[tuple[Life, Step], Life | None] = {
    ("active", "passivate"): "revoking",
    ("active", "fail"): "failed",
    ("revoking", "released"): "draining",
    ("revoking", "fail"): "failed",
    ("draining", "resume"): "active",
    ("draining", "drained"): "stopping",
    ("draining", "fail"): "failed",
    ("stopping", "ended"): None,
    ("failed", "restarted"): "active",
    ("failed", "give_up"): "condemned",
    ("condemned", "released"): "quarantined",
    ("quarantined", "unquarantine"): None,
}


class IllegalMove(Exception):
    """A step that the state machine does not have: a fault of ours."""


class Remains(Protocol):
    """What a child was told and has not settled; it outlives the incarnations of its actor."""

    def take_all(self) -> list[Any]:
        """Hand everything over to somebody else, in order."""


@dataclass(slots=True)
class Child:
    """One living (or failed) child of the registry.

    `revokes` counts the handshakes with the gateway that are under way: only the last answer says that no
    lease is left. `poison` is the message that it failed on.
    """

    key: str
    ref: Any
    remains: Remains
    life: Life = "active"
    waiting: list[Any] = field(default_factory=list)
    failures: list[float] = field(default_factory=list)
    revokes: int = 0
    erase: bool = False
    erasing: bool = False
    reason: str = ""
    since_ms: int = 0
    poison: Any = None

    @property
    def takes_mail(self) -> bool:
        """Whether messages may be told to it now: not when others wait, which come first."""
        return self.life == "active" or (self.life == "failed" and not self.waiting)


class Roster:
    """All children of one kind, by key."""

    def __init__(self) -> None:
        self._children: dict[str, Child] = {}
        self._counts: Counter[Life] = Counter()

    def __len__(self) -> int:
        return len(self._children)

    def get(self, key: str) -> Child | None:
        """The child, or None while it is absent."""
        return self._children.get(key)

    def all(self) -> list[Child]:
        """All children that are not absent."""
        return list(self._children.values())

    def living(self, life: Life) -> list[Child]:
        """All children in a state; quick when there are none."""
        return [child for child in self.all() if child.life == life] if self._counts[life] else []

    def start(self, key: str, ref: Any, remains: Remains) -> Child:
        """absent → active."""
        if key in self._children:
            raise IllegalMove(f"{key} is {self._children[key].life}: it cannot be started")
        child = self._children[key] = Child(key, ref, remains)
        self._counts["active"] += 1
        return child

    def step(self, child: Child, step: Step) -> None:
        """Move a child on; raises IllegalMove for a step that its state does not have."""
        try:
            life = _MOVES[child.life, step]
        except KeyError:
            raise IllegalMove(f"{child.key} is {child.life}: no {step} from there") from None
        self._counts[child.life] -= 1
        if life is None:
            del self._children[child.key]
        else:
            child.life = life
            self._counts[life] += 1

    def counts(self) -> dict[str, int]:
        """How many children are in which state."""
        return {life: count for life, count in self._counts.items() if count}
