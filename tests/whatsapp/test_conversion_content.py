"""What each kind of content says: real protobufs of the library in, kind and text out."""

from __future__ import annotations

from typing import Any

import pytest
from neonize_events import (
    GROUP,
    content,
    content_of,
    edit,
    key_distribution,
    poll,
    reaction,
    reply,
    revoke,
    serialized,
    words,
    wrapped,
)

from nanie_actors.model import MessageKind
from nanie_actors.whatsapp.bridge.content import BESIDES, OTHERS, SAYS, Said, read
from nanie_actors.whatsapp.bridge.converted import Met
from nanie_actors.whatsapp.bridge.library import Content
from nanie_actors.whatsapp.bridge.wrappers import WRAPPERS, unwrap

CARD = "BEGIN:VCARD\nVERSION:3.0\nN:Levi;Dana\nFN;CHARSET=UTF-8:Dana Levi\nTEL:+49 170 0000001\nEND:VCARD"
TEMPLATE = {"hydratedTitleText": "Clinic", "hydratedContentText": "Come at noon", "hydratedFooterText": "Bye"}
TEMPLATE_TEXT = "Clinic\nCome at noon\nBye"
FORM = {"header": {"title": "Menu"}, "body": {"text": "Choose"}, "footer": {"text": "Thanks"}}

