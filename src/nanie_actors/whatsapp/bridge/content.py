"""What an unwrapped content says: which kind of message it is, and its text.

Every field of the library's content is in exactly one of the tables here, or is a wrapper (wrappers.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.unknown_fields import UnknownFieldSet

from nanie_actors.model import MessageKind
from nanie_actors.whatsapp.bridge import offers, things
from nanie_actors.whatsapp.bridge.converted import Met
from nanie_actors.whatsapp.bridge.library import Content
from nanie_actors.whatsapp.bridge.texts import clean, lines
from nanie_actors.whatsapp.bridge.wrappers import fields_of, unwrap


@dataclass(frozen=True, slots=True)
class Said:
    """Something for people to read or look at. `text` is the body, the caption or what stands for it."""

    kind: MessageKind
    text: str


def read(content: Content) -> Said | Met:
    """What a content without wrappers says, or what it is instead."""
    others: list[Met] = []
    for name, value in fields_of(content):
        if name in SAYS:
            return _say(name, value)
        if name in OTHERS:
            others.append(OTHERS[name])
    # A newer WhatsApp's content is one of the fields that this version does not know.
    return "unknown_content" if not others or len(UnknownFieldSet(content)) else others[0]


def _say(name: str, value: Any) -> Said:
    kind, text = SAYS[name]
    said = clean(text(value))
    return Said("other" if kind == "text" and not said else kind, said)


def _note(message: Any) -> str:
    """The text that goes with a payment: a content in itself."""
    said = read(unwrap(message.noteMessage))
    return said.text if isinstance(said, Said) else ""


def _nothing(_: Any) -> str:
    return ""


SAYS: Final[Mapping[str, tuple[MessageKind, Callable[[Any], str | bytes]]]] = {
    "conversation": ("text", lambda text: text),
    "extendedTextMessage": ("text", lambda m: m.text or m.matchedText),
    "imageMessage": ("image", lambda m: m.caption),
    "videoMessage": ("video", lambda m: m.caption),
    "ptvMessage": ("video", lambda m: m.caption),
    "audioMessage": ("audio", _nothing),
    "documentMessage": ("document", lambda m: m.caption or m.fileName or m.title),
    "stickerMessage": ("sticker", _nothing),
    "stickerPackMessage": ("sticker", lambda m: m.caption or m.name),
    "locationMessage": ("location", things.place),
    "liveLocationMessage": ("location", things.live_place),
    "contactMessage": ("contact", things.contact),
    "contactsArrayMessage": ("contact", things.contacts),
    "pollCreationMessage": ("poll", things.poll),
    "pollCreationMessageV2": ("poll", things.poll),
    "pollCreationMessageV3": ("poll", things.poll),
    "pollCreationMessageV5": ("poll", things.poll),
    "pollCreationMessageV6": ("poll", things.poll),
    "pollResultSnapshotMessage": ("poll", things.poll_result),
    "pollResultSnapshotMessageV3": ("poll", things.poll_result),
    "eventMessage": ("other", things.event),
    "eventInviteMessage": ("other", lambda m: lines(m.eventTitle, m.caption)),
    "groupInviteMessage": ("other", lambda m: lines(m.groupName, m.caption)),
    "newsletterAdminInviteMessage": ("other", lambda m: lines(m.newsletterName, m.caption)),
    "newsletterFollowerInviteMessageV2": ("other", lambda m: lines(m.newsletterName, m.caption)),
    "scheduledCallCreationMessage": ("other", lambda m: m.title),
    "musicMessage": ("other", lambda m: lines(m.embeddedMusic.title, m.embeddedMusic.author)),
    "buttonsMessage": ("text", offers.buttons),
    "buttonsResponseMessage": ("text", lambda m: m.selectedDisplayText or m.selectedButtonID),
    "listMessage": ("text", lambda m: lines(m.title, m.description, m.footerText)),
    "listResponseMessage": ("text", lambda m: m.title or m.singleSelectReply.selectedRowID),
    "templateMessage": ("text", offers.template),
    "templateButtonReplyMessage": ("text", lambda m: m.selectedDisplayText or m.selectedID),
    "highlyStructuredMessage": ("text", lambda m: offers.template(m.hydratedHsm)),
    "interactiveMessage": ("text", offers.interactive),
    "interactiveResponseMessage": ("text", lambda m: m.body.text or m.nativeFlowResponseMessage.name),
    "richResponseMessage": ("text", lambda m: lines(*(part.messageText for part in m.submessages))),
    "questionResponseMessage": ("text", lambda m: m.text),
    "statusQuestionAnswerMessage": ("text", lambda m: m.text),
    "statusQuotedMessage": ("text", lambda m: m.text),
    "productMessage": ("other", lambda m: lines(m.product.title, m.body or m.product.description)),
    "orderMessage": ("other", lambda m: lines(m.orderTitle, m.message)),
    "invoiceMessage": ("other", lambda m: m.note),
    "sendPaymentMessage": ("other", _note),
    "requestPaymentMessage": ("other", _note),
    "splitPaymentMessage": ("other", lambda m: m.description),
    "paymentReminderMessage": ("other", lambda m: m.description),
}
"""What is a message: its kind, and where its text is."""

OTHERS: Final[Mapping[str, Met]] = {
    "reactionMessage": "reaction",
    "encReactionMessage": "reaction",
    "pollUpdateMessage": "poll_vote",
    "pollAddOptionMessage": "poll_vote",
    "encEventResponseMessage": "event_reply",
    "call": "call",
    "bcallMessage": "call",
    "callLogMesssage": "call",
    "scheduledCallEditMessage": "call",
    "placeholderMessage": "undecryptable",
    "secretEncryptedMessage": "undecryptable",
    "encCommentMessage": "undecryptable",
    "conditionalRevealMessage": "undecryptable",
    **dict.fromkeys(
        (
            "senderKeyDistributionMessage",
            "fastRatchetKeySenderKeyDistributionMessage",
            "groupRootKeyShare",
            "rootSecretDistributeMessage",
            "protocolMessage",
            "chat",
            "stickerSyncRmrMessage",
            "keepInChatMessage",
            "pinInChatMessage",
            "albumMessage",  # announces pictures, each of which comes by itself
            "messageHistoryBundle",
            "messageHistoryNotice",
            "requestPhoneNumberMessage",
            "declinePaymentRequestMessage",
            "cancelPaymentRequestMessage",
            "paymentInviteMessage",
            "splitPaymentUpdateMessage",
            "statusNotificationMessage",
            "statusStickerInteractionMessage",
            "statusLinkPreviewMetadata",
        ),
        "protocol",
    ),
}
"""What is none, or cannot be read."""

BESIDES: Final = frozenset({"messageContextInfo"})
"""What only ever goes with something else."""
