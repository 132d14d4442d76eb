"""The whole tree under any schedule of what can happen to it, against a model of what must come out.

A few derandomized schedules in every run; thousands with NANIE_TEST_EXPLORE=1.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from living import SLEEP_S, Living

EXPLORES = bool(os.environ.get("NANIE_TEST_EXPLORE"))
SCHEDULES = settings(
    max_examples=3_000 if EXPLORES else 20,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

some = st.integers(0, 2)
CALLS = st.sampled_from(
    [
        ("write", ".log"),
        ("open_new", "timeline"),
        ("open_new", "group"),
        ("rename", "group"),
        ("write", "registry"),
        ("open_new", "mappings"),
        ("sync", ".log"),
        ("write", "journal"),
    ]
)


class Schedule(RuleBasedStateMachine):
    """Every rule is something that may happen at any moment."""

    living: Living

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.living = Living(seed)

    @rule(messages=st.integers(1, 4))
    def say(self, messages: int) -> None:
        self.living.say(messages)

    @rule(share=st.sampled_from([0.2, 1.0]))
    def repeat(self, share: float) -> None:
        self.living.repeat(share)

    @rule(conversation=some)
    def ask(self, conversation: int) -> None:
        self.living.ask(conversation)

    @rule(steps=st.integers(1, 60))
    def step(self, steps: int) -> None:
        self.living.step(steps)

    @rule(seconds=st.sampled_from([0.0, 0.0, 2.0, SLEEP_S]))
    def rest(self, seconds: float) -> None:
        self.living.rest(seconds)

    @rule(group=some)
    def doze(self, group: int) -> None:
        self.living.doze(group)

    @rule()
    def snapshot(self) -> None:
        self.living.snapshot()

    @rule()
    def write_behind(self) -> None:
        self.living.write_behind()

    @rule(call=CALLS, times=st.integers(1, 3))
    def refuse(self, call: tuple[str, str], times: int) -> None:
        self.living.refuse(*call, times)

    @rule(times=st.integers(1, 3))
    def fail(self, times: int) -> None:
        self.living.fail(times)

    @rule(power_loss=st.booleans())
    def crash(self, power_loss: bool) -> None:
        self.living.crash(power_loss=power_loss)

    @rule()
    def stop_and_start(self) -> None:
        self.living.stop_and_start()

    def teardown(self) -> None:
        if hasattr(self, "living"):
            with tempfile.TemporaryDirectory() as folder:
                assert self.living.verdict(Path(folder)) == []


def test_no_schedule_loses_doubles_reorders_or_mixes_anything() -> None:
    run_state_machine_as_test(Schedule, settings=SCHEDULES)
