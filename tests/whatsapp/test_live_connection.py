"""The connection's state machine: what people are told, when a bridge is started, never two of them."""

from __future__ import annotations

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from nanie_actors.model import EpochMs
from nanie_actors.settings.sections import WhatsAppSettings
from nanie_actors.whatsapp.live.connection import (
    BAN_UNTOLD_S,
    CONNECTS_WITHIN_S,
    ENDING_S,
    LOOK_S,
    RARELY_S,
    SHORTEST_BAN_S,
    STANDSTILL_S,
    STEADY_S,
    STUCK_S,
    Action,
    Connection,
)
from nanie_actors.whatsapp.live.connection_status import Moment
from nanie_actors.whatsapp.live.reports import (
    Banned,
    Connected,
    Disconnected,
    Grown,
    LoggedOut,
    Outdated,
    Pulse,
    Replaced,
    Report,
    Started,
    Unreachable,
)
from nanie_actors.whatsapp.live.session import SessionLook

SETTINGS = WhatsAppSettings(first_retry_s=2, max_retry_s=30, replaced_wait_s=900)
PAIRED = SessionLook("49170:1 7")
ANEW = SessionLook("49170:2 8")
NOTHING = SessionLook()
HELD = SessionLook(in_use=True)
TICK_S = 5.0
MENDABLE = SessionLook(trouble="the session cannot be read", mendable=True)
START_MS = 1_700_000_000_000


class Account:
    """A connection and its clocks; without jitter a wait has its full length."""

    def __init__(self, jitter: float = 1.0) -> None:
        self.connection = Connection(SETTINGS, lambda: jitter)
        self.now = Moment(0.0, EpochMs(START_MS))

    def passes(self, seconds: float, look: SessionLook = PAIRED) -> Action | None:
        """With a tick every few seconds while there is a bridge, up to the first that asks for something."""
        end = self.now.s + seconds
        while self.connection.has_bridge and end - self.now.s > TICK_S:
            if (action := self.stands_still(TICK_S, look)) is not None:
                return action
        return self.stands_still(end - self.now.s, look)

    def stands_still(self, seconds: float, look: SessionLook = PAIRED) -> Action | None:
        self.now = Moment(self.now.s + seconds, self.now.later(seconds))
        return self.connection.tick(self.now, look)

    def says(self, *reports: Report) -> None:
        for report in reports:
            self.connection.reported(self.now, report)

    def ends(self, why: str = "gone") -> None:
        self.connection.ended(self.now, why)

    def comes_online(self) -> None:
        assert self.passes(0) == "start"
        self.says(Connected("me"))
        self.connection.caught_up(self.now)
        assert self.state == "online"

    @property
    def state(self) -> str:
        return self.connection.status.state

    @property
    def wait_s(self) -> float:
        assert self.connection.status.until is not None
        return (self.connection.status.until - self.now.ms) / 1000


def test_nothing_is_started_while_nothing_is_paired() -> None:
    account = Account()
    assert account.passes(0, NOTHING) is None
    assert account.state == "unpaired"
    assert "nanie pair" in account.connection.status.reason


def test_a_session_that_cannot_be_read_is_told_and_not_used() -> None:
    account = Account()
    assert account.passes(0, SessionLook(trouble="the session cannot be read")) is None
    assert account.connection.status.reason == "the session cannot be read"


def test_the_worker_waits_for_a_pairing_and_takes_over() -> None:
    account = Account()
    account.passes(0, NOTHING)
    assert account.passes(LOOK_S, HELD) is None
    assert account.state == "pairing"
    assert account.passes(LOOK_S, SessionLook(PAIRED.device, in_use=True)) is None
    assert account.passes(LOOK_S) == "start"
    assert account.state == "connecting"


def test_a_pairing_that_was_given_up_is_unpaired_again() -> None:
    account = Account()
    account.passes(0, HELD)
    account.passes(LOOK_S, NOTHING)
    assert account.state == "unpaired"


def test_online_is_said_only_after_everything_was_handed_in() -> None:
    account = Account()
    account.passes(0)
    account.says(Started(1, "0"), Connected("me"))
    assert account.state == "connecting"
    account.connection.caught_up(account.now)
    assert account.state == "online"
    assert account.connection.online


def test_what_was_caught_up_with_before_a_drop_does_not_count_after_it() -> None:
    account = Account()
    account.passes(0)
    account.says(Connected("me"), Disconnected())
    account.connection.caught_up(account.now)
    assert account.state == "offline"


def test_a_drop_that_the_library_repairs_needs_no_new_bridge() -> None:
    account = Account()
    account.comes_online()
    account.says(Disconnected())
    assert (account.state, account.connection.status.until) == ("offline", None)
    assert account.passes(LOOK_S) is None
    account.says(Connected("me"))
    account.connection.caught_up(account.now)
    assert account.state == "online"


def test_the_wait_doubles_with_every_failure_up_to_the_longest() -> None:
    account = Account()
    waits: list[float] = []
    for _ in range(7):
        assert account.passes(account.wait_s if waits else 0) == "start"
        account.says(Unreachable("no network"))
        waits.append(account.wait_s)
        account.ends()
    assert waits == [2, 4, 8, 16, 30, 30, 30]
    assert account.connection.status.reason == "no network"


