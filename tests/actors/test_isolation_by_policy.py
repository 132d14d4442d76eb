"""Law 5 under policies that restrict: who may link little sees no more, whatever is done, whatever fails."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest
from household import Household
from hypothesis import given, settings
from hypothesis import strategies as st
from making import NOON, message

from nanie_actors.messages import GroupIdle, Unquarantine
from nanie_actors.model import EpochMs, GroupId, GroupSeen, MessageArrived

GROUPS = [GroupId(f"12036300000000000{number}@g.us") for number in range(4)]
PERMITTED = {"one": [0, 1], "two": [1, 2], "three": [3]}
"""Which groups each conversation may link. Whatever comes of a group has its number in it, marked."""

ALLOW = [
    {"conversation": who, "group": GROUPS[number]} for who, numbers in PERMITTED.items() for number in numbers
]
WHO = st.sampled_from(list(PERMITTED))
WHICH = st.integers(0, len(GROUPS) - 1)
STEPS = st.one_of(
    st.tuples(st.just("message"), WHICH),
    st.tuples(st.just("poison"), WHICH),
    st.tuples(st.just("link"), WHO, WHICH),
    st.tuples(st.just("unlink"), WHO),
    st.tuples(st.just("standalone"), WHO),
    st.tuples(st.just("add"), WHO),
    st.tuples(st.sampled_from(["status", "context", "list", "resync", "delete"]), WHO, WHICH),
    st.tuples(st.just("sleep"), WHICH),
    st.tuples(st.just("skip"), WHICH),
    st.tuples(st.just("crash")),
    st.tuples(st.just("settle")),
)


class Watched:
    """A household of which every byte that goes out is looked at, in order."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.house = Household(
            access={"policy": policy, "allow": ALLOW if policy == "allowlist" else []},
            supervision={"max_restarts": 1},
        )
        self.linked: dict[str, int | str | None] = dict.fromkeys(PERMITTED)
        self.wanted: dict[str, int | str | None] = {}
        self.codes: dict[int, str] = {}
        self.numbers = 0
        self.looked = 0
        for number, group in enumerate(GROUPS):
            self.house.tell(GroupSeen(group, NOON, f"«name-{number}»", 3))
        self.house.wait(3)

    def step(self, what: str, *of: Any) -> None:
        self.numbers += 1
        match what, of:
            case (("message" | "poison"), (which,)):
                text = f"«text-{which}»" + (" boom" if what == "poison" else "")
                self.house.tell(MessageArrived(message(self.numbers, text, group=GROUPS[which])))
            case "sleep", (which,):
                self.house.tree.registry.tell(GroupIdle(GROUPS[which]))
            case "skip", (which,):
                self.house.tree.registry.tell(Unquarantine(GROUPS[which], True, lambda _: None))
            case "crash", ():
                self.look()
                self.house.crash()
                self.looked = 0
            case "settle", ():
                self.house.wait(5)
            case _:
                self.command(what, *of)
        self.look()

    def command(self, what: str, who: str, which: int | None = None) -> None:
        mine = self.linked[who]
        match what:
            case "link":
                assert which is not None
                self.ask(who, which, action="SELECT_GROUP", groupId=GROUPS[which])
                if self.policy == "code" and (code := self.posted(which)):
                    self.ask(who, which, action="CONFIRM_LINK", code=code)
            case "standalone":
                self.ask(who, who, action="START_STANDALONE", title=f"«name-{who}»")
            case "unlink":
                self.ask(who, None, action="UNLINK_GROUP")
            case "add":
                self.ask(who, mine, action="ADD_EVENT", text=f"«text-{mine}»")
            case "delete":
                self.ask(who, mine, action="DELETE_EVENTS", eventIds=[f"«text-{which}»", "x"])
            case _:
                action = {"status": "GET_STATUS", "context": "GET_CONTEXT", "list": "LIST_GROUPS"}
                self.ask(who, mine, action=action.get(what, "RESYNC_HISTORY"))

    def ask(self, who: str, wanted: int | str | None, **content: Any) -> None:
        row = self.house.put(who, content)
        self.wanted[row] = wanted
        self.house.wait(1)
        self.look()

    def posted(self, which: int) -> str | None:
        """The newest code that somebody in the group could read."""
        texts = [text.text for text, _ in self.house.phone.sent if text.group == GROUPS[which]]
        codes = [text.partition(":")[0] for text in texts if "send this code" in text]
        return codes[-1] if codes else None

    def look(self) -> None:
        """Everything that went out since the last look."""
        out = self.house.transport.out
        while self.looked < len(out):
            sent, _ = out[self.looked]
            self.looked += 1
            body = orjson.loads(sent.body)
            if body.get("text") == "LINKED":
                self.linked[sent.conversation] = self.wanted[str(sent.in_reply_to)]
            elif body.get("text") == "UNLINKED":
                self.linked[sent.conversation] = None
            self.check(sent.conversation, sent.body.decode(), listed="groups" in body.get("data", {}))

    def check(self, who: str, body: str, *, listed: bool) -> None:
        marks = set(re.findall(r"«\w+-(\w+)»", body))
        marks |= {str(number) for number, group in enumerate(GROUPS) if group in body}
        allowed = {str(self.linked[who])}
        if listed and self.policy == "allowlist":
            allowed |= {str(number) for number in PERMITTED[who]}
        assert marks <= allowed, (who, body)

    def titles(self) -> None:
        """A conversation is called like its own group, or like one that it had before."""
        for who, title in self.house.transport.titles.items():
            marks = set(re.findall(r"«name-(\w+)»", title))
            permitted = {str(number) for number in PERMITTED[who]} | {who}
            assert self.policy == "code" or marks <= permitted


@pytest.mark.parametrize("policy", ["allowlist", "code"])
def test_no_conversation_sees_a_byte_that_is_not_of_its_group(policy: str) -> None:
    @settings(max_examples=40, deadline=None)
    @given(st.lists(STEPS, max_size=40))
    def run(steps: list[tuple[Any, ...]]) -> None:
        watched = Watched(policy)
        for step in steps:
            watched.step(*step)
        watched.house.wait(40)
        watched.look()
        watched.titles()
        for who, number in watched.linked.items():
            assert policy == "code" or not isinstance(number, int) or number in PERMITTED[who]

    run()


def test_the_watch_would_see_a_byte_of_another_group() -> None:
    watched = Watched("allowlist")
    watched.step("link", "one", 0)
    with pytest.raises(AssertionError, match="text-1"):
        watched.check("one", '{"label":"«text-1»"}', listed=False)
    with pytest.raises(AssertionError):
        watched.check("one", GROUPS[2], listed=True)


def test_who_guesses_a_code_sees_nothing_of_the_group() -> None:
    """A code that was asked for by another conversation opens nothing."""
    watched = Watched("code")
    watched.command("link", "one", 2)
    assert watched.linked["one"] == 2
    watched.house.say("two", "SELECT_GROUP", groupId=GROUPS[2])
    (answer,) = watched.house.say("two", "CONFIRM_LINK", code=watched.posted(0) or "AAAA-AAAA")
    assert answer["code"] == "CODE_WRONG"
    watched.house.tell(MessageArrived(message(99, "«text-2»", group=GROUPS[2], at=EpochMs(NOON))))
    watched.house.run()
    watched.look()
    assert watched.house.shown("two") == []
