"""What holds for whatever the library hands over: it is converted or counted, and can be journaled."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neonize_events import (
    ANA,
    ANA_PHONE,
    BEN,
    BEN_PHONE,
    GROUP,
    ME,
    MY_PHONE,
    conversation,
    edit,
    group_changed,
    group_info,
    history,
    joined_group,
    message,
    past,
    revoke,
    said,
    serialized,
    undecryptable,
    words,
)

from nanie_actors.model import (
    EpochMs,
    GroupEvent,
    MessageArrived,
    SenderId,
    group_of,
    is_standalone,
    parse_group_id,
)
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.bridge.converter import PART, Converter, Met
from nanie_actors.whatsapp.bridge.library import Content, HistorySyncEv, WebMessageInfo
from nanie_actors.whatsapp.live.identities import People
from nanie_actors.whatsapp.recording import decode_event, encode_event

ROOT = Path("/state")
NOW = EpochMs(1_800_000_000_000)
DEPTH = 3
MANGLED = "zz"
"""Stands for two bytes that are no UTF-8: Python would not let us build them."""
TEXT = st.one_of(st.text(max_size=20), st.just(f"a{MANGLED}b"))
ADDRESSES = st.one_of(
    st.sampled_from(
        [ANA, ANA_PHONE, BEN, BEN_PHONE, ME, MY_PHONE, "222:7@lid", "1@bot", f"{MANGLED}@lid", ""]
    ),
    st.from_regex(r"[0-9]{0,3}(:[0-9]{1,3})?@(lid|s\.whatsapp\.net|g\.us|broadcast|x)", fullmatch=True),
)
CHATS = st.one_of(
    st.just(GROUP),
    st.sampled_from(["0-0@g.us", "0@g.us", "a@g.us", f"{MANGLED}@g.us", "status@broadcast", ANA, ""]),
)
SECONDS = st.one_of(st.just(1_764_000_000), st.integers(-(2**62), 2**62))
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXT,
    "bytes": st.binary(max_size=8),
    "bool": st.booleans(),
    "double": st.floats(),
    "float": st.floats(width=32),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint32": st.integers(0, 2**32 - 1),
    "uint64": st.integers(0, 2**64 - 1),
}


def converter() -> Converter:
    made = Converter(People(ROOT / "identities.jsonl", MemoryFiles(ROOT)), now=lambda: NOW)
    made.we_are(MY_PHONE, ME)
    return made


def fill(draw: st.DrawFn, part: Any, depth: int = 0) -> Any:
    """A few fields of a protobuf, and those it must have, set to anything they can hold."""
    fields = st.sampled_from(list(part.DESCRIPTOR.fields))
    chosen = draw(st.lists(fields, max_size=4, unique_by=lambda one: one.name))
    needed = [field for field in part.DESCRIPTOR.fields if field.is_required and field not in chosen]
    for field in chosen + needed:
        if field.message_type is not None:
            if (depth < DEPTH or field.is_required) and field.message_type.fields:
                place = getattr(part, field.name)
                inner = place.add() if field.is_repeated else place
                inner.SetInParent()
                fill(draw, inner, depth + 1)
        elif field.is_repeated:
            getattr(part, field.name).append(draw(scalar(field)))
        else:
            setattr(part, field.name, draw(scalar(field)))
    return part


def scalar(field: Any) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    names = {getattr(field, f"TYPE_{name.upper()}"): values for name, values in SCALARS.items()}
    return names.get(field.type, st.just(0))


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """Anything: random, plain, or what changes another message."""
    kind = draw(st.sampled_from(["random", "words", "edit", "revoke"]))
    if kind == "words":
        return words(draw(TEXT))
    if kind == "revoke":
        return revoke(draw(TEXT), author=draw(ADDRESSES))
    made: Content = fill(draw, Content())
    if kind == "edit":
        return edit(draw(TEXT), made, sent_ms=draw(st.integers(-(2**63), 2**63 - 1)))
    return made


@st.composite
def events(draw: st.DrawFn) -> Any:
    """Anything that is subscribed to."""
    about: dict[str, Any] = {
        "chat": draw(CHATS),
        "sender": draw(ADDRESSES),
        "alt": draw(ADDRESSES),
        "me": draw(st.booleans()),
        "name": draw(TEXT),
        "at_ms": draw(SECONDS),
        "edit": draw(st.sampled_from(["", "1", "7", "8", "9"])),
        "category": draw(st.sampled_from(["", "", "peer"])),
    }
    many = st.lists(ADDRESSES, max_size=3)
    kind = draw(st.sampled_from(["message", "message", "undecryptable", "changed", "joined", "history"]))
    if kind == "message":
        return message(draw(contents()), draw(st.one_of(st.just("M1"), TEXT)), **about)
    if kind == "undecryptable":
        return undecryptable(draw(TEXT), **about)
    if kind == "changed":
        return group_changed(
            draw(CHATS),
            at_s=draw(SECONDS),
            name=draw(st.none() | TEXT),
            topic=draw(st.none() | TEXT),
            deleted=draw(st.booleans()),
            join=draw(many),
            leave=draw(many),
        )
    if kind == "joined":
        members = draw(st.lists(st.tuples(ADDRESSES, ADDRESSES, ADDRESSES), max_size=3))
        return joined_group(
            group_info(
                draw(CHATS),
                name=draw(TEXT),
                topic=draw(TEXT),
                members=members,
                created_s=draw(st.floats(width=32)),
            )
        )
    return draw(histories())


@st.composite
def histories(draw: st.DrawFn) -> HistorySyncEv:
    chats = [
        conversation(
            *(
                past(
                    draw(contents()),
                    draw(st.one_of(st.just("M1"), TEXT)),
                    sender=draw(ADDRESSES),
                    in_key=draw(st.booleans()),
                    me=draw(st.booleans()),
                    name=draw(TEXT),
                    at_s=draw(st.integers(0, 2**64 - 1)),
                    stub=draw(st.none() | st.sampled_from(WebMessageInfo.StubType.values())),
                )
                for _ in range(draw(st.integers(0, 3)))
            ),
            group=draw(CHATS),
            name=draw(TEXT),
            at_s=draw(st.integers(0, 2**64 - 1)),
            numbered=draw(st.booleans()),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    pairs = draw(st.dictionaries(ADDRESSES, ADDRESSES, max_size=2))
    return history(*chats, pairs=pairs, names=draw(st.dictionaries(ADDRESSES, TEXT, max_size=2)))


def received(event: Any) -> Any:
    """The event as it comes from the library, with what no Python program could have written into it."""
    return type(event).FromString(serialized(event).replace(MANGLED.encode(), b"\xff\xfe"))


def check(event: GroupEvent) -> None:
    """It can be journaled, and is read back as what it was."""
    assert decode_event(encode_event(event)) == event
    assert parse_group_id(group_of(event)) == group_of(event)
    assert not is_standalone(group_of(event))
    if isinstance(event, MessageArrived):
        assert event.message.sender
        assert event.message.message_id


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(st.lists(events(), max_size=3))
def test_whatever_comes_is_converted_or_counted_and_can_be_journaled(happened: list[Any]) -> None:
    one = converter()
    for event in happened:
        converted = one.convert(received(event))
        assert converted.met in get_args(Met)
        for found in converted.events:
            check(found)
        for group in converted.refresh:
            assert parse_group_id(group) == group


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(histories())
def test_the_parts_of_history_are_the_history(chunk: HistorySyncEv) -> None:
    parts = list(converter().history(received(chunk)))
    assert all(0 < len(part) <= PART for part in parts)
    assert sum(parts, ()) == converter().convert(received(chunk)).events


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["live", "past"]), st.booleans(), st.booleans(), st.integers(0, 9)),
        max_size=12,
    )
)
def test_one_person_has_one_sender_id_whatever_says_so(said_how: list[tuple[str, bool, bool, int]]) -> None:
    """Live or in history, by LID or by phone, with the other address or without, from any device."""
    one = converter()
    one.convert(history(pairs={ANA: ANA_PHONE}))
    found: set[SenderId] = set()
    for how, by_lid, both, device in said_how:
        sender, other = (ANA, ANA_PHONE) if by_lid else (ANA_PHONE, ANA)
        sender = sender.replace("@", f":{device}@")
        event: Any = said("hi", sender=sender, alt=other if both else "")
        if how == "past":
            event = history(conversation(past(words("hi"), sender=sender)))
        found |= {
            event.message.sender for event in one.convert(event).events if isinstance(event, MessageArrived)
        }
    assert len(found) <= 1
