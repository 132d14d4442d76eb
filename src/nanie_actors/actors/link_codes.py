"""Codes that prove membership: whoever sends back what was posted into a group can read that group. Pure.

SELECT_GROUP ──► waiting ──right code──► (linked, the code is void)
     ▲             │ wrong code, again and again; or its time is over; or another SELECT_GROUP
     └─────────────┘
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from nanie_actors.actors.token_bucket import Buckets, Rate
from nanie_actors.errors import CodeExpired, CodeWrong, InvalidGroup, RateLimited
from nanie_actors.model import ConversationId, EpochMs, GroupId, RowId, parse_group_id

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What people do not confuse: no 0 and O, no 1 and I. 32 signs, so eight of them are 40 bits."""

CODE_SIGNS = 8

NO_CODE = "No code waits here, or not any more: SELECT_GROUP asks for one."
LIMITED = "Too many codes were asked for"


@dataclass(frozen=True, slots=True)
class CodeRules:
    """How long a code is good, how often it may be tried, and how many there may be."""

    valid_ms: int
    tries: int
    per_conversation: Rate
    per_group: Rate


@dataclass(frozen=True, slots=True)
class PendingCode:
    """A code that was asked for: what it opens and until when, never the code itself.

    `row` asked for it; `wrong` are the rows that tried another one.
    """

    group: GroupId
    row: RowId
    salt: str
    digest: str
    expires: EpochMs
    wrong: tuple[RowId, ...] = ()


def new_code() -> str:
    """A code as it is shown to people, e.g. `7KQM-2XHT`."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(CODE_SIGNS))
    return f"{signs[:4]}-{signs[4:]}"


class CodeBook:
    """All pending codes, and who asked how often. The same for groups that do not exist: who asks for one
    learns nothing."""

    def __init__(self, rules: CodeRules, stored: Mapping[str, Any] | None = None) -> None:
        self._rules = rules
        self._pending: dict[ConversationId, PendingCode] = {}
        self._by_conversation = Buckets(rules.per_conversation)
        self._by_group = Buckets(rules.per_group)
        if stored is not None:
            self._restore(stored)

    def pending(self, conversation: ConversationId, now: EpochMs) -> PendingCode | None:
        """The code that the conversation may confirm now."""
        pending = self._pending.get(conversation)
        return pending if pending is not None and now < pending.expires else None

    def ask(
        self, conversation: ConversationId, group: GroupId, row: RowId, code: str, now: EpochMs
    ) -> PendingCode:
        """This code is the one to confirm from now on. Raises RateLimited; then nothing changed."""
        now_s = now / 1000
        wait_s = max(self._by_conversation.wait_s(conversation, now_s), self._by_group.wait_s(group, now_s))
        if wait_s:
            raise RateLimited(LIMITED, wait_s)
        self._by_conversation.take(conversation, now_s)
        self._by_group.take(group, now_s)
        salt = secrets.token_hex(16)
        expires = EpochMs(now + self._rules.valid_ms)
        pending = PendingCode(group, row, salt, _digest(salt, conversation, group, code), expires)
        self._pending[conversation] = pending
        return pending

    def confirm(self, conversation: ConversationId, row: RowId, code: str, now: EpochMs) -> GroupId:
        """The group that this code opens; `void` ends it. Raises CodeWrong or CodeExpired."""
        pending = self.pending(conversation, now)
        if pending is None:
            raise CodeExpired(NO_CODE)
        if row not in pending.wrong:
            digest = _digest(pending.salt, conversation, pending.group, code)
            if compare_digest(digest, pending.digest):
                return pending.group
            pending = self._count_wrong(conversation, pending, row)
        raise _wrong(self._rules.tries - len(pending.wrong))

    def void(self, conversation: ConversationId) -> bool:
        """The conversation's code opens nothing any more; says whether there was one."""
        return self._pending.pop(conversation, None) is not None

    def void_group(self, group: GroupId) -> None:
        """No code opens this group any more."""
        self._pending = {who: pending for who, pending in self._pending.items() if pending.group != group}

    def to_json(self, now: EpochMs) -> dict[str, Any]:
        """The form that the constructor reads."""
        self._pending = {who: pending for who, pending in self._pending.items() if now < pending.expires}
        return {
            "pending": {
                who: {
                    "group": pending.group,
                    "row": pending.row,
                    "salt": pending.salt,
                    "digest": pending.digest,
                    "expires": pending.expires,
                    "wrong": list(pending.wrong),
                }
                for who, pending in self._pending.items()
            },
            "asked": {
                "conversations": self._by_conversation.to_json(now / 1000),
                "groups": self._by_group.to_json(now / 1000),
            },
        }

    def _count_wrong(self, conversation: ConversationId, pending: PendingCode, row: RowId) -> PendingCode:
        tried = replace(pending, wrong=(*pending.wrong, row))
        if len(tried.wrong) < self._rules.tries:
            self._pending[conversation] = tried
        else:
            del self._pending[conversation]
        return tried

    def _restore(self, stored: Mapping[str, Any]) -> None:
        """What cannot be read is void: somebody asks for a new code."""
        try:
            self._by_conversation.restore(stored["asked"]["conversations"])
            self._by_group.restore(stored["asked"]["groups"])
            for who, raw in stored["pending"].items():
                self._pending[ConversationId(who)] = _pending_from_json(raw)
        except (InvalidGroup, KeyError, TypeError, ValueError, AttributeError):
            self._pending = {}


def _pending_from_json(raw: Mapping[str, Any]) -> PendingCode:
    return PendingCode(
        parse_group_id(raw["group"]),
        RowId(str(raw["row"])),
        str(raw["salt"]),
        str(raw["digest"]),
        EpochMs(int(raw["expires"])),
        tuple(RowId(str(row)) for row in raw["wrong"]),
    )


def _digest(salt: str, conversation: ConversationId, group: GroupId, code: str) -> str:
    """Only for this conversation and group. People type codes with small letters, without the dash, or with
    blanks."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    told = "\0".join((salt, conversation, group, signs))
    return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _wrong(left: int) -> CodeWrong:
    if left <= 0:
        return CodeWrong(
            "That is not the code, and it cannot be tried again: SELECT_GROUP asks for a new one."
        )
    return CodeWrong(f"That is not the code that was posted into the group: {left} more may be tried.")
