"""A message that a group failed on is kept when it is skipped: as a recording that can be replayed."""

from __future__ import annotations

from errno import ENOSPC
from pathlib import Path
from threading import Event

import pytest
from household import Household
from making import GROUP, NOON, message

from nanie_actors.messages import Unquarantine
from nanie_actors.model import ConnectionChanged, GroupSeen, Inbound, MessageArrived
from nanie_actors.storage.audit_log import read_audit
from nanie_actors.whatsapp.edge import nobody_waits
from nanie_actors.whatsapp.opening import open_sources
from nanie_actors.whatsapp.recording import decode_event

POISON = MessageArrived(message(2, "boom"))


@pytest.fixture
def house() -> Household:
    """The group is quarantined at its second message; two more wait behind it."""
    house = Household(supervision={"max_restarts": 0})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    house.tell(MessageArrived(message(1, "fed")), POISON, MessageArrived(message(3, "slept")))
    house.run()
    return house


def decide(house: Household, *, skip: bool) -> list[bool | str]:
    answers: list[bool | str] = []
    house.tree.registry.tell(Unquarantine(GROUP, skip, answers.append, answers.append))
    house.run()
    return answers


def kept(house: Household) -> bytes:
    return house.disk.read(house.layout.skipped / f"{GROUP}.jsonl") or b""


def audit(house: Household) -> list[tuple[str, str, str]]:
    entries = read_audit(house.disk, house.layout.root)
    return [(entry["action"], entry["outcome"], entry["group"]) for entry in entries][1:]


class Heard:
    """An ingress that keeps what it is given, and knows when it was all."""

    def __init__(self) -> None:
        self.events: list[Inbound] = []
        self.over = Event()

    def put(self, event: Inbound, settled: object = nobody_waits) -> None:
        if not isinstance(event, ConnectionChanged):
            self.events.append(event)
        elif event.state in ("finished", "failed"):
            self.over.set()


def test_it_is_on_disk_before_the_group_goes_on_without_it(house: Household) -> None:
    house.tree.registry.tell(Unquarantine(GROUP, True, lambda _: None))
    house.dispatcher.run_until_idle()
    assert house.life(f"group/{GROUP}") is None
    house.run()
    assert decode_event(kept(house).rstrip(b"\n")) == POISON
    assert house.shown("one") == ["fed", "slept"]


def test_a_worker_replays_it_once_its_cause_is_gone(house: Household, tmp_path: Path) -> None:
    decide(house, skip=True)
    file, heard = tmp_path / f"{GROUP}.jsonl", Heard()
    file.write_bytes(kept(house))
    (source,) = open_sources(file, zone=house.settings.zone())
    source.start(heard)
    assert heard.over.wait(30)
    source.stop()
    assert heard.events == [POISON]
    house.extractor.poison = None
    house.tell(*heard.events)
    house.run()
    assert house.shown("one") == ["fed", "boom", "slept"]


def test_a_second_one_is_added_to_the_first(house: Household) -> None:
    decide(house, skip=True)
    again = MessageArrived(message(7, "boom"))
    house.tell(again)
    house.run()
    decide(house, skip=True)
    assert [decode_event(line) for line in kept(house).splitlines()] == [POISON, again]


def test_what_cannot_be_kept_is_not_skipped(house: Household) -> None:
    house.disk.files.fail("write", ENOSPC, name="jsonl", count=1)
    (answer,) = decide(house, skip=True)
    assert "was not skipped" in str(answer)
    (status,) = house.say("one", "GET_STATUS")
    assert status["code"] == "UNAVAILABLE"
    house.disk.files.heal()
    assert decide(house, skip=True) == [True]
    assert house.shown("one") == ["fed", "slept"]


def test_a_retried_message_is_not_kept(house: Household) -> None:
    house.extractor.poison = None
    assert decide(house, skip=False) == [True]
    assert kept(house) == b""
    assert house.shown("one") == ["fed", "boom", "slept"]


def test_what_was_decided_is_written_down(house: Household) -> None:
    decide(house, skip=False)
    decide(house, skip=True)
    assert audit(house) == [("retry", "done", GROUP), ("skip", "done", GROUP)]


def test_a_group_that_is_not_quarantined_cannot_be_decided_about(house: Household) -> None:
    decide(house, skip=True)
    assert decide(house, skip=True) == [False]