SAID: list[tuple[Content, MessageKind, str]] = [
    (words("fed 120 ml"), "text", "fed 120 ml"),
    (words("האכלתי 120 מ״ל 🍼"), "text", "האכלתי 120 מ״ל 🍼"),
    (words("with\0nul"), "text", "with\0nul"),
    (words(""), "other", ""),
    (
        content("extendedTextMessage", text="see https://example.org", title="Example"),
        "text",
        "see https://example.org",
    ),
    (content("extendedTextMessage", matchedText="https://example.org"), "text", "https://example.org"),
    (reply("yes, two", words("did she sleep?")), "text", "yes, two"),
    (content("imageMessage", caption="the new bottle"), "image", "the new bottle"),
    (content("imageMessage"), "image", ""),
    (content("videoMessage", caption="first steps", gifPlayback=True), "video", "first steps"),
    (content("ptvMessage"), "video", ""),
    (content("audioMessage", PTT=True, seconds=7), "audio", ""),
    (content("documentMessage", caption="vaccinations", fileName="a.pdf"), "document", "vaccinations"),
    (content("documentMessage", fileName="a.pdf", title="A"), "document", "a.pdf"),
    (content("documentMessage", title="A"), "document", "A"),
    (content("stickerMessage"), "sticker", ""),
    (content("stickerPackMessage", name="Cats"), "sticker", "Cats"),
    (content("locationMessage", name="Park", address="1 Elm St"), "location", "Park\n1 Elm St"),
    (
        content("locationMessage", degreesLatitude=32.0853, degreesLongitude=34.7818),
        "location",
        "32.085300, 34.781800",
    ),
    (content("locationMessage", degreesLatitude=float("nan")), "location", ""),
    (
        content("liveLocationMessage", degreesLatitude=-1.5, degreesLongitude=0.0),
        "location",
        "-1.500000, 0.000000",
    ),
    (content("liveLocationMessage", caption="on my way"), "location", "on my way"),
    (content("contactMessage", displayName="Dana"), "contact", "Dana"),
    (content("contactMessage", vcard=CARD), "contact", "Dana Levi"),
    (content("contactMessage", vcard="FNORD:no\nnothing"), "contact", ""),
    (
        content("contactsArrayMessage", contacts=[{"displayName": "Dana"}, {"vcard": CARD}]),
        "contact",
        "Dana\nDana Levi",
    ),
    (content("contactsArrayMessage", displayName="2 contacts"), "contact", "2 contacts"),
    (poll("Park?", "yes", "no"), "poll", "Park?\n- yes\n- no"),
    (poll("Park?", "yes", version=""), "poll", "Park?\n- yes"),
    (poll("Park?", "yes", version="V2"), "poll", "Park?\n- yes"),
    (poll("Park?", "yes", version="V5"), "poll", "Park?\n- yes"),
    (poll("Park?", "yes", version="V6"), "poll", "Park?\n- yes"),
    (wrapped("pollCreationMessageV4", poll("Park?", "yes")), "poll", "Park?\n- yes"),
    (
        content(
            "pollResultSnapshotMessage", name="Park?", pollVotes=[{"optionName": "yes", "optionVoteCount": 3}]
        ),
        "poll",
        "Park?\n- yes: 3",
    ),
    (content("pollResultSnapshotMessageV3", name="Park?"), "poll", "Park?"),
    (
        content(
            "eventMessage",
            name="Checkup",
            description="bring the card",
            location={"name": "Clinic"},
            startTime=1_764_000_000,
        ),
        "other",
        "Checkup\nbring the card\nClinic",
    ),
    (content("eventInviteMessage", eventTitle="Checkup", caption="come"), "other", "Checkup\ncome"),
    (content("groupInviteMessage", groupName="Twins", caption="join us"), "other", "Twins\njoin us"),
    (content("newsletterAdminInviteMessage", newsletterName="News"), "other", "News"),
    (
        content("newsletterFollowerInviteMessageV2", newsletterName="News", caption="read"),
        "other",
        "News\nread",
    ),
    (content("scheduledCallCreationMessage", title="Family call"), "other", "Family call"),
    (content("musicMessage", embeddedMusic={"title": "Lullaby", "author": "Anon"}), "other", "Lullaby\nAnon"),
    (
        content("buttonsMessage", text="Shop", contentText="Pick one", footerText="Bye"),
        "text",
        "Shop\nPick one\nBye",
    ),
    (content("buttonsResponseMessage", selectedDisplayText="Yes", selectedButtonID="1"), "text", "Yes"),
    (content("buttonsResponseMessage", selectedButtonID="yes-button"), "text", "yes-button"),
    (content("listMessage", title="Menu", description="What?", footerText="Bye"), "text", "Menu\nWhat?\nBye"),
    (content("listResponseMessage", title="Soup"), "text", "Soup"),
    (content("listResponseMessage", singleSelectReply={"selectedRowID": "soup"}), "text", "soup"),
    (content("templateMessage", hydratedTemplate=TEMPLATE), "text", TEMPLATE_TEXT),
    (content("templateMessage", hydratedFourRowTemplate=TEMPLATE), "text", TEMPLATE_TEXT),
    (content("templateMessage", interactiveMessageTemplate=FORM), "text", "Menu\nChoose\nThanks"),
    (
        content(
            "templateMessage", fourRowTemplate={"content": {"hydratedHsm": {"hydratedTemplate": TEMPLATE}}}
        ),
        "text",
        TEMPLATE_TEXT,
    ),
    (content("highlyStructuredMessage", hydratedHsm={"hydratedTemplate": TEMPLATE}), "text", TEMPLATE_TEXT),
    (content("templateButtonReplyMessage", selectedDisplayText="Yes"), "text", "Yes"),
    (content("templateButtonReplyMessage", selectedID="yes"), "text", "yes"),
    (content("interactiveMessage", **FORM), "text", "Menu\nChoose\nThanks"),
    (
        content(
            "interactiveMessage",
            body={"text": "All"},
            carouselMessage={"cards": [FORM, {"body": {"text": "2"}}]},
        ),
        "text",
        "All\nMenu\nChoose\nThanks\n2",
    ),
    (content("interactiveResponseMessage", body={"text": "Done"}), "text", "Done"),
    (content("interactiveResponseMessage", nativeFlowResponseMessage={"name": "flow"}), "text", "flow"),
    (
        content("richResponseMessage", submessages=[{"messageText": "One."}, {}, {"messageText": "Two."}]),
        "text",
        "One.\nTwo.",
    ),
    (content("questionResponseMessage", text="an answer"), "text", "an answer"),
    (content("statusQuestionAnswerMessage", text="an answer"), "text", "an answer"),
    (content("statusQuotedMessage", text="quoted"), "text", "quoted"),
    (content("productMessage", product={"title": "Crib", "description": "wood"}), "other", "Crib\nwood"),
    (content("orderMessage", orderTitle="Shop", message="2 cribs"), "other", "Shop\n2 cribs"),
    (content("invoiceMessage", note="thanks"), "other", "thanks"),
    (
        content("sendPaymentMessage", noteMessage=reply("for the sitter", words("bill"))),
        "other",
        "for the sitter",
    ),
    (content("requestPaymentMessage", noteMessage=words("pizza")), "other", "pizza"),
    (content("requestPaymentMessage"), "other", ""),
    (content("splitPaymentMessage", description="dinner"), "other", "dinner"),
    (content("paymentReminderMessage", description="rent"), "other", "rent"),
]

