"""What a run came to, put together from its chapters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chaos.chapter import Outcome
from chaos.findings import Finding


@dataclass(slots=True)
class Line:
    """One storm, or one control."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        found = [{"law": finding.law, "text": finding.text} for finding in self.findings]
        return {"name": self.name, "counts": dict(self.counts), "findings": found}


@dataclass(frozen=True, slots=True)
class Summary:
    """All of them. `command` is how the run is repeated."""

    command: str
    storms: Sequence[Line]
    controls: Sequence[Line]

    @property
    def good(self) -> bool:
        """Nothing was found where everything worked, and something wherever a mechanism was switched off."""
        return not any(line.findings for line in self.storms) and all(line.findings for line in self.controls)

    def again(self, name: str) -> str:
        """The command that repeats one storm."""
        return f"{self.command} --only {name!r}"

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "command": self.command,
            "good": self.good,
            "kills": sum(line.counts["kills"] for line in self.storms),
            "storms": [line.to_json() for line in self.storms],
            "controls": [line.to_json() for line in self.controls],
        }


def lines_of(outcomes: Iterable[Outcome]) -> list[Line]:
    """One line a storm, in the order of the chapters."""
    lines: dict[str, Line] = {}
    for outcome in outcomes:
        line = lines.setdefault(outcome.chapter.storm, Line(outcome.chapter.storm))
        line.counts.update(outcome.counts)
        line.findings += outcome.findings
    return list(lines.values())
