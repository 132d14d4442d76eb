"""A household run by hand under any schedule, with the storms' own bookkeeping around it: what went in, what
each conversation may see at each moment, and the verdict over files, pushes and replies (`chaos.laws`)."""

from __future__ import annotations

import json
from errno import ENOSPC
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import orjson
from household import Household
from moody import Moody
from written_out import write_out

from chaos.findings import Finding
from chaos.laws import check
from chaos.logbook import USER_MAIL
from chaos.population import Population, people
from chaos.reading import read_line
from chaos.rows import Row
from chaos.story import Story
from chaos.stream import Entry, Stream, recorded
from chaos.tenant import Tenant
from chaos.witness import Witness
from nanie_actors.messages import GroupIdle, SaveDirectory, SnapshotAll, Unquarantine, WriteBehind
from nanie_actors.model import GroupId
from nanie_actors.storage.disk import Lane
from nanie_actors.whatsapp.recording import decode_event

SLEEP_S = 700.0
"""Longer than a group stays awake without work."""


class Living:
    """Three groups, three conversations; everything that can happen to them is a method."""

    def __init__(self, seed: int, *, max_restarts: int = 50, **sections: Any) -> None:
        self.random = Random(seed)
        self.people: Population = people(self.random, groups=3, conversations=3, accounts=1)
        self.stream = Stream(self.people, self.random)
        order = count()
        self.tenants = {
            name: Tenant(name, self.people.groups, Random(f"{seed}/{name}"), order)
            for name in self.people.conversations
        }
        self.auditors = {
            group.jid: Tenant(f"auditor-{number}", (group,), Random(0), order)
            for number, group in enumerate(self.people.groups)
        }
        self.everybody = {**self.tenants, **{auditor.name: auditor for auditor in self.auditors.values()}}
        self.witness = Witness(self.everybody)
        self.findings: list[Finding] = []
        self.sent: list[dict[str, str]] = []
        self.extractor = Moody()
        self.extractor_failed = False
        self.processes = 1
        self._told = 0
        self._heard = 0
        self.house = Household(
            extractor=self.extractor,
            schedule=self.random,
            supervision={"max_restarts": max_restarts, "window_s": 3_600.0},
            push={"interval_s": 0.0, "events": 100_000},
            groups={"recent_messages": 500},
            **sections,
        )
        self._announce()

    # ── what happens ────────────────────────────────────────────────────────────────────────────────────

    def say(self, messages: int = 1) -> None:
        """Something happens in the groups, and WhatsApp tells it."""
        self.stream.grow(messages)
        self._tell(self.stream.entries[self._told :])
        self._told = len(self.stream.entries)

    def repeat(self, share: float) -> None:
        """WhatsApp tells a part of everything once more, in order."""
        self._tell([entry for entry in self.stream.entries if self.random.random() < share])

    def ask(self, conversation: int) -> None:
        """A conversation sends its next row, unless it waits for an answer."""
        tenant = self.tenants[self.people.conversations[conversation]]
        if (row := tenant.asks(self.processes)) is not None:
            self._put(row)

    def step(self, steps: int) -> None:
        """Actors and the disk take turns, as the seed says."""
        for _ in range(steps):
            if not self.house.dispatcher.run_one() or self.random.random() < 0.2:
                self.house.disk.run_one(self.random.choice(list(Lane)))
        self.look()

    def rest(self, seconds: float = 0.0) -> None:
        """Everything happens that can, and time passes."""
        self.house.wait(seconds)
        self.look()

    def doze(self, group: int) -> None:
        """A group has had nothing to do for long."""
        self.house.tree.registry.tell(GroupIdle(GroupId(self.people.groups[group].jid)))

    def snapshot(self) -> None:
        """Somebody wants the files written."""
        self.house.tree.registry.tell(SnapshotAll(None, lambda _: None))

    def write_behind(self) -> None:
        """The shared log wants to drop its oldest segment."""
        groups = tuple(GroupId(group.jid) for group in self.people.groups)
        self.house.tree.registry.tell(WriteBehind(groups))

    def refuse(self, call: str, name: str, times: int) -> None:
        """The disk does not do some of the next calls."""
        self.house.disk.files.fail(call, ENOSPC, name=name, count=times)

    def fail(self, times: int) -> None:
        """The extractor fails at what it is asked next."""
        self.extractor.fails = times
        self.extractor_failed = True

    def crash(self, *, power_loss: bool) -> None:
        """The process ends, or the machine; the next one starts on what is left."""
        self._close_books()
        if power_loss:
            self.house.disk.power_loss(lambda n: self.random.randrange(n + 1))
            self.house.system.shutdown(0.0)
            self.house.begin()
        else:
            self.house.crash()
        self._begin()

    def stop_and_start(self) -> None:
        """A clean stop, and the next process."""
        self.heal()
        self._stop()
        self.house.begin()
        self._begin()

    def heal(self) -> None:
        """The disk works again, and what fails does not any more."""
        self.house.disk.files.heal()
        self.extractor.fails = 0

    # ── what is seen ────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> None:
        """Take in what went out; finds at once what somebody may not see."""
        for out, _ in self.house.transport.out[self._heard :]:
            reply = orjson.loads(out.body)
            line = {"conversation_id": out.conversation, "reply": reply, "in_reply_to": out.in_reply_to}
            self.witness.sees(read_line(json.dumps(line).encode()), self.processes)
        self._heard = len(self.house.transport.out)
        assert self.witness.findings == []

    def verdict(self, folder: Path) -> list[Finding]:
        """Come to rest, link everybody, stop, and compare it all."""
        self._come_to_rest()
        for group, auditor in self.auditors.items():
            self._put(auditor.asks_for("SELECT_GROUP", self.processes, groupId=group))
            self._put(auditor.asks_for("RESYNC_HISTORY", self.processes))
        self.rest(5)
        for auditor in self.auditors.values():
            self._put(auditor.asks_for("GET_CONTEXT", self.processes, limit=1))
            self._put(auditor.asks_for("GET_STATUS", self.processes))
        self.rest(5)
        unanswered = [row.id for tenant in self.everybody.values() for row in tenant.open_rows]
        assert unanswered == []
        assert (self.house.tree.ingress.inside, self.house.tree.inbox.inside) == (0, 0)
        assert self.house.tree.pushes.groups() == set()
        self._stop()
        return [*self.findings, *self.witness.findings, *check(self._story(folder))]

    def _come_to_rest(self) -> None:
        self.heal()
        self.rest(120)
        for group in self.people.groups:
            self.house.tree.registry.tell(Unquarantine(GroupId(group.jid), False, lambda _: None))
        self.rest(120)

    def _story(self, folder: Path) -> Story:
        state, sent = folder / "state", folder / "sent.jsonl"
        write_out(self.house, state)
        sent.write_text("".join(json.dumps(record) + "\n" for record in self.sent))
        return Story(
            state=state,
            sent=sent,
            people=self.people,
            stream=self.stream,
            tenants=self.everybody,
            timelines=self.witness.timelines,
            own_groups=self.witness.own_groups,
            recent=self.witness.recent,
            extractor_fails=self.extractor_failed,
            ends=self.processes,
        )

    # ── the parts ───────────────────────────────────────────────────────────────────────────────────────

    def _announce(self) -> None:
        for group in self.people.groups:
            self.house.tell(decode_event(json.dumps(recorded(group)).encode()))

    def _tell(self, entries: list[Entry]) -> None:
        """What the worker settles is never told again as a matter of course: it has it, or it is lost."""
        for entry in entries:
            settled = partial(self.stream.accepted.add, entry.number)
            self.house.ingress.put(decode_event(json.dumps(recorded(entry)).encode()), settled)

    def _put(self, row: Row) -> None:
        self.witness.expects([row])
        self.house.put(row.conversation, {"action": row.action, **row.fields}, row.id)

    def _stop(self) -> None:
        """A clean stop, as the worker does it; what failed is tried again after a while."""
        stopped = self.house.stop_soon()
        self.house.wait(60)
        assert stopped == [True]
        self.house.tree.gateway.tell(SaveDirectory())
        self.house.run()
        self._close_books()

    def _close_books(self) -> None:
        """A process ends: what it did is known, what it owes comes again."""
        self.look()
        assert self.house.failures == []
        dead = {note.message_type for note in self.house.dead_letters.last()}
        assert dead & USER_MAIL == set()
        self.sent += [{"group": text.group, "text": text.text} for text, _ in self.house.phone.sent]

    def _begin(self) -> None:
        self.processes += 1
        self._heard = 0
        self._announce()
        self._tell([entry for entry in self.stream.entries if entry.number not in self.stream.accepted])
        for tenant in self.everybody.values():
            for row in tenant.begins(self.processes):
                self._put(row)
