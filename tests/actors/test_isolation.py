"""Law 5 as a property: no conversation ever receives a byte that is a secret of a group it is not linked to.

Every text of a group carries the group's secret, and so does its name. Conversations of three tenants link,
unlink, ask for what they must not have, and write nonsense, in any order and with faults in between.
"""

from __future__ import annotations

import os
from typing import Any

import orjson
import pytest
from household import Household
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moody import Moody

from nanie_actors.model import ChatMessage, EpochMs, GroupId, GroupSeen, MessageArrived, MessageId, SenderId

EXAMPLES = 2_000 if os.environ.get("NANIE_TEST_EXPLORE") else 60
NOON = EpochMs(1_764_000_000_000)
GROUPS = tuple(GroupId(f"12036300000000000{number}@g.us") for number in range(4))
TENANTS: dict[str, tuple[int, ...]] = {"amber": (0, 1), "birch": (1, 2), "cedar": (3,)}
"""Who may link which groups."""

CONVERSATIONS = tuple(f"{tenant}-{number}" for tenant in TENANTS for number in (1, 2))
LINKING = ("SELECT_GROUP", "UNLINK_GROUP", "START_STANDALONE", "DELETE_CONVERSATION")


def text_secret(group: int) -> str:
    return f"TEXT-SECRET-{group}"


def name_secret(group: int) -> str:
    return f"NAME-SECRET-{group}"


SECRETS = {text_secret(group) for group in range(4)} | {name_secret(group) for group in range(4)}


class Watch:
    """What each conversation may receive at this moment, from the answers that it was given."""

    def __init__(self) -> None:
        self.linked: dict[str, int | None] = dict.fromkeys(CONVERSATIONS)
        self.open: dict[str, tuple[str, str, int | None]] = {}

    def asks(self, row: str, conversation: str, action: str, group: int | None) -> None:
        """A row about a link is on its way: what it asks for may come before its answer."""
        self.open[row] = (conversation, action, group)

    def hears(self, conversation: str, row: str | None, reply: dict[str, Any]) -> None:
        """An answer may change the link; what comes after it must keep to the new one."""
        if row not in self.open:
            return
        _, action, group = self.open[row]
        if reply.get("text") == "LINKED":
            self.linked[conversation] = group if action == "SELECT_GROUP" else None
        elif reply.get("text") == "UNLINKED":
            self.linked[conversation] = None
        if reply["type"] in ("DATA", "ERROR") or reply.get("text") == "UNLINKED":
            del self.open[row]

    def may_see(self, conversation: str) -> set[str]:
        """The secrets that it may receive now: texts of its group, names of those that it may link."""
        asked = {group for who, _, group in self.open.values() if who == conversation}
        groups = set(allowed(conversation)) & {self.linked[conversation], *asked}
        names = {name_secret(group) for group in allowed(conversation)}
        return {text_secret(group) for group in groups} | names


def allowed(conversation: str) -> tuple[int, ...]:
    return TENANTS[conversation.split("-")[0]]


