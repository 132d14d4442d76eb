"""Laws of the transport's pure parts: what was read, what waits to go out, how long to wait."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nanie_actors.model import ConversationId
from nanie_actors.router.backoff import FIRST_S, LONGEST_S, Backoff
from nanie_actors.router.edge import Outgoing
from nanie_actors.router.lanes import Lanes
from nanie_actors.router.supabase.cursor import InboxCursor
from nanie_actors.router.supabase.parcel import Parcel

# ── the cursor, against a database with transactions ────────────────────────────────────────────────────


class CursorMachine(RuleBasedStateMachine):
    """Transactions begin and end in any order; polls, answers, restarts, restored copies in between."""

    @initialize()
    def empty(self) -> None:
        self.next_xid = 10
        self.names = 0
        self.open: dict[int, list[str]] = {}
        self.committed: dict[str, int] = {}
        self.cursor = InboxCursor()
        self.known: set[str] = set()
        self.unsettled: dict[str, int] = {}
        self.read_from = 0

    @property
    def horizon(self) -> int:
        return min(self.open, default=self.next_xid)

    @rule(rows=st.integers(1, 3))
    def begin(self, rows: int) -> None:
        self.open[self.next_xid] = [f"row-{self.names + n}" for n in range(rows)]
        self.names += rows
        self.next_xid += 1

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0), commits=st.booleans())
    def end(self, which: int, commits: bool) -> None:
        xid = sorted(self.open)[which % len(self.open)]
        rows = self.open.pop(xid)
        if commits:
            self.committed.update(dict.fromkeys(rows, xid))

    @rule(breaks_off=st.booleans())
    def poll(self, breaks_off: bool) -> None:
        """A poll that breaks off handed in some pages, and never heard of a horizon that it may use."""
        since = self.cursor.since or 0
        found = sorted((xid, name) for name, xid in self.committed.items() if xid >= since)
        if breaks_off:
            found = found[: len(found) // 2]
        fresh = self.cursor.fresh([{"id": name, "xid": str(xid)} for xid, name in found])
        for row in fresh:
            assert row["id"] not in self.known, "handed in twice"
            self.cursor.take(row)
            self.known.add(row["id"])
            self.unsettled[row["id"]] = int(row["xid"])
        if not breaks_off:
            assert self.cursor.polled(self.horizon)

    @precondition(lambda self: self.names)
    @rule(which=st.integers(0))
    def settle(self, which: int) -> None:
        """Any row: taken, settled before, or of a database that is no more."""
        name = f"row-{which % self.names}"
        self.cursor.settle(name)
        self.unsettled.pop(name, None)

    @rule()
    def restart(self) -> None:
        durable = self.cursor.durable
        self.cursor = InboxCursor(durable)
        self.known.clear()
        self.unsettled.clear()

    @precondition(lambda self: self.cursor.since is not None and self.cursor.since > 1)
    @rule(back=st.integers(1, 5))
    def restore(self, back: int) -> None:
        """An older copy takes the database's place, and is read from its own present on."""
        assert self.cursor.since is not None
        self.next_xid = max(1, self.cursor.since - back)
        self.open.clear()
        self.committed = {name: xid for name, xid in self.committed.items() if xid < self.next_xid}
        self.known.clear()
        self.unsettled.clear()
        self.read_from = self.next_xid
        assert not self.cursor.polled(self.horizon)

    @invariant()
    def the_durable_cursor_passes_no_unsettled_row(self) -> None:
        durable = self.cursor.durable
        assert self.cursor.unsettled == len(self.unsettled)
        assert durable is not None or self.cursor.since is None
        if durable is not None:
            assert durable <= min(self.unsettled.values(), default=durable)

    @invariant()
    def no_row_below_the_horizon_was_missed(self) -> None:
        """What a restart reads again counts as still to come."""
        since = self.cursor.since or 0
        seen = {name for name, xid in self.committed.items() if self.read_from <= xid < since}
        assert seen <= self.ever_known()

    def ever_known(self) -> set[str]:
        self.ever = getattr(self, "ever", set[str]()) | self.known
        return self.ever

    @invariant()
    def nothing_below_the_horizon_is_remembered(self) -> None:
        """Memory is bounded by what came since the horizon, however long the worker runs."""
        since = self.cursor.since or 0
        assert len(self.cursor._taken) <= sum(xid >= since for xid in self.committed.values()) + len(
            self.unsettled
        )
        assert all(xid >= since for xid in self.cursor._taken.values())


def test_a_transaction_older_than_a_row_that_was_taken_is_not_missed_after_a_restart() -> None:
    cursor = InboxCursor()
    cursor.take({"id": "young", "xid": "11"})
    cursor.polled(10)
    assert cursor.durable == 10


TestCursorMachine = CursorMachine.TestCase
TestCursorMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


