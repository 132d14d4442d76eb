"""History sync: the same events as live, oldest first, in parts."""

from __future__ import annotations

from itertools import chain, permutations
from pathlib import Path

import pytest
from neonize_events import (
    ANA,
    ANA_PHONE,
    AT_MS,
    AT_S,
    BEN,
    BEN_PHONE,
    GROUP,
    ME,
    MY_PHONE,
    OTHER_GROUP,
    content,
    conversation,
    edit,
    history,
    key_distribution,
    message,
    past,
    reaction,
    revoke,
    said,
    serialized,
    words,
    wrapped,
)

from nanie_actors.model import (
    EpochMs,
    GroupEvent,
    GroupId,
    GroupSeen,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    SenderId,
    group_of,
)
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.bridge.converter import PART, Converter
from nanie_actors.whatsapp.bridge.library import Content, HistorySyncEv, WebMessageInfo
from nanie_actors.whatsapp.bridge.push_names import REMEMBERED, PushNames
from nanie_actors.whatsapp.live.identities import People

ROOT = Path("/state")
NOW = EpochMs(1_800_000_000_000)


@pytest.fixture
def converter() -> Converter:
    made = Converter(People(ROOT / "identities.jsonl", MemoryFiles(ROOT)), now=lambda: NOW)
    made.we_are(MY_PHONE, ME)
    return made


def told(converter: Converter, *messages: WebMessageInfo) -> list[GroupEvent]:
    """What a group's history tells, but for the group itself."""
    events = converter.convert(history(conversation(*messages))).events
    assert isinstance(events[0], GroupSeen)
    return list(events[1:])


def texts(events: list[GroupEvent]) -> list[str]:
    return [event.message.text for event in events if isinstance(event, MessageArrived)]


def senders(events: list[GroupEvent]) -> list[str]:
    return [event.message.sender for event in events if isinstance(event, MessageArrived)]


def test_history_tells_of_the_group_and_what_was_said(converter: Converter) -> None:
    converted = converter.convert(history(conversation(past(words("hi")), members=[ANA, BEN])))
    seen, arrived = converted.events
    assert converted.met == "history"
    assert seen == GroupSeen(GroupId(GROUP), EpochMs(AT_MS), name="Family", participants=2)
    assert converter.convert(said("hi", name="")).events == (arrived,)


def test_a_group_without_name_and_members_says_nothing_of_them(converter: Converter) -> None:
    (seen,) = converter.convert(history(conversation(name="", at_s=0))).events
    assert seen == GroupSeen(GroupId(GROUP), NOW)


def test_a_groups_description_is_its_topic(converter: Converter) -> None:
    described = conversation()
    described.description = "rules"
    (seen,) = converter.convert(history(described)).events
    assert seen == GroupSeen(GroupId(GROUP), EpochMs(AT_MS), name="Family", topic="rules")


def test_only_groups_count(converter: Converter) -> None:
    standalone = "4d1b3f0e-6f3e-4c1b-9a77-0b8f0f1c2d3e"
    chats = [standalone, BEN_PHONE, BEN, "status@broadcast", "1@newsletter", "", "..@g.us", OTHER_GROUP]
    event = history(*(conversation(past(words("hi")), group=chat) for chat in chats))
    assert {group_of(found) for found in converter.convert(event).events} == {OTHER_GROUP}


@pytest.mark.parametrize("in_key", [True, False])
def test_the_sender_is_told_in_the_key_or_beside_it(converter: Converter, in_key: bool) -> None:
    assert senders(told(converter, past(words("hi"), sender=BEN, in_key=in_key))) == [BEN]


@pytest.mark.parametrize("sender", ["", ME, MY_PHONE])
def test_our_own_messages_are_ours(converter: Converter, sender: str) -> None:
    (event,) = told(converter, past(words("hi"), sender=sender, me=True))
    assert isinstance(event, MessageArrived)
    assert (event.message.sender, event.message.from_me) == (MY_PHONE, True)


def test_what_nobody_said_or_has_no_id_is_left_out(converter: Converter) -> None:
    assert told(converter, past(words("hi"), sender=""), past(words("hi"), ""), past(None)) == []
    assert told(converter, past(None, sender="", stub=WebMessageInfo.REVOKE)) == []


