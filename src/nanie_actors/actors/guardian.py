"""Above the gateway and the registry: what they fail at is beyond repair, the process has to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nanie_actors.runtime import ChildFailed, PooledActor


class GuardianActor(PooledActor):
    """Tells the worker which of the two failed; restarting either would lose leases and order."""

    def __init__(self, beyond_repair: Callable[[str, BaseException], None]) -> None:
        super().__init__()
        self._beyond_repair = beyond_repair

    def on_system(self, message: Any) -> Any:
        """The system lane: failures of the two."""
        match message:
            case ChildFailed(name=name, error=error):
                self._beyond_repair(name, error)
                return None
            case _:
                return super().on_system(message)
