"""A whole tree of actors run by hand: no thread, no real disk, no real time. Tests live in it as a router
and a WhatsApp account would live with the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import orjson

from nanie_actors.actors.tree import ActorTree
from nanie_actors.messages import SaveDirectory, StopAll
from nanie_actors.model import ConversationId, EpochMs, GroupId, Inbound, MessageId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow
from nanie_actors.runtime import (
    ActorSystem,
    DeadLetters,
    HandRunDispatcher,
    ManualClock,
    ManualTimers,
    PooledRef,
)
from nanie_actors.runtime.hand_run import Choice
from nanie_actors.settings import Settings
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.questions import Model
from nanie_actors.whatsapp.edge import OutgoingText, SendOutcome, Sent

STATE = Path("/state")


@dataclass
class Verbatim:
    """One event a text, so that a test sees which texts became events. It fails at what contains `poison`."""

    poison: str | None = "boom"
    name: str = "verbatim"

    def extract(self, text: str, at: EpochMs) -> list[ExtractedEvent]:
        if self.poison is not None and self.poison in text:
            raise RuntimeError("the extractor failed")
        return [ExtractedEvent(at, "other", text, text)]


@dataclass
class Transport:
    """Keeps what goes out; accepts at once if `open`; fails at a body with `poison` in it."""

    name: str = "hand"
    open: bool = True
    poison: bytes | None = None
    out: list[tuple[Outgoing, Callable[[bool], None]]] = field(default_factory=list)
    waiting: list[Callable[[bool], None]] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    finished: list[tuple[str, bool]] = field(default_factory=list)

    def start(self, inbox: Any) -> None:
        """Rows are put by the test."""

    def stop_intake(self) -> None:
        """Nothing to stop."""

    def stop(self) -> None:
        """Nothing to stop."""

    def deliver(self, out: Outgoing, accepted: Callable[[bool], None]) -> None:
        if self.poison is not None and self.poison in out.body:
            raise RuntimeError("the transport failed")
        self.out.append((out, accepted))
        if self.open:
            accepted(True)
        else:
            self.waiting.append(accepted)

    def accept(self) -> None:
        """Take everything that was not taken yet, and from now on all at once."""
        self.open = True
        while self.waiting:
            self.waiting.pop(0)(True)

    def rename(self, conversation: ConversationId, title: str) -> None:
        self.titles[conversation] = title

    def settled(self, row: RowId, debug: bool) -> None:
        self.finished.append((row, debug))


@dataclass
class Phone:
    """A WhatsApp account: keeps what is sent, settles it as scripted, or only when the test says so."""

    name: str = "phone"
    live: bool = False
    connected: bool = True
    outcomes: list[SendOutcome] = field(default_factory=list)
    hold: bool = False
    sent: list[tuple[OutgoingText, Callable[[SendOutcome], None]]] = field(default_factory=list)

    def start(self, ingress: Any) -> None:
        """Events are put by the test."""

    def stop(self) -> None:
        """Nothing to stop."""

    def reaches(self, group: GroupId) -> bool:
        del group  # the whole account is connected or not
        return self.connected

    def send(self, text: OutgoingText, settled: Callable[[SendOutcome], None]) -> None:
        self.sent.append((text, settled))
        if not self.hold:
            settled(
                self.outcomes.pop(0) if self.outcomes else Sent(MessageId(f"W{len(self.sent)}"), EpochMs(1))
            )


class Household:
    """See the module. `crash` ends the process and starts the next one on the same disk."""

    def __init__(
        self,
        *,
        extractor: Verbatim | None = None,
        schedule: Random | Choice | None = None,
        live: bool = False,
        model: Model | None = None,
        **sections: Any,
    ) -> None:
        self.settings = Settings.model_validate({"push": {"interval_s": 0.0}, **sections})
        self.disk = MemoryDisk(STATE)
        self.layout = StateLayout(STATE)
        self.clock = ManualClock(1_764_000_000_000)
        self.extractor = extractor or Verbatim()
        self.model = model
        self.schedule = schedule
        self.live = live
        self.rows = 0
        self.failures: list[str] = []
        self.begin()

    def begin(self) -> None:
        """Start a process on what the disk holds."""
        self.transport = Transport()
        self.phone = Phone(live=self.live)
        self.dispatcher = HandRunDispatcher(self.schedule)
        self.tree = ActorTree(
            self.settings,
            disk=self.disk,
            layout=self.layout,
            clock=self.clock,
            extractor=self.extractor,
            sources=[self.phone],
            transports=[self.transport],
            model=self.model,
        )
        self.dead_letters = DeadLetters(self.clock, on_dead_letter=self.tree.dead_letter)
        self.timers = ManualTimers(self.clock)
        self.system = ActorSystem(
            self.dispatcher, clock=self.clock, timers=self.timers, dead_letters=self.dead_letters
        )
        self.tree.start(self.system, lambda name, error: self.failures.append(f"{name}: {error!r}"))
        self.inbox = self.tree.router_door()
        self.ingress = self.tree.whatsapp_door()

    def crash(self, *, power_loss: bool = False) -> None:
        """kill -9, or the plug; then start again."""
        if power_loss:
            self.disk.power_loss()
        else:
            self.disk.kill()
        self.system.shutdown(0.0)
        self.begin()

    def run(self) -> None:
        """Let everything happen that can happen without time passing."""
        while self.dispatcher.run_until_idle() or self.disk.run():
            pass

    def wait(self, seconds: float) -> None:
        """Let time pass, a second at a time: what a timer starts may set the next timer."""
        self.run()
        for _ in range(int(seconds)):
            self.clock.advance(1.0)
            self.run()

    def stop(self) -> bool:
        """A clean stop, as the worker does it."""
        self.run()
        stopped = self.stop_soon()
        self.tree.gateway.tell(SaveDirectory())
        self.run()
        return bool(stopped)

    def stop_soon(self) -> list[bool]:
        """Tell the registry to stop, whatever is under way; the list gets an entry once all is done."""
        stopped: list[bool] = []
        self.tree.registry.tell(StopAll(lambda: stopped.append(True)))
        return stopped

    # ── as the router ───────────────────────────────────────────────────────────────────────────────────

    def put(self, conversation: str, content: str | dict[str, Any], row: str | None = None) -> str:
        """Hand in a row; nothing runs yet."""
        self.rows += 1
        row = row or f"row-{self.rows}"
        text = content if isinstance(content, str) else orjson.dumps(content).decode()
        self.inbox.put(RouterRow(RowId(row), ConversationId(conversation), text, "hand"))
        return row

    def say(
        self, conversation: str, action: str, row: str | None = None, **fields: Any
    ) -> list[dict[str, Any]]:
        """Send a command and run; what was answered to it."""
        before = len(self.transport.out)
        row = self.put(conversation, {"action": action, **fields}, row)
        self.run()
        return [orjson.loads(out.body) for out, _ in self.transport.out[before:] if out.in_reply_to == row]

    def link(self, conversation: str, group: GroupId) -> None:
        """Link a conversation to a group, and see that it worked."""
        answers = self.say(conversation, "SELECT_GROUP", groupId=group)
        assert [answer["type"] for answer in answers] == ["STATUS", "DATA"], answers

    def shown(self, conversation: str) -> list[str]:
        """The labels of the newest timeline that the conversation was shown."""
        for out, _ in reversed(self.transport.out):
            body = orjson.loads(out.body)
            if out.conversation == conversation and "events" in body.get("data", {}):
                return [event["label"] for event in body["data"]["events"]]
        return []

    def pushes(self, conversation: str) -> list[dict[str, Any]]:
        """All pushes to a conversation."""
        return [
            orjson.loads(out.body)
            for out, _ in self.transport.out
            if out.conversation == conversation and out.in_reply_to is None
        ]

    # ── as WhatsApp ─────────────────────────────────────────────────────────────────────────────────────

    def tell(self, *events: Inbound) -> None:
        """The account received these; nothing runs yet."""
        for event in events:
            self.ingress.put(event)

    # ── as another program ──────────────────────────────────────────────────────────────────────────────

    def file(self, group: GroupId) -> list[dict[str, Any]]:
        """The group's timeline.json."""
        blob = self.disk.read(self.layout.timeline(group))
        return [] if blob is None else list(orjson.loads(blob))

    def mappings(self) -> dict[str, Any]:
        """mappings.json."""
        blob = self.disk.read(self.layout.mappings)
        return {} if blob is None else dict(orjson.loads(blob))

    def actor(self, name: str) -> PooledRef[Any]:
        """A living actor."""
        ref = self.system.find(name)
        assert ref is not None, name
        return ref

    def own_words(self, name: str) -> dict[str, Any]:
        """What a living actor says of itself."""
        return dict(self.actor(name)._instance().inspect())  # type: ignore[union-attr]

    def life(self, name: str) -> str | None:
        """What the runtime says of an actor."""
        return next((report.state for report in self.system.reports() if report.name == name), None)