def test_chance_shortens_a_wait_by_half_at_most() -> None:
    account = Account(jitter=0.0)
    account.passes(0)
    account.ends()
    assert account.wait_s == 1.0


@pytest.mark.parametrize(("lasted", "wait"), [(STEADY_S, 2.0), (STEADY_S - 1, 4.0)])
def test_only_a_connection_that_lasted_makes_the_next_failure_the_first(lasted: float, wait: float) -> None:
    account = Account()
    account.passes(0)
    account.ends()
    account.passes(account.wait_s)
    account.says(Connected("me"))
    account.connection.caught_up(account.now)
    for _ in range(2):
        account.passes(lasted / 2)
        account.says(Pulse({}))
    account.ends("died")
    assert account.wait_s == wait


def test_a_bridge_that_ends_without_a_word_is_a_failure_with_its_reason() -> None:
    account = Account()
    account.comes_online()
    account.ends("ended by SIGABRT")
    assert (account.state, account.connection.status.reason) == ("offline", "ended by SIGABRT")
    assert not account.connection.has_bridge
    assert account.passes(1.9) is None
    assert account.passes(0.1) == "start"


@pytest.mark.parametrize(
    ("report", "state", "wait"),
    [
        (Replaced(), "replaced", 900.0),
        (Banned(101, START_MS + 7_200_000), "banned", 7200.0),
        (Banned(101, None), "banned", BAN_UNTOLD_S),
        (Banned(101, START_MS - 1), "banned", SHORTEST_BAN_S),
        (Outdated(), "outdated", RARELY_S),
    ],
)
def test_the_bridges_last_word_says_how_long_to_wait(report: Report, state: str, wait: float) -> None:
    account = Account()
    account.comes_online()
    account.says(report)
    assert (account.state, account.wait_s) == (state, wait)
    account.ends("status 0")
    assert account.state == state
    assert account.passes(wait - 1) is None
    assert account.passes(1) == "start"


def test_a_session_that_only_a_bridge_can_mend_is_given_to_one() -> None:
    """A bridge that was killed while it wrote leaves something to be rolled back, which needs a writer."""
    account = Account()
    assert account.passes(0, MENDABLE) == "start"
    account.ends("could not")
    assert account.passes(account.wait_s - 0.5, MENDABLE) is None
    assert account.passes(0.5, MENDABLE) == "start"


def test_a_session_that_cannot_be_read_for_now_keeps_its_wait() -> None:
    account = Account()
    account.passes(0)
    account.says(Banned(101, None))
    account.ends()
    assert account.passes(LOOK_S, MENDABLE) is None
    assert account.passes(LOOK_S) is None
    assert account.state == "banned"


def test_after_a_logout_the_next_attempt_is_far_away_or_another_pairing() -> None:
    """The row may still be there: to connect with it would most likely be refused again."""
    account = Account()
    account.comes_online()
    account.says(LoggedOut("the device was removed on the phone"))
    account.ends()
    assert account.state == "logged_out"
    assert "nanie pair" in account.connection.status.reason
    for look in (PAIRED, NOTHING, PAIRED):
        assert account.passes(LOOK_S, look) is None
        assert account.state == "logged_out"
    assert account.passes(LOOK_S, HELD) is None
    assert account.state == "pairing"
    assert account.passes(LOOK_S, ANEW) == "start"


def test_whoever_paired_is_tried_at_once_even_if_the_session_looks_the_same() -> None:
    account = Account()
    account.comes_online()
    account.says(LoggedOut("removed"))
    account.ends()
    account.passes(LOOK_S, HELD)
    assert account.passes(LOOK_S) == "start"


def test_a_session_in_use_changes_nothing_about_a_wait_that_is_known() -> None:
    account = Account()
    account.passes(0)
    account.says(Banned(101, None))
    account.ends()
    assert account.passes(BAN_UNTOLD_S, HELD) is None
    assert account.state == "banned"
    assert account.passes(LOOK_S) == "start"


def test_a_new_pairing_is_not_made_to_wait_for_the_old_ones_ban() -> None:
    account = Account()
    account.passes(0)
    account.says(Banned(101, None))
    account.ends()
    assert account.passes(LOOK_S, ANEW) == "start"


def test_a_bridge_that_gives_no_sign_is_killed_and_followed() -> None:
    account = Account()
    account.comes_online()
    assert account.passes(STUCK_S - 1) is None
    account.says(Pulse({}))
    assert account.passes(STUCK_S - 1) is None
    assert account.passes(1) == "kill"
    assert account.state == "offline"
    assert account.passes(1) == "kill"
    account.ends("ended by SIGKILL")
    assert account.passes(LOOK_S) == "start"


def test_our_own_standstill_is_not_taken_for_the_bridges() -> None:
    """After a SIGSTOP its pulses are still to be read; to kill it would lose what it holds."""
    account = Account()
    account.comes_online()
    account.passes(10)
    assert account.stands_still(3_600) is None
    assert account.state == "online"
    assert account.passes(STUCK_S - 11) is None
    assert account.passes(1) == "kill"


