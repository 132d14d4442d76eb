"""Live messages: who wrote what, when, in which group; and what changes an earlier message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from neonize_events import (
    ANA,
    ANA_PHONE,
    AT_MS,
    BEN,
    BEN_PHONE,
    GROUP,
    ME,
    MY_PHONE,
    OTHER_GROUP,
    content,
    content_of,
    edit,
    key_distribution,
    message,
    reaction,
    reply,
    revoke,
    said,
    serialized,
    undecryptable,
    words,
    wrapped,
)

from nanie_actors.model import (
    ChatMessage,
    EpochMs,
    GroupId,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    SenderId,
)
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.bridge.converter import Converted, Converter, Met
from nanie_actors.whatsapp.bridge.library import (
    ConnectedEv,
    Content,
    MessageEv,
    ProtocolMessage,
    UndecryptableMessageEv,
)
from nanie_actors.whatsapp.bridge.subscriptions import WANTED
from nanie_actors.whatsapp.live.identities import People
from nanie_actors.whatsapp.live.persons import OURSELVES

ROOT = Path("/state")
NOW = EpochMs(1_800_000_000_000)


@pytest.fixture
def converter() -> Converter:
    made = Converter(People(ROOT / "identities.jsonl", MemoryFiles(ROOT)), now=lambda: NOW)
    made.we_are(MY_PHONE, ME)
    return made


def arrived(text: str = "hi", message_id: str = "M1", **other: Any) -> Converted:
    fields: dict[str, Any] = {
        "group": GroupId(GROUP),
        "message_id": MessageId(message_id),
        "sender": SenderId(ANA),
        "sender_name": "Ana",
        "at": EpochMs(AT_MS),
        "kind": "text",
        "text": text,
    }
    return Converted((MessageArrived(ChatMessage(**fields | other)),), "message")


def test_a_text_arrives(converter: Converter) -> None:
    assert converter.convert(said("hi")) == arrived()
    assert converter.convert(said("hi", "M2", chat=OTHER_GROUP)) == arrived(
        message_id="M2", group=GroupId(OTHER_GROUP)
    )


def test_a_reply_says_what_it_says_and_not_what_it_quotes(converter: Converter) -> None:
    assert converter.convert(message(reply("two", words("how many?")))) == arrived("two")


def test_a_message_that_the_library_did_not_unwrap_is_unwrapped(converter: Converter) -> None:
    inner = wrapped("viewOnceMessageV2", content("imageMessage", caption="look"))
    event = message(wrapped("groupMentionedMessage", inner))
    assert converter.convert(event) == arrived("look", kind="image")


def test_a_message_typed_on_our_own_phone_is_ours(converter: Converter) -> None:
    """Under whichever address it comes: one sender."""
    for sender, alt in ((ME, ""), (MY_PHONE, ""), (ME, MY_PHONE)):
        event = message(words("hi"), sender=sender.replace("@", ":2@"), alt=alt, me=True, name="Me")
        expected = arrived(sender=SenderId(MY_PHONE), sender_name="Me", from_me=True)
        assert converter.convert(event) == expected


def test_our_own_message_is_ours_before_we_know_who_we_are() -> None:
    converter = Converter(People(ROOT / "identities.jsonl", MemoryFiles(ROOT)))
    assert converter.convert(said("hi", sender="", alt="", me=True)) == arrived(
        sender=SenderId(OURSELVES), from_me=True
    )


@pytest.mark.parametrize(
    ("sender", "alt"),
    [
        (ANA, ANA_PHONE),
        ("222000000000001:17@lid", ""),
        (ANA_PHONE, ANA),
        ("491700000001:17@s.whatsapp.net", ""),
    ],
)
def test_a_person_is_one_sender_however_addressed(converter: Converter, sender: str, alt: str) -> None:
    converter.convert(said("first", "M0"))
    assert converter.convert(said("hi", sender=sender, alt=alt)) == arrived()


def test_a_name_once_heard_is_remembered(converter: Converter) -> None:
    converter.convert(said("first", "M0"))
    for name in ("", "-"):
        assert converter.convert(said("hi", name=name)) == arrived()
    assert converter.convert(said("hi", name="Anna")) == arrived(sender_name="Anna")
    assert converter.convert(said("hi", sender=BEN, alt="", name="")) == arrived(
        sender=SenderId(BEN), sender_name=""
    )


@pytest.mark.parametrize("nonsense", [0, -1, -62_135_596_800_000, 253_402_300_800_000, 2**62])
def test_a_time_that_means_nothing_is_replaced_by_now(converter: Converter, nonsense: int) -> None:
    assert converter.convert(said("hi", at_ms=nonsense)) == arrived(at=NOW)


def test_the_last_moment_of_the_calendar_is_kept(converter: Converter) -> None:
    last = EpochMs(253_402_300_799_999)
    assert converter.convert(said("hi", at_ms=last)) == arrived(at=last)


@pytest.mark.parametrize(
    ("event", "met"),
    [
        (said("private", chat=BEN_PHONE), "direct_chat"),
        (said("private", chat=BEN), "direct_chat"),
        (said("status", chat="status@broadcast"), "other_chat"),
        (said("list", chat="1234@broadcast"), "other_chat"),
        (said("news", chat="120363000000000000@newsletter"), "other_chat"),
        (said("traversal", chat="../../etc@g.us"), "other_chat"),
        (said("nowhere", chat=""), "other_chat"),
        (message(content("protocolMessage"), category="peer", chat=MY_PHONE, me=True), "own_device"),
        (message(reaction("M0")), "reaction"),
        (message(key_distribution()), "protocol"),
        (message(content("pollUpdateMessage")), "poll_vote"),
        (message(Content()), "unknown_content"),
        (said("hi", ""), "unknown_content"),
        (said("hi", sender="", alt=""), "unknown_content"),
        (undecryptable(), "undecryptable"),
        (undecryptable(chat=BEN), "direct_chat"),
        (ConnectedEv(status=True), "unknown_event"),
        (object(), "unknown_event"),
    ],
)
def test_what_concerns_no_group_or_says_nothing_is_counted(
    converter: Converter, event: object, met: Met
) -> None:
    assert converter.convert(event) == Converted((), met)


def test_a_direct_chat_teaches_us_nobody(converter: Converter) -> None:
    converter.convert(said("private", chat=BEN, sender=BEN_PHONE, alt=BEN))
    assert converter.convert(said("hi", sender=BEN, alt=BEN_PHONE)) == arrived(sender=SenderId(BEN))


def test_a_message_that_comes_again_in_clear_is_the_same_message(converter: Converter) -> None:
    """The retry keeps the id, so nothing may have been journaled under it."""
    assert converter.convert(undecryptable("M1")).events == ()
    assert converter.convert(said("hi", "M1")) == arrived()


def edited(text: str, at: int = AT_MS, sender: str = ANA) -> Converted:
    event = MessageEdited(GroupId(GROUP), MessageId("M0"), SenderId(sender), "Ana", EpochMs(at), text)
    return Converted((event,), "edit")


@pytest.mark.parametrize("wrapper", ["", "editedMessage", "ephemeralMessage"])
def test_an_edit_is_known_by_its_type_wrapped_or_not(converter: Converter, wrapper: str) -> None:
    bare = edit("M0", words("new"))
    assert converter.convert(message(wrapped(wrapper, bare) if wrapper else bare, "M1")) == edited("new")
    assert converter.convert(message(bare, "M1", flags=["IsEdit"], edit="1")) == edited("new")


def test_an_edited_caption_is_the_new_text(converter: Converter) -> None:
    new = wrapped("ephemeralMessage", content("imageMessage", caption="better"))
    assert converter.convert(message(edit("M0", new))) == edited("better")


def test_the_author_of_an_edit_is_whoever_sent_it(converter: Converter) -> None:
    """Nobody edits for others, whatever the message claims."""
    assert converter.convert(message(edit("M0", words("x"), participant=BEN))) == edited("x")


@pytest.mark.parametrize(
    ("sent_ms", "at"),
    [
        (AT_MS + 123, AT_MS + 123),
        (AT_MS - 3_600_000, AT_MS - 3_600_000),
        (AT_MS + 3_600_001, AT_MS),
        (1, AT_MS),
        (0, AT_MS),
        (2**60, AT_MS),
        (None, AT_MS),
    ],
)
def test_an_edit_has_the_senders_own_time_if_that_is_credible(
    converter: Converter, sent_ms: int | None, at: int
) -> None:
    """Two edits within one second of the server's are two."""
    assert converter.convert(message(edit("M0", words("x"), sent_ms=sent_ms))) == edited("x", at)