class Neighbours:
    """Six conversations, four groups, one worker."""

    def __init__(self) -> None:
        rules = [
            {"conversation": f"{tenant}-*", "group": GROUPS[group]}
            for tenant, groups in TENANTS.items()
            for group in groups
        ]
        self.extractor = Moody()
        self.house = Household(
            extractor=self.extractor,
            access={"policy": "allowlist", "allow": rules},
            supervision={"max_restarts": 2, "window_s": 3_600.0},
        )
        self.watch = Watch()
        self.number = 0
        self.heard = 0
        self.announce()

    def announce(self) -> None:
        for number, group in enumerate(GROUPS):
            self.house.tell(GroupSeen(group, NOON, f"Household {name_secret(number)}", 3))
        self.house.run()

    def do(self, what: tuple[Any, ...]) -> None:
        match what:
            case ("said", group):
                self.said(group)
            case ("asked", conversation, action, fields, group):
                row = self.house.put(conversation, {"action": action, **fields})
                if action in LINKING:
                    self.watch.asks(row, conversation, action, group)
            case ("added", conversation):
                self.added(conversation)
            case ("wrote", conversation, content):
                self.house.put(conversation, content)
            case ("stepped", steps):
                for _ in range(steps):
                    if not self.house.dispatcher.run_one():
                        self.house.disk.run()
            case ("rested", seconds):
                self.house.wait(seconds)
            case ("failed", times):
                self.extractor.fails = times
            case ("crashed",):
                self.listen()
                self.watch.open.clear()
                self.house.crash()
                self.heard = 0
                self.house.run()
                self.learn_links()
                self.announce()
            case _:
                raise AssertionError(what)
        self.listen()

    def said(self, group: int) -> None:
        self.number += 1
        self.house.tell(
            MessageArrived(
                ChatMessage(
                    group=GROUPS[group],
                    message_id=MessageId(f"M{self.number}"),
                    sender=SenderId("alice"),
                    sender_name="Alice",
                    at=EpochMs(NOON + self.number * 60_000),
                    kind="text",
                    text=f"{text_secret(group)} {self.number}",
                )
            )
        )

    def added(self, conversation: str) -> None:
        """What a conversation adds is a secret of the group that it is linked to, if that is certain."""
        linked = self.watch.linked[conversation]
        if linked is not None and not any(who == conversation for who, *_ in self.watch.open.values()):
            self.house.put(conversation, {"action": "ADD_EVENT", "text": text_secret(linked)})

    def learn_links(self) -> None:
        """A row that was not answered before the crash may have taken effect: the file tells."""
        for conversation in CONVERSATIONS:
            entry = self.house.mappings().get(conversation)
            group = None if entry is None else entry["groupId"]
            self.watch.linked[conversation] = GROUPS.index(group) if group in GROUPS else None

    def listen(self) -> None:
        """Everything that went out: nobody received a secret that was not theirs at that moment."""
        for out, _ in self.house.transport.out[self.heard :]:
            self.watch.hears(out.conversation, out.in_reply_to, orjson.loads(out.body))
            body = out.body.decode()
            received = {secret for secret in SECRETS if secret in body}
            assert received <= self.watch.may_see(out.conversation), (out.conversation, out.body)
        self.heard = len(self.house.transport.out)


groups = st.integers(0, 3)
who = st.sampled_from(CONVERSATIONS)
selects = st.builds(
    lambda conversation, group: ("asked", conversation, "SELECT_GROUP", {"groupId": GROUPS[group]}, group),
    who,
    groups,
)
asks: st.SearchStrategy[tuple[Any, ...]] = st.tuples(
    st.just("asked"),
    who,
    st.sampled_from(
        ["UNLINK_GROUP", "GET_STATUS", "GET_CONTEXT", "LIST_GROUPS", "RESYNC_HISTORY", "START_STANDALONE"]
    ),
    st.just({}),
    st.none(),
)
deletes = st.builds(
    lambda conversation: ("asked", conversation, "DELETE_EVENTS", {"eventIds": ["no such event"]}, None), who
)
nonsense = st.builds(
    lambda conversation, content: ("wrote", conversation, content),
    who,
    st.sampled_from(
        ["{", "hello", '{"action":"SELECT_GROUP","groupId":"../memory"}', '{"action":"GIVE_ME_EVERYTHING"}']
    ),
)
happenings = st.one_of(
    groups.map(lambda group: ("said", group)),
    groups.map(lambda group: ("said", group)),
    selects,
    selects,
    asks,
    deletes,
    nonsense,
    who.map(lambda conversation: ("added", conversation)),
    st.integers(1, 40).map(lambda steps: ("stepped", steps)),
    st.sampled_from([1.0, 15.0, 700.0]).map(lambda seconds: ("rested", seconds)),
    st.integers(1, 8).map(lambda times: ("failed", times)),
    st.just(("crashed",)),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(happenings, min_size=5, max_size=50))
def test_nobody_receives_a_secret_of_a_group_that_is_not_theirs(story: list[tuple[Any, ...]]) -> None:
    neighbours = Neighbours()
    for what in story:
        neighbours.do(what)
    neighbours.do(("rested", 60.0))


def test_the_watch_would_notice_a_stranger() -> None:
    """A secret of another group, put where a conversation can read it, is found."""
    neighbours = Neighbours()
    neighbours.do(("asked", "amber-1", "SELECT_GROUP", {"groupId": GROUPS[0]}, 0))
    neighbours.do(("rested", 1.0))
    neighbours.house.tell(
        MessageArrived(
            ChatMessage(
                GROUPS[0],
                MessageId("X"),
                SenderId("x"),
                "X",
                NOON,
                "text",
                f"from elsewhere: {text_secret(3)}",
            )
        )
    )
    with pytest.raises(AssertionError, match="amber-1"):
        neighbours.do(("rested", 1.0))
