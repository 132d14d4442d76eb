"""What the runtime raises to programmers; none of these is ever shown to a user.

RuntimeFault
├── AskInsideActor      an actor tried to wait for another one (law: actors tell, they never ask)
├── NameTaken           two living actors may not share a name
├── SystemClosed        an actor was started after the shutdown
└── StepsExhausted      a hand-run system did not come to rest
"""

from __future__ import annotations


class RuntimeFault(RuntimeError):
    """Base of the runtime's own errors."""


class AskInsideActor(RuntimeFault):
    """A handler waited for a reply: it holds a pool thread, and two may wait for each other for ever."""

    def __init__(self) -> None:
        super().__init__(
            "an actor must not wait for a reply: tell the other actor and take its answer as a message"
        )


class NameTaken(RuntimeFault):
    """An actor of that name is still alive, or has not finished stopping."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"an actor named {name!r} is still alive: wait for its Terminated before starting it anew"
        )


class SystemClosed(RuntimeFault):
    """The system was shut down; nothing can be started in it."""


class StepsExhausted(RuntimeFault):
    """`run_until_idle` took all the steps it was allowed and actors were still ready."""
