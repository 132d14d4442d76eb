"""What a group takes from its mailbox in one go is one append, and one push of each listener."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from household import Household
from making import GROUP, message

from nanie_actors.actors.group_journal import FULL_BATCH
from nanie_actors.messages import Unquarantine
from nanie_actors.model import MessageArrived
from nanie_actors.runtime.dispatcher import Runnable


def gateway_first(ready: Sequence[Runnable]) -> int:
    """As on the pool, where the gateway passes on all that there is before a group has its turn."""
    return next((place for place, cell in enumerate(ready) if cell.name == "gateway"), 0)


@pytest.fixture
def house() -> Household:
    house = Household(schedule=gateway_first)
    house.tell(MessageArrived(message(0)))
    house.link("c", GROUP)
    return house


def appends(house: Household) -> int:
    log = house.tree.log
    assert log is not None
    return log.stats().appends


def test_what_waits_in_the_mailbox_flies_together_and_is_pushed_once(house: Household) -> None:
    before, pushed = appends(house), len(house.pushes("c"))
    house.tell(*(MessageArrived(message(number)) for number in range(1, 6)))
    house.run()
    assert appends(house) == before + 1
    assert len(house.pushes("c")) == pushed + 1
    assert len(house.shown("c")) == 6


def test_a_single_message_flies_at_once(house: Household) -> None:
    before = appends(house)
    for number in range(1, 4):
        house.tell(MessageArrived(message(number)))
        house.run()
    assert appends(house) == before + 3


def test_a_full_batch_waits_for_nothing(house: Household) -> None:
    before = appends(house)
    house.tell(*(MessageArrived(message(number)) for number in range(1, FULL_BATCH + 3)))
    house.run()
    assert appends(house) == before + 2
    assert len(house.shown("c")) == FULL_BATCH + 3


def test_what_is_known_already_holds_up_nothing_that_waits(house: Household) -> None:
    before = appends(house)
    house.tell(MessageArrived(message(1)), MessageArrived(message(0)), MessageArrived(message(1)))
    house.run()
    assert appends(house) == before + 1
    assert len(house.shown("c")) == 2


def test_what_waits_flies_before_the_mailbox_is_held() -> None:
    """Two link commands: the first has the log read again, which waits for what came before it."""
    house = Household(schedule=gateway_first)
    house.tell(MessageArrived(message(0)))
    house.run()
    house.tell(MessageArrived(message(1)))
    house.put("c", {"action": "SELECT_GROUP", "groupId": GROUP})
    house.tell(MessageArrived(message(2)), MessageArrived(message(3)))
    house.run()
    assert len(house.shown("c")) == 4


def test_one_that_cannot_be_read_takes_nobody_with_it(house: Household) -> None:
    house.tell(
        MessageArrived(message(1)),
        MessageArrived(message(2, text="boom")),
        MessageArrived(message(3)),
    )
    house.run()
    house.wait(60)
    house.tree.registry.tell(Unquarantine(GROUP, True, lambda _: None))
    house.run()
    assert house.shown("c") == ["hello"] * 3