def test_contents_are_unwrapped(converter: Converter) -> None:
    picture = wrapped("ephemeralMessage", wrapped("viewOnceMessage", content("imageMessage", caption="look")))
    (event,) = told(converter, past(picture))
    assert isinstance(event, MessageArrived)
    assert (event.message.kind, event.message.text) == ("image", "look")


def test_noise_is_left_out(converter: Converter) -> None:
    noise = [reaction("M0"), key_distribution(), content("protocolMessage"), Content()]
    assert told(converter, *(past(one, f"N{number}") for number, one in enumerate(noise))) == []


def test_edits_and_deletions_are_there_too(converter: Converter) -> None:
    events = told(
        converter,
        past(wrapped("editedMessage", edit("M0", words("better"), sent_ms=None)), "E"),
        past(revoke("M1"), "R", at_s=AT_S + 1),
        past(revoke("M2", author=BEN), "R2", at_s=AT_S + 2),
        past(None, "M3", sender=BEN, stub=WebMessageInfo.REVOKE, at_s=AT_S + 3),
        past(None, "M4", sender=BEN, stub=WebMessageInfo.ADMIN_REVOKE, at_s=AT_S + 4),
    )
    group, ana, ben = GroupId(GROUP), SenderId(ANA), SenderId(BEN)
    assert events == [
        MessageEdited(group, MessageId("M0"), ana, "", EpochMs(AT_MS), "better"),
        MessageRevoked(group, MessageId("M1"), ana, EpochMs(AT_MS + 1000)),
        MessageRevoked(group, MessageId("M2"), ben, EpochMs(AT_MS + 2000)),
        MessageRevoked(group, MessageId("M3"), ben, EpochMs(AT_MS + 3000)),
        MessageRevoked(group, MessageId("M4"), ben, EpochMs(AT_MS + 4000)),
    ]


def test_a_deletion_has_its_own_time_where_that_is_told(converter: Converter) -> None:
    deleted = past(None, "M1", stub=WebMessageInfo.REVOKE)
    deleted.revokeMessageTimestamp = AT_S + 60
    assert [event.at for event in told(converter, deleted) if isinstance(event, MessageRevoked)] == [
        AT_MS + 60_000
    ]


def test_whatsapps_notices_about_a_group_are_no_messages(converter: Converter) -> None:
    kinds = set(WebMessageInfo.StubType.values()) - {WebMessageInfo.REVOKE, WebMessageInfo.ADMIN_REVOKE}
    notices = (past(None, f"S{kind}", stub=kind) for kind in sorted(kinds))
    assert told(converter, *notices) == []


def test_a_message_with_an_empty_notice_is_a_message(converter: Converter) -> None:
    assert texts(told(converter, past(words("hi"), stub=WebMessageInfo.UNKNOWN))) == ["hi"]


def test_an_edit_of_history_is_the_edit_that_came_live(converter: Converter) -> None:
    """The phone tells whole seconds, of the edit or of the message; the sender's own time is in both."""
    change = edit("M0", words("better"), sent_ms=AT_MS + 7_123)
    live = converter.convert(message(change, "E", at_ms=AT_MS + 7_000)).events
    assert told(converter, past(change, "E", at_s=AT_S, name="Ana")) == list(live)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_messages_come_oldest_first(converter: Converter, order: tuple[int, ...]) -> None:
    messages = [past(words(str(number)), f"M{number}", at_s=AT_S + number) for number in order]
    assert texts(told(converter, *messages)) == ["0", "1", "2"]


def test_within_a_second_the_phones_order_counts(converter: Converter) -> None:
    """It sends the newest first, unless its own numbers say otherwise."""
    messages = [past(words(text), text) for text in "cba"]
    assert texts(told(converter, *messages)) == ["a", "b", "c"]
    numbered = conversation(*messages, numbered=True)
    events = converter.convert(history(numbered)).events
    assert texts(list(events)) == ["c", "b", "a"]
    rising = [past(words("a"), "a"), past(words("b"), "b"), past(words("c"), "c", at_s=AT_S + 1)]
    assert texts(told(converter, *rising)) == ["a", "b", "c"]


@pytest.mark.parametrize("nonsense", [0, 253_402_300_800, 2**63])
def test_a_message_without_a_time_has_that_of_the_chat(converter: Converter, nonsense: int) -> None:
    (event,) = told(converter, past(words("hi"), at_s=nonsense))
    assert isinstance(event, MessageArrived)
    assert event.message.at == AT_MS