@pytest.mark.parametrize("new", [Content(), reaction("M5"), content("secretEncryptedMessage")])
def test_an_edit_that_cannot_be_read_changes_nothing(converter: Converter, new: Content) -> None:
    assert converter.convert(message(edit("M0", new))) == Converted((), "unknown_content")


def test_an_edit_of_nothing_is_none(converter: Converter) -> None:
    assert converter.convert(message(edit("", words("x")))) == Converted((), "unknown_content")


def revoked(sender: str) -> Converted:
    event = MessageRevoked(GroupId(GROUP), MessageId("M0"), SenderId(sender), EpochMs(AT_MS))
    return Converted((event,), "revoke")


def test_who_deletes_their_own_message_is_its_author(converter: Converter) -> None:
    assert converter.convert(message(revoke("M0"), edit="7")) == revoked(ANA)
    assert converter.convert(message(wrapped("ephemeralMessage", revoke("M0")))) == revoked(ANA)


@pytest.mark.parametrize("author", [BEN, BEN_PHONE, "222000000000002:5@lid"])
def test_an_admin_deletes_in_the_authors_name(converter: Converter, author: str) -> None:
    """The message is known by its author; the admin never wrote one with that id."""
    converter.convert(said("rude", "M0", sender=BEN, alt=BEN_PHONE))
    assert converter.convert(message(revoke("M0", author=author), edit="8")) == revoked(BEN)