# ── the lanes, against a list for each conversation ─────────────────────────────────────────────────────


def parcel(conversation: str, size: int = 1) -> Parcel:
    return Parcel(Outgoing(ConversationId(conversation), b"x" * size), lambda _: None, None)


class LanesMachine(RuleBasedStateMachine):
    """Several couriers take, deliver some, give some back, and others come meanwhile."""

    @initialize()
    def empty(self) -> None:
        self.lanes = Lanes[Parcel]()
        self.waiting: dict[str, list[Parcel]] = defaultdict(list)
        self.batches: list[list[Parcel]] = []

    @rule(conversation=st.sampled_from("abcde"), size=st.integers(0, 60))
    def put(self, conversation: str, size: int) -> None:
        made = parcel(conversation, size)
        self.waiting[conversation].append(made)
        self.lanes.put(made)

    @rule(at_most=st.integers(1, 8), size=st.integers(1, 100))
    def take(self, at_most: int, size: int) -> None:
        taken = self.lanes.take(at_most, size)
        assert bool(taken) == self.something_can_be_taken()
        assert len(taken) <= at_most
        assert sum(len(one.out.body) for one in taken[:-1]) < size or len(taken) <= 1
        busy = self.busy()
        for conversation in {one.out.conversation for one in taken}:
            mine = [one for one in taken if one.out.conversation == conversation]
            assert conversation not in busy, "two couriers carry for the same conversation"
            assert mine == self.waiting[conversation][: len(mine)]
        if taken:
            self.batches.append(taken)

    @precondition(lambda self: self.batches)
    @rule(which=st.integers(0), back=st.sets(st.integers(0, 7)))
    def finish(self, which: int, back: set[int]) -> None:
        taken = self.batches.pop(which % len(self.batches))
        again = [one for number, one in enumerate(taken) if number in back]
        for one in taken:
            if one not in again:
                self.waiting[one.out.conversation].remove(one)
        self.lanes.finish(taken, again)

    @invariant()
    def nothing_is_lost_and_nothing_doubled(self) -> None:
        assert len(self.lanes) == sum(map(len, self.waiting.values()))
        assert self.lanes.ready == self.something_can_be_taken()

    def busy(self) -> set[str]:
        return {one.out.conversation for batch in self.batches for one in batch}

    def something_can_be_taken(self) -> bool:
        return any(lane and name not in self.busy() for name, lane in self.waiting.items())

    def teardown(self) -> None:
        """Whatever happened: everything comes out in the end, and leaves no trace."""
        for batch in self.batches:
            self.lanes.finish(batch, batch)
        out: dict[str, list[Parcel]] = defaultdict(list)
        while self.lanes.ready:
            taken = self.lanes.take(3, 50)
            for one in taken:
                out[one.out.conversation].append(one)
            self.lanes.finish(taken, [])
        assert out == {name: lane for name, lane in self.waiting.items() if lane}
        assert (len(self.lanes), self.lanes._lanes, self.lanes._busy) == (0, {}, set())


TestLanesMachine = LanesMachine.TestCase
TestLanesMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_a_conversation_with_much_to_say_waits_for_its_turn() -> None:
    lanes = Lanes[Parcel]()
    for _ in range(1_000):
        lanes.put(parcel("loud"))
    for number in range(40):
        lanes.put(parcel(f"quiet-{number}"))
    first = lanes.take(50, 1_000_000)
    assert {one.out.conversation for one in first} == {"loud"}
    lanes.finish(first, [])
    second = lanes.take(50, 1_000_000)
    assert [one.out.conversation for one in second[:40]] == [f"quiet-{number}" for number in range(40)]


def test_a_parcel_longer_than_a_batch_goes_alone() -> None:
    lanes = Lanes[Parcel]()
    for size in (500, 10):
        lanes.put(parcel("a", size))
    assert [len(one.out.body) for one in lanes.take(50, 100)] == [500]


# ── waiting ─────────────────────────────────────────────────────────────────────────────────────────────


@given(chances=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=40))
def test_each_failure_waits_longer_up_to_a_limit_and_never_as_long_as_others(chances: list[float]) -> None:
    numbers = iter(chances)
    backoff = Backoff(lambda: next(numbers))
    for failures in range(len(chances)):
        full = min(FIRST_S * 2**failures, LONGEST_S)
        assert full / 2 <= backoff.failed() <= full


@pytest.mark.parametrize("failures", [0, 1, 2_000])
def test_a_success_begins_anew(failures: int) -> None:
    backoff = Backoff(lambda: 0.0)
    waits: list[Any] = [backoff.failed() for _ in range(failures)]
    assert all(FIRST_S / 2 <= wait <= LONGEST_S for wait in waits)
    assert backoff.succeeded() is (failures > 0)
    assert backoff.failed() == FIRST_S / 2
