"""Looks into a running worker by its control socket, as its operator would: a line of JSON each way."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ANSWER_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class View:
    """A state dump."""

    raw: dict[str, Any]

    @property
    def told_everything(self) -> bool:
        """Whether every account has told all it has."""
        states = [source["state"] for source in self._own("gateway").get("sources", ())]
        return bool(states) and all(state in ("finished", "failed") for state in states)

    @property
    def taken_in(self) -> bool:
        """Whether every group has taken in, or put aside, what it was sent."""
        return self.told_everything and not self.raw["worker"]["ingress"]["inside"]

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way in, and no text on its way to WhatsApp."""
        waiting = [
            count
            for actor in self._groups()
            for state, count in actor["own"].get("outbox", {"queued": 1}).items()
            if state in ("queued", "sending", "failed") and isinstance(count, int)
        ]
        worker = self.raw["worker"]
        return not any(waiting) and not worker["ingress"]["inside"] and not worker["inbox"]["inside"]

    @property
    def dead_letters(self) -> int:
        """Messages that no actor handled."""
        return int(self.raw["dead_letters"]["total"])

    @property
    def quarantined(self) -> list[str]:
        """Groups that are out of order."""
        return [entry["group"] for entry in self._own("registry").get("quarantined", ())]

    def _groups(self) -> Iterator[dict[str, Any]]:
        return (actor for actor in self.raw["actors"] if actor["kind"] == "group")

    def _own(self, name: str) -> dict[str, Any]:
        found = [actor["own"] for actor in self.raw["actors"] if actor["name"] == name]
        return dict(found[0]) if found else {}


def look(state: Path) -> View | None:
    """A dump of the worker on that directory; None if it does not answer (it starts, or it is gone)."""
    return None if (answer := ask(state, {"op": "dump"})) is None else View(answer)


def ask(state: Path, request: dict[str, Any]) -> Any:
    """One request; the answer's data. None if nobody answers, or with a refusal."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_WITHIN_S)
            connection.connect(str(state / "run" / "nanie.sock"))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(connection.makefile("rb").readline())
    except (OSError, ValueError):
        return None
    return answer.get("data") if answer.get("ok") else None
