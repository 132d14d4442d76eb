"""Groups as such: renamed, described, joined, left, deleted, listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from neonize_events import (
    ANA,
    ANA_PHONE,
    AT_S,
    BEN,
    BEN_PHONE,
    GROUP,
    ME,
    MY_PHONE,
    OTHER_GROUP,
    group_changed,
    group_info,
    joined_group,
    said,
)

from nanie_actors.model import EpochMs, GroupId, GroupSeen, MessageArrived
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.bridge.converter import Converted, Converter
from nanie_actors.whatsapp.bridge.library import GroupInfoEv
from nanie_actors.whatsapp.live.identities import People

ROOT = Path("/state")
NOW = EpochMs(1_800_000_000_000)
NEVER_S = -62_135_596_800
"""Go's zero time: what was never set."""


@pytest.fixture
def converter() -> Converter:
    made = Converter(People(ROOT / "identities.jsonl", MemoryFiles(ROOT)), now=lambda: NOW)
    made.we_are(MY_PHONE, ME)
    return made


def seen(at_s: float = AT_S, **told: Any) -> GroupSeen:
    return GroupSeen(GroupId(GROUP), EpochMs(int(at_s * 1000)), **told)


@pytest.mark.parametrize(
    ("event", "told", "asked"),
    [
        (group_changed(), {}, False),
        (group_changed(name="Twins"), {"name": "Twins"}, False),
        (group_changed(topic="rules"), {"topic": "rules"}, False),
        (group_changed(topic=""), {"topic": ""}, False),
        (group_changed(promote=[ANA]), {}, False),
        (group_changed(join=[ANA]), {}, True),
        (group_changed(leave=[ANA, BEN]), {}, True),
        (group_changed(join=[ANA], leave=[BEN], name="Twins"), {"name": "Twins"}, True),
        (group_changed(leave=[ME]), {"joined": False}, False),
        (group_changed(leave=[ANA, "491700000009:0@s.whatsapp.net"]), {"joined": False}, False),
        (group_changed(join=["222000000000009:4@lid"]), {"joined": True}, True),
        (group_changed(deleted=True), {"joined": False}, False),
    ],
)
def test_a_change_of_a_group_is_one_event(
    converter: Converter, event: GroupInfoEv, told: dict[str, Any], asked: bool
) -> None:
    """Nobody tells how many members are left: where that changed, the group is to be asked for again."""
    assert converter.convert(event) == Converted((seen(**told),), "group_change", (GROUP,) if asked else ())


@pytest.mark.parametrize("nonsense", [0, NEVER_S, 253_402_300_800, 2**62])
def test_a_change_without_a_time_is_one_of_now(converter: Converter, nonsense: int) -> None:
    (event,) = converter.convert(group_changed(at_s=nonsense)).events
    assert event == GroupSeen(GroupId(GROUP), NOW)


def test_the_change_of_what_is_no_group_concerns_nobody(converter: Converter) -> None:
    assert converter.convert(group_changed(BEN, name="x")) == Converted((), "direct_chat")
    assert converter.convert(group_changed("1@newsletter", name="x")) == Converted((), "other_chat")
    assert converter.convert(joined_group(group_info("1@newsletter"))) == Converted((), "group_change")
    assert converter.joined_groups([group_info("1@newsletter")]) == ()


def test_being_added_to_a_group_tells_all_about_it(converter: Converter) -> None:
    described = group_info(topic="rules", members=[(ANA, ANA, ANA_PHONE), (ME, ME, MY_PHONE)])
    assert converter.convert(joined_group(described)) == Converted(
        (GroupSeen(GroupId(GROUP), NOW, name="Family", participants=2, topic="rules", joined=True),),
        "group_change",
    )


@pytest.mark.parametrize(
    ("named_s", "topic_s", "created_s", "at_s"),
    [
        (AT_S, NEVER_S, 0.0, AT_S),
        (AT_S, AT_S + 5, 0.0, AT_S + 5),
        (NEVER_S, NEVER_S, 1_700_000_000.0, 1_700_000_000),
        (NEVER_S, NEVER_S, float("nan"), NOW / 1000),
        (0, 0, float("inf"), NOW / 1000),
    ],
)
def test_a_listed_group_is_as_old_as_its_last_change(
    converter: Converter, named_s: int, topic_s: int, created_s: float, at_s: float
) -> None:
    """Being listed is no activity: the newest groups come first for people, not those just asked for."""
    info = group_info(named_s=named_s, topic_s=topic_s, created_s=created_s)
    (event,) = converter.joined_groups([info])
    assert event == seen(at_s, name="Family", topic="", joined=True)


def test_all_groups_are_listed(converter: Converter) -> None:
    groups = [group_info(GROUP, name="A"), group_info("1@lid"), group_info(OTHER_GROUP, name="")]
    first, second = converter.joined_groups(groups)
    assert (first, second) == (
        seen(name="A", topic="", joined=True),
        GroupSeen(GroupId(OTHER_GROUP), EpochMs(AT_S * 1000), topic="", joined=True),
    )


@pytest.mark.parametrize(
    "member",
    [
        (BEN, BEN, BEN_PHONE),
        (BEN_PHONE, BEN, BEN_PHONE),
        (BEN_PHONE, BEN, ""),
        (BEN, "", BEN_PHONE),
        ("", BEN, BEN_PHONE),
    ],
)
def test_a_list_of_members_tells_which_addresses_are_one_person(
    converter: Converter, member: tuple[str, str, str]
) -> None:
    converter.joined_groups([group_info(members=[member])])
    senders = set()
    for number, sender in enumerate((BEN, BEN_PHONE)):
        (event,) = converter.convert(said("hi", f"M{number}", sender=sender, alt="")).events
        assert isinstance(event, MessageArrived)
        senders.add(event.message.sender)
    assert senders == {next(address for address in member if address)}