def test_addresses_are_matched_before_any_message_is_read(converter: Converter) -> None:
    event = history(
        conversation(past(words("a"), "A", sender=ANA_PHONE), past(words("b"), "B", sender=ANA)),
        pairs={ANA: ANA_PHONE},
    )
    assert senders(list(converter.convert(event).events)) == [ANA, ANA]


def test_names_come_apart_from_messages(converter: Converter) -> None:
    """Also in a chunk of their own, before or after; a dash is no name."""
    converter.convert(history(names={ANA_PHONE: "Ana", BEN: "-"}, pairs={ANA: ANA_PHONE}))
    events = told(converter, past(words("a"), "A"), past(words("b"), "B", sender=BEN, name="Benny"))
    names = {
        event.message.sender: event.message.sender_name
        for event in events
        if isinstance(event, MessageArrived)
    }
    assert names == {ANA: "Ana", BEN: "Benny"}


def test_names_alone_make_nobody_known() -> None:
    files = MemoryFiles(ROOT)
    people = People(ROOT / "identities.jsonl", files)
    Converter(people).convert(history(names={ANA_PHONE: "Ana"}))
    people.save()
    assert files.calls == 0


def test_the_names_of_those_not_heard_of_for_longest_are_forgotten() -> None:
    names = PushNames()
    for number in range(REMEMBERED):
        names.learn(SenderId(str(number)), "x")
    names.learn(SenderId("0"), "again")
    names.learn(SenderId("one too many"), "y")
    assert (names.of(SenderId("0")), names.of(SenderId("1")), names.of(SenderId("2"))) == ("again", "", "x")


def long_history() -> HistorySyncEv:
    messages = [past(words(str(number)), f"M{number}", at_s=AT_S + number) for number in range(PART + 10)]
    return history(conversation(*messages), conversation(past(words("x")), group=OTHER_GROUP))


def test_history_comes_in_parts_that_make_the_whole(converter: Converter) -> None:
    parts = list(converter.history(long_history()))
    assert [len(part) for part in parts] == [PART, 13]
    assert tuple(chain(*parts)) == converter.convert(long_history()).events
    assert list(converter.history(history())) == []


def test_a_part_is_made_when_it_is_asked_for() -> None:
    """What was not read yet has taught nothing, and takes no memory."""
    event = long_history()
    event.Data.conversations[1].messages[0].message.key.participant = "222777@lid"
    people = People(ROOT / "identities.jsonl", MemoryFiles(ROOT))
    parts = Converter(people).history(event)
    next(parts)
    assert people.known("222777@lid") == "222777@lid"
    people.learn("491777@s.whatsapp.net", "222777@lid")
    assert senders(list(next(parts)))[-1] == "491777@s.whatsapp.net"


@pytest.mark.parametrize("live_first", [True, False])
@pytest.mark.parametrize("past_sender", [ANA, ANA_PHONE])
@pytest.mark.parametrize("live_sender", [(ANA, ANA_PHONE), (ANA_PHONE, ANA)])
def test_a_message_is_the_same_live_and_in_history(
    converter: Converter, live_first: bool, past_sender: str, live_sender: tuple[str, str]
) -> None:
    """Whichever comes first, and however it is addressed: group, sender and id are what it is known by."""
    picture = content("imageMessage", caption="look")
    live = message(picture, "M7", sender=live_sender[0], alt=live_sender[1])
    chunk = history(
        conversation(past(wrapped("ephemeralMessage", picture), "M7", sender=past_sender)),
        pairs={ANA: ANA_PHONE},
    )
    first, second = (live, chunk) if live_first else (chunk, live)
    found = [
        (event.message.group, event.message.sender, event.message.message_id)
        for one in (first, second)
        for event in converter.convert(one).events
        if isinstance(event, MessageArrived)
    ]
    assert len(found) == 2
    assert found[0] == found[1]


def test_history_survives_the_way_through_the_library(converter: Converter) -> None:
    """Serialized and parsed, as it comes from there."""
    event = HistorySyncEv()
    event.ParseFromString(serialized(long_history()))  # type: ignore[no-untyped-call]
    assert converter.convert(event) == converter.convert(long_history())
