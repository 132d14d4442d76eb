"""What sleeps takes no memory: nothing waits for Python to look for circles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any
from weakref import ref

import pytest
from household import Household
from making import GROUP, NOON, message

from nanie_actors.model import GroupSeen, MessageArrived


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_what_a_group_and_a_conversation_hold_is_gone_when_they_sleep() -> None:
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    house.tell(MessageArrived(message(1, "fed")))
    house.run()
    group: Any = house.actor(f"group/{GROUP}").cell.actor
    conversation: Any = house.actor("conversation/one").cell.actor
    held = [ref(group), ref(group._open), ref(group._open.state), ref(conversation)]
    del group, conversation
    for _ in range(8):
        house.wait(700)
    assert house.life(f"group/{GROUP}") is None
    assert [one() for one in held] == [None] * 4