def test_an_admin_deletes_our_message(converter: Converter) -> None:
    assert converter.convert(message(revoke("M0", author=ME), edit="8")) == revoked(MY_PHONE)


def test_an_admin_deletes_their_own_message(converter: Converter) -> None:
    assert converter.convert(message(revoke("M0"), edit="8")) == revoked(ANA)


@pytest.mark.parametrize("edit_attribute", ["", "7", "1"])
def test_who_is_no_admin_deletes_nobody_elses_message(converter: Converter, edit_attribute: str) -> None:
    event = message(revoke("M0", author=BEN), edit=edit_attribute)
    assert converter.convert(event) == revoked(ANA)


def test_a_protocol_message_of_a_newer_whatsapp_deletes_nothing(converter: Converter) -> None:
    """An unknown type reads as the first one, which is REVOKE."""
    newer = serialized(revoke("M0")).replace(b"\x10\x00", b"\x10\x63")
    received = content_of(newer)
    assert received.protocolMessage.type == ProtocolMessage.REVOKE
    assert converter.convert(message(received)) == Converted((), "unknown_content")


@pytest.mark.parametrize(
    "kind",
    [name for name, _ in ProtocolMessage.Type.items() if name not in ("REVOKE", "MESSAGE_EDIT")],
)
def test_other_protocol_messages_are_whatsapps_own_business(converter: Converter, kind: str) -> None:
    event = message(content("protocolMessage", type=ProtocolMessage.Type.Value(kind)))
    assert converter.convert(event) == Converted((), "protocol")


def test_everything_subscribed_to_is_understood_and_nothing_deadly_is_subscribed_to() -> None:
    """A receipt of a kind that the library does not know would end its event loop."""
    assert {MessageEv, UndecryptableMessageEv} < set(WANTED)
    assert {kind.DESCRIPTOR.name for kind in WANTED} == {
        "Message",
        "UndecryptableMessage",
        "HistorySync",
        "GroupInfoEvent",
        "JoinedGroup",
    }