NOT_SAID: list[tuple[Content, Met]] = [
    (reaction("M1"), "reaction"),
    (reaction("M1", ""), "reaction"),
    (content("encReactionMessage"), "reaction"),
    (content("pollUpdateMessage"), "poll_vote"),
    (content("pollAddOptionMessage"), "poll_vote"),
    (content("encEventResponseMessage"), "event_reply"),
    (content("call"), "call"),
    (content("callLogMesssage"), "call"),
    (content("placeholderMessage"), "undecryptable"),
    (content("secretEncryptedMessage"), "undecryptable"),
    (key_distribution(), "protocol"),
    (content("pinInChatMessage"), "protocol"),
    (content("albumMessage", expectedImageCount=3), "protocol"),
    (content("messageContextInfo"), "unknown_content"),
    (Content(), "unknown_content"),
]


@pytest.mark.parametrize(("built", "kind", "text"), SAID)
def test_what_people_say_is_understood(built: Content, kind: MessageKind, text: str) -> None:
    """As the library hands it over: serialized, and with what WhatsApp adds to any message."""
    received = content_of(serialized(built))
    received.messageContextInfo.deviceListMetadataVersion = 2
    received.senderKeyDistributionMessage.groupID = GROUP
    assert read(unwrap(received)) == Said(kind, text)


@pytest.mark.parametrize(("built", "met"), NOT_SAID)
def test_what_is_no_message_is_only_named(built: Content, met: Met) -> None:
    assert read(unwrap(built)) == met


def test_every_field_that_the_library_knows_is_in_exactly_one_table() -> None:
    """A new version of the library with new kinds of messages fails here, instead of losing them."""
    tables: list[Any] = [SAYS, OTHERS, BESIDES, WRAPPERS]
    assert sorted(name for table in tables for name in table) == sorted(
        field.name for field in Content.DESCRIPTOR.fields
    )


def test_every_kind_of_message_is_in_the_table_above() -> None:
    tried = {field.name for built, _, _ in SAID for field, _ in built.ListFields()}  # type: ignore[no-untyped-call]
    assert set(SAYS) - tried == set()


@pytest.mark.parametrize("wrapper", sorted(WRAPPERS))
def test_every_wrapper_comes_off(wrapper: str) -> None:
    assert unwrap(wrapped(wrapper, words("inside"))) == words("inside")
    deep = wrapped("ephemeralMessage", wrapped(wrapper, wrapped("viewOnceMessageV2", words("inside"))))
    assert unwrap(deep) == words("inside")


def test_an_empty_wrapper_is_no_message() -> None:
    assert read(unwrap(content("ephemeralMessage"))) == "unknown_content"


def test_a_key_for_the_group_that_comes_with_a_message_hides_nothing() -> None:
    both = key_distribution()
    both.conversation = "hello"
    assert read(both) == Said("text", "hello")


def test_a_kind_of_a_newer_whatsapp_is_unknown_whatever_comes_with_it() -> None:
    newer = b"\xfa\x3f\x02hi"  # field 1023, which this version does not know
    assert read(content_of(newer)) == "unknown_content"
    assert read(content_of(serialized(key_distribution()) + newer)) == "unknown_content"
    assert read(content_of(serialized(words("hi")) + newer)) == Said("text", "hi")


def test_text_that_is_no_utf_8_is_kept_as_far_as_it_can_be_read() -> None:
    """Any sender can do that, and the library then hands over bytes where its types promise text."""
    assert read(content_of(b"\x0a\x04ab\xffc")) == Said("text", "ab\ufffdc")
    image = serialized(content("imageMessage", caption="xyz")).replace(b"xyz", b"x\xc3z")
    assert read(content_of(image)) == Said("image", "x\ufffdz")
    question = serialized(poll("Park?", "xyz")).replace(b"xyz", b"x\xffz")
    assert read(content_of(question)) == Said("poll", "Park?\n- x\ufffdz")


def test_a_huge_text_stays_whole() -> None:
    assert read(words("ab" * 500_000)) == Said("text", "ab" * 500_000)


@pytest.mark.parametrize("built", [edit("M0", words("new")), revoke("M0")])
def test_a_change_to_another_message_is_none_itself(built: Content) -> None:
    assert read(built) == "protocol"
