"""All that lasts over the processes of one chapter: the state directory, who lives there, what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from random import Random

from chaos.evidence import keep_evidence
from chaos.findings import Finding, Law
from chaos.laws import check
from chaos.population import Population, people
from chaos.reading import Unreadable, read_line
from chaos.story import Story
from chaos.stream import Stream
from chaos.tenant import Tenant
from chaos.witness import Witness

BASE_SETTINGS: Mapping[str, str] = {
    "NANIE_EXTRACTION__EXTRACTOR": "verbatim",
    "NANIE_LOG__FORMAT": "json",
    "NANIE_PUSH__INTERVAL_S": "0.01",
    "NANIE_PUSH__EVENTS": "100000",
    "NANIE_GROUPS__RECENT_MESSAGES": "500",
    "NANIE_STORAGE__SEGMENT_BYTES": "65536",
    "NANIE_STORAGE__SEGMENTS": "2",
    "NANIE_SUPERVISION__FIRST_DELAY_S": "0.02",
    "NANIE_SUPERVISION__MAX_DELAY_S": "0.2",
    "NANIE_LIMITS__COMMANDS_BURST": "100000",
    "NANIE_LIMITS__PUSHES_BURST": "100000",
    "NANIE_OUTBOX__FIRST_DELAY_S": "0.2",
    "NANIE_OUTBOX__MAX_DELAY_S": "1",
}
"""Small sizes and short delays: what takes an hour of an ordinary worker happens within a second."""

AUDITOR = "auditor-"
"""Begins the name of a conversation that links a group at the very end, so that each has a listener then."""


class Stage:
    """One state directory over many processes."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.notes = folder / "notes.jsonl"
        self.sent = folder / "sent.jsonl"
        self.random = Random(seed)
        self.people: Population = people(
            self.random, groups=self.random.randint(3, 5), conversations=5, accounts=2
        )
        self.stream = Stream(self.people, self.random)
        order = count()
        self.tenants = {
            name: Tenant(name, self.people.groups, Random(f"{seed}/{name}"), order)
            for name in self.people.conversations
        }
        self.auditors = {
            group.jid: Tenant(f"{AUDITOR}{number}", (group,), Random(0), order)
            for number, group in enumerate(self.people.groups)
        }
        self.everybody = {**self.tenants, **{tenant.name: tenant for tenant in self.auditors.values()}}
        self.witness = Witness(self.everybody)
        self.counted: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.processes = 0
        self.extractor_fails = False

    def hears(self, raw: bytes, run: int) -> None:
        """A line of a worker's output."""
        try:
            line = read_line(raw)
        except Unreadable as error:
            self.found("other", str(error))
            return
        shown = self.witness.sees(line, run)
        if shown is not None:
            texts = {item.message: item.text for item in shown.items if item.message is not None}
            self.stream.accept(shown.group, texts)

    def found(self, law: Law, text: str) -> None:
        """Something that must not be."""
        self.findings.append(Finding(law, text))

    def verdict(self) -> list[Finding]:
        """Everything that is wrong, now that nothing runs any more."""
        story = Story(
            state=self.state,
            sent=self.sent,
            people=self.people,
            stream=self.stream,
            tenants=self.everybody,
            timelines=self.witness.timelines,
            own_groups=self.witness.own_groups,
            recent=self.witness.recent,
            extractor_fails=self.extractor_fails,
            ends=self.processes,
        )
        findings = [*self.findings, *self.witness.findings, *check(story)]
        if findings:
            keep_evidence(self.folder, story, findings)
        return findings
