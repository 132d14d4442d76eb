"""The life of a child actor, as a state machine. Pure: the RegistryActor asks it what may happen next.

              ┌────────────────────────── terminated ───────────────────────────┐
              ▼                                                                 │
           absent ──start──► active ──passivate──► revoking ──released──► draining
              ▲                │  ▲                                        │   │
              │             fail  restarted                          resume│   │terminated
              │                ▼  │                                        ▼   ▼
              └─unquarantine─ failed ──give up──► quarantined            active  absent

While a child is revoking or draining, what arrives for it is kept here, in order, and goes to its successor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Life = Literal["active", "revoking", "draining", "failed", "quarantined"]
"""`absent` is having no entry."""

Step = Literal[
    "start", "passivate", "released", "drained", "resume", "fail", "restarted", "give_up", "unquarantine"
]

_MOVES: dict[tuple[Life, Step], Life | None] = {
    ("active", "passivate"): "revoking",
    ("active", "fail"): "failed",
    ("revoking", "released"): "draining",
    ("revoking", "fail"): "failed",
    ("draining", "resume"): "active",
    ("draining", "drained"): None,
    ("draining", "fail"): "failed",
    ("failed", "fail"): "failed",
    ("failed", "restarted"): "active",
    ("failed", "give_up"): "quarantined",
    ("quarantined", "unquarantine"): None,
}


class IllegalMove(Exception):
    """A step that the state machine does not have: a fault of ours."""


@dataclass(slots=True)
class Child:
    """One living (or failed) child of the registry."""

    key: str
    ref: Any
    life: Life = "active"
    waiting: list[Any] = field(default_factory=list)
    failures: list[float] = field(default_factory=list)
    erase: bool = False
    reason: str = ""
    since_ms: int = 0
    poison: str = ""

    @property
    def takes_mail(self) -> bool:
        """Whether messages may be told to it now; else they wait here for its successor."""
        return self.life in ("active", "failed")


class Roster:
    """All children of one kind, by key."""

    def __init__(self) -> None:
        self._children: dict[str, Child] = {}

    def __len__(self) -> int:
        return len(self._children)

    def __contains__(self, key: str) -> bool:
        return key in self._children

    def get(self, key: str) -> Child | None:
        """The child, or None while it is absent."""
        return self._children.get(key)

    def all(self) -> list[Child]:
        """All children that are not absent."""
        return list(self._children.values())

    def start(self, key: str, ref: Any) -> Child:
        """absent → active."""
        if key in self._children:
            raise IllegalMove(f"{key} is {self._children[key].life}: it cannot be started")
        child = self._children[key] = Child(key, ref)
        return child

    def step(self, child: Child, step: Step) -> None:
        """Move a child on; raises IllegalMove for a step that its state does not have."""
        try:
            life = _MOVES[child.life, step]
        except KeyError:
            raise IllegalMove(f"{child.key} is {child.life}: no {step} from there") from None
        if life is None:
            del self._children[child.key]
        else:
            child.life = life

    def counts(self) -> dict[str, int]:
        """How many children are in which state."""
        counts: dict[str, int] = {}
        for child in self._children.values():
            counts[child.life] = counts.get(child.life, 0) + 1
        return counts
