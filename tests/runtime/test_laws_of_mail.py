"""Whatever the interleaving: each message takes effect once, in order, or is one counted dead letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from actor_systems import make_by_hand
from hypothesis import given, settings
from hypothesis import strategies as st

from nanie_actors.runtime import ChildFailed, HandRunDispatcher, PooledActor, PooledRef

Kind = Literal["plain", "fails once", "fails always", "holds", "asks itself"]


@dataclass(frozen=True)
class Mail:
    number: int
    kind: Kind


class Worker(PooledActor):
    """Does what its mail says. `diary` and `tried` outlive the instance, as a disk would."""

    def __init__(self, diary: list[Mail], tried: set[Mail]) -> None:
        super().__init__()
        self.diary = diary
        self.tried = tried

    def on_receive(self, mail: Any) -> Any:
        if mail.kind == "fails always" or (mail.kind == "fails once" and mail not in self.tried):
            self.tried.add(mail)
            raise LookupError(mail.kind)
        self.diary.append(mail)
        if mail.kind == "holds":
            self.context.hold()
            self.context.after(0.0, "release")
        if mail.kind == "asks itself":
            self.context.ref.ask_system("note", block=False)

    def on_system(self, message: Any) -> Any:
        return self.context.release() if message == "release" else super().on_system(message)


class Boss(PooledActor):
    """Retries what fails once, skips what fails always."""

    def on_system(self, message: Any) -> Any:
        assert isinstance(message, ChildFailed)
        message.ref.restart(retry=message.message.kind == "fails once")


class Sender(PooledActor):
    """Tells one piece of mail a turn, so that everybody else's turns come between."""

    def __init__(self, script: Sequence[Mail], to: PooledRef[Any]) -> None:
        super().__init__()
        self.script = list(script)
        self.to = to

    def on_start(self) -> None:
        self.context.ref.tell("go")

    def on_receive(self, _: Any) -> None:
        if self.script:
            self.to.tell(self.script.pop(0))
            self.context.ref.tell("go")


KINDS = st.sampled_from(["plain", "plain", "fails once", "fails always", "holds", "asks itself"])
SCRIPTS = st.lists(st.lists(KINDS, max_size=12), min_size=1, max_size=3)


@settings(max_examples=150, deadline=None)
@given(scripts=SCRIPTS, seed=st.integers(0, 2**32))
def test_restarts_and_holds_neither_lose_nor_double_nor_reorder_mail(
    scripts: list[list[Kind]], seed: int
) -> None:
    """The model: a worker's diary is its script without what fails always; each of those is a dead letter."""
    hand = make_by_hand(HandRunDispatcher(Random(seed)))
    boss = hand.system.start(Boss, name="boss")
    diaries: list[list[Mail]] = []
    mails = [[Mail(number, kind) for number, kind in enumerate(script)] for script in scripts]
    for index, script in enumerate(mails):
        diaries.append([])
        worker = hand.system.start(Worker, diaries[-1], set(), name=f"worker-{index}", supervisor=boss)
        hand.system.start(Sender, script, worker, name=f"sender-{index}")
    while hand.run() or len(hand.timers):
        hand.clock.advance(0.0)
    for index, script in enumerate(mails):
        assert diaries[index] == [mail for mail in script if mail.kind != "fails always"]
        report = next(report for report in hand.system.reports() if report.name == f"worker-{index}")
        failures = sum(mail.kind in ("fails once", "fails always") for mail in script)
        assert (report.failed, report.incarnation, report.depth) == (failures, failures + 1, 0)
    skipped = sum(mail.kind == "fails always" for script in mails for mail in script)
    assert hand.system.dead_letters.total() == skipped
    hand.system.shutdown(0)


@settings(max_examples=150, deadline=None)
@given(script=st.lists(KINDS, max_size=12), stop_at=st.integers(0, 12), seed=st.integers(0, 2**32))
def test_a_stop_anywhere_leaves_each_message_handled_or_counted(
    script: list[Kind], stop_at: int, seed: int
) -> None:
    """Law 2, for a sender that does not know of the stop."""
    random = Random(seed)
    hand = make_by_hand(HandRunDispatcher(random))
    diary: list[Mail] = []
    mails = [Mail(number, kind) for number, kind in enumerate(script)]
    boss = hand.system.start(Boss, name="boss")
    worker = hand.system.start(Worker, diary, set(), name="worker", supervisor=boss)
    for mail in mails:
        if mail.number == stop_at:
            worker.stop(block=False)
        worker.tell(mail)
        for _ in range(random.randrange(3)):
            hand.dispatcher.run_one()
    worker.stop(block=False)
    while hand.run() or len(hand.timers):
        hand.clock.advance(0.0)
    assert diary == [mail for mail in mails[:stop_at] if mail.kind != "fails always"]
    assert len(diary) + hand.system.dead_letters.total() == len(mails)
    assert hand.system.find("worker") is None
    hand.system.shutdown(0)
