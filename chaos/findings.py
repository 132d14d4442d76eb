"""What the checker finds: which law is broken, and how it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Law = Literal["lost", "doubled", "order", "crossed", "revision", "dead letter", "other"]

LAWS: tuple[Law, ...] = get_args(Law)
"""Lost, doubled, out of order, in somebody else's hands, a revision that does not grow or comes twice with
different content, a message that no actor handled, and whatever else must not be (a process that does not
start, a group out of order, a failure of the worker's own)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken law. Its text holds no more than ids and the storm's own made-up texts."""

    law: Law
    text: str


def by_law(findings: Iterable[Finding]) -> dict[Law, int]:
    """How many of each."""
    counted = Counter(finding.law for finding in findings)
    return {law: counted[law] for law in LAWS}
