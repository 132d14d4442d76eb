"""The mixed load: what households do, seeded, at a steady rate."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from random import Random

from bench.chat import conversation_of, group_ids, messages
from bench.soak.edges import SoakRouter, SoakSource
from nanie_actors.model import (
    ConversationId,
    EpochMs,
    GroupId,
    GroupSeen,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    RowId,
)

AT_ONCE = 100
"""Groups that get traffic at the same time; the window moves on, so others go to rest and come back."""

MOVES_EVERY = 50
"""Steps after which the window moves by one group."""


class Load:
    """Makes one thing happen at every step. Used by one thread."""

    def __init__(self, seed: int, groups: int, source: SoakSource, router: SoakRouter) -> None:
        self._random = Random(seed)
        self._groups = group_ids(groups)
        self._source = source
        self._router = router
        self._rows = itertools.count(1)
        self._numbers = itertools.count(1)
        self._newest: dict[GroupId, MessageArrived] = {}
        self._linked: set[ConversationId] = set()
        self._model = messages(self._groups[:1], 64)
        self._steps = 0
        self.events = 0
        self.commands = 0

    def step(self) -> None:
        """One event or command, and the deletions that became due."""
        self._steps += 1
        group = self._groups[
            (self._steps // MOVES_EVERY + self._random.randrange(AT_ONCE)) % len(self._groups)
        ]
        conversation = conversation_of(group)
        if conversation not in self._linked:
            self._introduce(group, conversation)
        self._random.choices(
            (self._message, self._again, self._edit, self._revoke, self._add, self._status, self._context),
            (60, 5, 4, 2, 15, 12, 2),
        )[0](group)
        for surplus in self._router.take_surplus():
            self._ask(surplus.conversation, {"action": "DELETE_EVENTS", "eventIds": list(surplus.ids)})

    def _introduce(self, group: GroupId, conversation: ConversationId) -> None:
        self._put(GroupSeen(group, _now(), name=f"Household {group[12:18]}", participants=3))
        self._linked.add(conversation)
        self._ask(conversation, {"action": "SELECT_GROUP", "groupId": group})

    def _message(self, group: GroupId) -> None:
        number = next(self._numbers)
        shape = self._model[number % len(self._model)].message
        message = replace(shape, group=group, message_id=MessageId(f"3EB0{number:016X}"), at=_now())
        self._newest[group] = MessageArrived(message)
        self._put(self._newest[group])

    def _again(self, group: GroupId) -> None:
        self._put(self._newest.get(group) or GroupSeen(group, _now()))

    def _edit(self, group: GroupId) -> None:
        if (newest := self._newest.get(group)) is not None:
            told = newest.message
            text = f"{told.text} *"
            self._put(MessageEdited(group, told.message_id, told.sender, told.sender_name, _now(), text))

    def _revoke(self, group: GroupId) -> None:
        if (newest := self._newest.pop(group, None)) is not None:
            self._put(MessageRevoked(group, newest.message.message_id, newest.message.sender, _now()))

    def _add(self, group: GroupId) -> None:
        self._ask(conversation_of(group), {"action": "ADD_EVENT", "text": "fed 4oz"})

    def _status(self, group: GroupId) -> None:
        self._ask(conversation_of(group), {"action": "GET_STATUS"})

    def _context(self, group: GroupId) -> None:
        self._ask(conversation_of(group), {"action": "GET_CONTEXT", "limit": 20})

    def _put(self, event: MessageArrived | MessageEdited | MessageRevoked | GroupSeen) -> None:
        assert self._source.ingress is not None
        self._source.ingress.put(event)
        self.events += 1

    def _ask(self, conversation: ConversationId, content: dict[str, object]) -> None:
        self._router.put(conversation, RowId(f"soak-{next(self._rows)}"), content)
        self.commands += 1


def _now() -> EpochMs:
    return EpochMs(time.time_ns() // 1_000_000)
