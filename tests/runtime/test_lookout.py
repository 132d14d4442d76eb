"""When the lookout looks: again and again while there is something to see, and not at all when all rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from actor_systems import SOON_S, eventually

from nanie_actors.runtime.lookout import OLD_TURN_S, PATROL_S, PATROLS, PROMPT_S, TICK_S, Lookout


class Enough(Exception):
    """The test has seen as many waits as it wants."""


class Clock:
    """Stands for `monotonic`, and for the bell: each wait takes as long as it may, and `late_s` more."""

    def __init__(self) -> None:
        self.now = 100.0
        self.late_s = 0.0
        self.waits: list[float] = []
        self.most = 0
        self.rings: list[int] = []
        """During which waits, counted from 0, somebody rings."""
        self.meanwhile: dict[int, Callable[[], None]] = {}
        """What happens during a wait, by its number."""

    def __call__(self) -> float:
        return self.now

    def acquire(self, timeout: float) -> bool:
        if len(self.waits) == self.most:
            raise Enough
        number = len(self.waits)
        self.waits.append(timeout)
        self.meanwhile.get(number, lambda: None)()
        if number in self.rings:
            return True
        self.now += timeout + self.late_s
        return False


class Pool:
    """What the lookout sees: something is queued as long as there are `finds`, one of them for each look."""

    def __init__(self) -> None:
        self.finds: list[bool] = []
        self.looks: list[float] = []
        self.rounds = 0

    @property
    def watched(self) -> bool:
        return bool(self.finds)

    def look(self, late_s: float) -> bool:
        self.looks.append(late_s)
        return self.finds.pop(0)

    def compensate(self) -> None:
        self.rounds += 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("nanie_actors.runtime.lookout.monotonic", clock)
    return clock


def live(clock: Clock, pool: Pool, *, waits: int, round_s: float = 1000.0) -> None:
    """The lookout's life on this thread, for so many waits."""
    clock.most = waits
    lookout = Lookout(pool, "by hand", round_s)
    lookout._bell = clock  # type: ignore[assignment]
    with pytest.raises(Enough):
        lookout._run()


def test_with_nothing_queued_it_rests_from_round_to_round(clock: Clock) -> None:
    pool = Pool()
    live(clock, pool, waits=3, round_s=0.25)
    assert clock.waits == [0.25] * 3
    assert pool.looks == []
    assert pool.rounds == 3


def test_rung_it_patrols_until_it_looked_in_vain_for_a_while(clock: Clock) -> None:
    clock.rings = [0]
    pool = Pool()
    live(clock, pool, waits=PATROLS + 2)
    assert clock.waits == [1000.0, TICK_S, *[PATROL_S] * (PATROLS - 1), 1000.0]
    assert pool.looks == []


def test_while_actors_are_queued_it_looks_every_millisecond(clock: Clock) -> None:
    pool = Pool()
    pool.finds = [True] * 10
    live(clock, pool, waits=4)
    assert clock.waits == [TICK_S] * 4
    assert pool.looks == pytest.approx([0.0] * 4, abs=1e-9)


def test_it_looks_less_often_when_others_wait_for_the_interpreter(clock: Clock) -> None:
    clock.late_s = PROMPT_S * 2
    pool = Pool()
    pool.finds = [True] * 10
    live(clock, pool, waits=4)
    assert clock.waits == [TICK_S, *[OLD_TURN_S] * 3]
    assert pool.looks == pytest.approx([clock.late_s] * 4)


def test_what_it_finds_makes_it_patrol_for_as_long_again(clock: Clock) -> None:
    """Something is queued while it looks in vain for the last time."""
    clock.rings = [0]
    pool = Pool()
    clock.meanwhile[PATROLS] = lambda: pool.finds.append(True)
    live(clock, pool, waits=2 * PATROLS + 2)
    in_vain = [PATROL_S] * (PATROLS - 1)
    assert clock.waits == [1000.0, TICK_S, *in_vain, TICK_S, *in_vain, 1000.0]


def test_a_bell_it_did_not_need_costs_no_look(clock: Clock) -> None:
    clock.rings = [1]
    pool = Pool()
    pool.finds = [True, False]
    live(clock, pool, waits=4)
    assert clock.waits == [TICK_S, TICK_S, TICK_S, PATROL_S]
    assert len(pool.looks) == 2


def test_it_makes_its_rounds_on_patrol_too(clock: Clock) -> None:
    pool = Pool()
    pool.finds = [True] * 100
    live(clock, pool, waits=40, round_s=10 * TICK_S - TICK_S / 2)
    assert pool.rounds == 4


class Queue:
    """A pool whose queue is filled by the test, and emptied by the lookout's look."""

    def __init__(self) -> None:
        self.watched = False
        self.seen = threading.Event()

    def look(self, late_s: float) -> bool:
        self.watched = False
        self.seen.set()
        return False

    def compensate(self) -> None:
        pass


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def lookout(queue: Queue) -> Iterator[Lookout]:
    lookout = Lookout(queue, "lookout-under-test", round_s=1000.0)
    lookout.start()
    yield lookout
    assert lookout.stop(SOON_S)


def test_whenever_somebody_rings_it_looks_resting_or_not(lookout: Lookout, queue: Queue) -> None:
    for number in range(30):
        if number % 10 == 0:
            assert eventually(lambda: lookout._resting)
        queue.seen.clear()
        queue.watched = True
        lookout.ring()
        assert queue.seen.wait(SOON_S)


def test_what_is_queued_just_before_it_rests_is_seen(queue: Queue) -> None:
    """A sender that found it on patrol wakes nobody: it looks once more after it has said that it rests."""

    class Met(Lookout):
        """Meets such a sender, at the last moment."""

        met = False

        def __setattr__(self, name: str, value: object) -> None:
            if name == "_resting" and value and self._thread_runs() and not self.met:
                self.met = True
                queue.watched = True
                self.ring()
            super().__setattr__(name, value)

        def _thread_runs(self) -> bool:
            return "_thread" in self.__dict__

    lookout = Met(queue, "lookout-under-test", round_s=1000.0)
    lookout._resting = False
    lookout.start()
    assert queue.seen.wait(SOON_S)
    assert lookout.stop(SOON_S)


def test_a_lookout_that_never_began_may_be_stopped(queue: Queue) -> None:
    assert Lookout(queue, "never", 1.0).stop(0.0)