def test_our_own_standstill_is_not_taken_for_a_connection_that_is_not_made() -> None:
    account = Account()
    account.passes(0)
    assert account.stands_still(CONNECTS_WITHIN_S + 100) is None


def test_our_own_standstill_gives_a_bridge_no_less_time_to_end() -> None:
    account = Account()
    account.comes_online()
    account.says(Replaced())
    assert account.stands_still(STANDSTILL_S + 100) is None
    assert account.passes(ENDING_S) == "kill"


@pytest.mark.parametrize("was_online", [True, False])
def test_a_bridge_that_lives_but_does_not_connect_is_given_up(was_online: bool) -> None:
    account = Account()
    if was_online:
        account.comes_online()
        for _ in range(20):
            account.passes(CONNECTS_WITHIN_S / 10)
            account.says(Pulse({}))
        account.says(Disconnected())
    else:
        account.passes(0)
    action, waited = None, 0.0
    while action is None:
        waited += TICK_S
        action = account.passes(TICK_S)
        account.says(Pulse({}))
    assert (action, waited) == ("stop", CONNECTS_WITHIN_S)
    assert account.state == "offline"
    account.ends()
    assert account.passes(account.wait_s) == "start"


def test_a_bridge_that_does_not_end_after_its_last_word_is_killed() -> None:
    account = Account()
    account.comes_online()
    account.says(Replaced())
    assert account.passes(ENDING_S - 1) is None
    account.says(Connected("me"))
    assert account.state == "replaced"
    assert account.passes(1) == "kill"


def test_a_stopped_connection_starts_nothing_and_kills_what_does_not_end() -> None:
    account = Account()
    account.comes_online()
    assert account.connection.stop(account.now) == "stop"
    assert not account.connection.online
    assert account.passes(ENDING_S) == "kill"
    account.ends()
    assert account.passes(10_000) is None
    assert account.connection.stop(account.now) is None


def test_the_next_look_is_never_later_than_the_next_attempt() -> None:
    account = Account(jitter=0.0)
    assert account.connection.pause(account.now) == LOOK_S
    account.passes(0)
    account.ends()
    assert account.connection.pause(account.now) == 1.0


REPORTS = st.sampled_from(
    [
        Started(1, "0"),
        Connected("me"),
        Disconnected(),
        Grown(3),
        Pulse({}),
        LoggedOut("removed"),
        Replaced(),
        Outdated(),
        Banned(1, None),
        Banned(1, START_MS),
        Unreachable("no"),
    ]
)
LOOKS = st.sampled_from([NOTHING, HELD, PAIRED, ANEW, SessionLook(trouble="damaged")])


class AnyLife(RuleBasedStateMachine):
    """Anything may happen at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.account = Account()
        self.bridges = 0
        self.stopped = False

    def carry_out(self, action: Action | None) -> None:
        if action == "start":
            assert not self.stopped
            self.bridges += 1
        elif action is not None:
            assert self.bridges == 1

    @rule(seconds=st.floats(0, 4000), look=LOOKS)
    def time_passes(self, seconds: float, look: SessionLook) -> None:
        self.carry_out(self.account.passes(seconds, look))

    @rule(report=REPORTS)
    def something_is_reported(self, report: Report) -> None:
        self.account.says(report)

    @rule()
    def all_was_handed_in(self) -> None:
        self.account.connection.caught_up(self.account.now)

    @precondition(lambda self: self.bridges)
    @rule()
    def the_bridge_ends(self) -> None:
        self.bridges = 0
        self.account.ends()

    @precondition(lambda self: not self.stopped)
    @rule(stops=st.sampled_from([False, False, False, True]))
    def it_may_be_stopped(self, stops: bool) -> None:
        if stops:
            self.stopped = True
            self.carry_out(self.account.connection.stop(self.account.now))

    @invariant()
    def there_is_one_bridge_at_most(self) -> None:
        assert self.bridges in (0, 1)
        assert self.account.connection.has_bridge == bool(self.bridges)

    @invariant()
    def texts_go_only_through_a_bridge(self) -> None:
        assert not self.account.connection.online or self.bridges

    @invariant()
    def it_is_looked_after_soon(self) -> None:
        assert 0 < self.account.connection.pause(self.account.now) <= LOOK_S

    def teardown(self) -> None:
        """Whatever happened: with a sound session it comes online again, and after a stop it is over."""
        account = self.account
        actions: list[Action | None] = []
        while len(actions) < 4 and "start" not in actions:
            actions.append(account.passes(RARELY_S, SessionLook("49170:9 9")))
            self.carry_out(actions[-1])
            if actions[-1] == "kill":
                self.the_bridge_ends()
        assert self.bridges == (0 if self.stopped else 1)
        if not self.stopped:
            account.says(Connected("me"))
            account.connection.caught_up(account.now)
            assert account.connection.online


AnyLife.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAnyLife = AnyLife.TestCase
