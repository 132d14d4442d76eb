"""Who links by a code: what goes into the group, what is answered, what is written down."""

from __future__ import annotations

from dataclasses import replace
from errno import ENOSPC
from typing import Any

import orjson
import pytest
from household import Household
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.messages import GroupIdle, Unquarantine
from nanie_actors.model import (
    ConversationId,
    EpochMs,
    GroupId,
    GroupSeen,
    MessageArrived,
    MessageId,
    RowId,
)
from nanie_actors.router.edge import RouterRow
from nanie_actors.storage.audit_log import read_audit
from nanie_actors.whatsapp.edge import SendFailed, SendUnknown, Sent

UNKNOWN = GroupId("120363000000000009@g.us")


def household(**access: Any) -> Household:
    house = Household(access={"policy": "code", **access})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 9))
    house.run()
    return house


@pytest.fixture
def house() -> Household:
    return household()


def ask(house: Household, conversation: str = "one", group: str = GROUP) -> dict[str, Any]:
    (answer,) = house.say(conversation, "SELECT_GROUP", groupId=group)
    return answer


def posted(house: Household) -> str:
    """The code of the newest text that went into a group."""
    return house.phone.sent[-1][0].text.partition(":")[0]


def confirm(house: Household, code: str, conversation: str = "one", row: str | None = None) -> list[Any]:
    """What was answered: error codes, status texts, types of data."""
    return [
        answer.get("code") or answer.get("text") or answer["type"]
        for answer in house.say(conversation, "CONFIRM_LINK", row, code=code)
    ]


def audit(house: Household) -> list[tuple[Any, ...]]:
    return [
        (
            entry["action"],
            entry["outcome"],
            entry.get("conversation"),
            entry.get("group"),
            entry.get("why", ""),
        )
        for entry in read_audit(house.disk, house.layout.root)
    ]


def test_the_code_goes_into_the_group_and_only_who_sends_it_back_is_linked(house: Household) -> None:
    answer = ask(house)
    assert (answer["type"], answer["text"]) == ("STATUS", "LINK_CODE_SENT")
    assert [text.group for text, _ in house.phone.sent] == [GROUP]
    assert house.mappings() == {}
    assert confirm(house, posted(house)) == ["LINKED", "DATA"]
    assert house.mappings()["one"]["groupId"] == GROUP
    assert house.mappings()["one"]["groupName"] == "Family"
    assert house.transport.titles["one"] == "Family"


def test_nothing_is_posted_before_the_code_is_on_disk(house: Household) -> None:
    house.put("one", {"action": "SELECT_GROUP", "groupId": GROUP})
    house.dispatcher.run_until_idle()
    assert house.phone.sent == []
    house.run()
    assert len(house.phone.sent) == 1


def test_a_group_that_does_not_exist_is_answered_alike_and_nothing_is_started(house: Household) -> None:
    known, unknown = ask(house), ask(house, "two", UNKNOWN)
    assert known == unknown
    assert [text.group for text, _ in house.phone.sent] == [GROUP]
    assert house.life(f"group/{UNKNOWN}") is None
    assert confirm(house, "AAAA-AAAA") == confirm(house, "AAAA-AAAA", "two") == ["CODE_WRONG"]


def test_without_a_rule_no_group_is_listed_and_a_linked_one_is(house: Household) -> None:
    (answer,) = house.say("one", "LIST_GROUPS")
    assert answer["data"]["groups"] == []
    ask(house)
    confirm(house, posted(house))
    (answer,) = house.say("one", "LIST_GROUPS")
    assert [group["id"] for group in answer["data"]["groups"]] == [GROUP]
    (answer,) = house.say("two", "LIST_GROUPS")
    assert answer["data"]["groups"] == []


def test_a_rule_lists_groups_without_opening_them() -> None:
    house = household(allow=[{"group": OTHER_GROUP}])
    (answer,) = house.say("one", "LIST_GROUPS")
    assert [group["id"] for group in answer["data"]["groups"]] == [OTHER_GROUP]
    assert ask(house, group=OTHER_GROUP)["text"] == "LINK_CODE_SENT"


def test_a_code_can_be_confirmed_after_a_crash_and_is_not_posted_twice(house: Household) -> None:
    house.wait(3)  # the directory of groups is on disk
    row = house.put("one", {"action": "SELECT_GROUP", "groupId": GROUP})
    house.run()
    code = posted(house)
    house.crash(power_loss=True)
    (again,) = house.say("one", "SELECT_GROUP", row, groupId=GROUP)
    assert again["text"] == "LINK_CODE_SENT"
    assert house.phone.sent == []
    assert confirm(house, code) == ["LINKED", "DATA"]


def test_a_confirmation_that_comes_again_after_a_crash_takes_effect_once(house: Household) -> None:
    ask(house)
    assert confirm(house, posted(house), row="yes") == ["LINKED", "DATA"]
    house.crash()
    assert confirm(house, "whatever", row="yes") == ["LINKED", "DATA"]
    assert confirm(house, "whatever") == ["CODE_EXPIRED"]


def test_a_code_opens_once(house: Household) -> None:
    ask(house)
    code = posted(house)
    confirm(house, code)
    house.say("one", "UNLINK_GROUP")
    assert confirm(house, code) == ["CODE_EXPIRED"]


def test_a_code_is_void_when_the_conversation_is_linked_otherwise(house: Household) -> None:
    ask(house)
    code = posted(house)
    house.say("one", "START_STANDALONE")
    assert confirm(house, code) == ["CODE_EXPIRED"]


def test_a_few_wrong_tries_void_the_code_also_over_restarts(house: Household) -> None:
    ask(house)
    code = posted(house)
    for _ in range(5):
        assert confirm(house, "AAAA-AAAA") == ["CODE_WRONG"]
        house.crash()
    assert confirm(house, code) == ["CODE_EXPIRED"]


def test_a_code_is_void_after_its_time(house: Household) -> None:
    ask(house)
    code = posted(house)
    house.clock.advance(600)
    assert confirm(house, code) == ["CODE_EXPIRED"]


def test_too_many_codes_are_refused_with_the_time_to_wait() -> None:
    house = household(codes_per_hour=2)
    ask(house)
    ask(house)
    answer = ask(house, group=UNKNOWN)
    assert (answer["code"], answer["retryAfter"]) == ("RATE_LIMITED", 1800)
    assert len(house.phone.sent) == 2


def test_who_is_linked_to_the_group_needs_no_code_to_select_it_again(house: Household) -> None:
    ask(house)
    confirm(house, posted(house))
    assert [answer["type"] for answer in house.say("one", "SELECT_GROUP", groupId=GROUP)] == [
        "STATUS",
        "DATA",
    ]
    assert len(house.phone.sent) == 1


def test_under_another_policy_there_is_nothing_to_confirm() -> None:
    house = Household()
    assert confirm(house, "AAAA-AAAA") == ["CODE_EXPIRED"]


def test_a_disk_that_refuses_posts_no_code(house: Household) -> None:
    house.disk.files.fail("open_new", ENOSPC, name="link-codes", count=1)
    assert ask(house)["code"] == "UNAVAILABLE"
    assert house.phone.sent == []
    assert ask(house)["text"] == "LINK_CODE_SENT"
    assert len(house.phone.sent) == 1


def test_what_whatsapp_does_not_take_is_posted_again_while_the_code_is_good(house: Household) -> None:
    house.phone.outcomes = [SendFailed("offline"), SendFailed("offline")]
    ask(house)
    house.wait(20)
    assert len({text.text for text, _ in house.phone.sent}) == 1
    assert len(house.phone.sent) == 3
    assert confirm(house, posted(house)) == ["LINKED", "DATA"]


def test_a_code_that_was_replaced_is_not_posted_any_more(house: Household) -> None:
    house.phone.outcomes = [SendFailed("offline")]
    ask(house)
    first = posted(house)
    ask(house)
    house.wait(60)
    assert [text.text.startswith(first) for text, _ in house.phone.sent] == [True, False]


def test_a_text_of_unknown_outcome_is_never_sent_again(house: Household) -> None:
    house.phone.outcomes = [SendUnknown("the answer was lost")]
    ask(house)
    house.wait(700)
    assert len(house.phone.sent) == 1
    assert ("code", "failed", "one", GROUP, "unknown outcome") in audit(house)


def test_a_code_is_posted_once_the_quarantined_group_is_back() -> None:
    house = Household(access={"policy": "code"}, supervision={"max_restarts": 0})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    ask(house, "two")
    confirm(house, posted(house), "two")
    house.tell(MessageArrived(message(1, "boom")))
    house.run()
    assert ask(house)["text"] == "LINK_CODE_SENT"
    assert len(house.phone.sent) == 1
    house.tree.registry.tell(Unquarantine(GROUP, True, lambda _: None))
    house.wait(6)
    assert len(house.phone.sent) == 2
    assert confirm(house, posted(house)) == ["LINKED", "DATA"]


def test_the_code_that_comes_back_from_the_phone_adds_no_event(house: Household) -> None:
    """Own texts are known by their message id, whoever repeats them."""
    house.phone.outcomes = [Sent(MessageId("OURS"), EpochMs(NOON))]
    ask(house)
    code = posted(house)
    confirm(house, code)
    echo = message(1, f"{code}: send this code …", sender="me", from_me=True)
    house.tell(MessageArrived(replace(echo, message_id=MessageId("OURS"))))
    house.run()
    assert house.shown("one") == []


def test_a_group_waits_for_the_outcome_before_it_goes_to_rest(house: Household) -> None:
    house.phone.hold = True
    ask(house)
    house.tree.registry.tell(GroupIdle(GROUP))
    house.run()
    assert house.life(f"group/{GROUP}") is not None
    house.phone.sent[0][1](Sent(MessageId("OURS"), EpochMs(NOON)))
    house.run()
    assert house.life(f"group/{GROUP}") is None
    assert ("code", "done", "one", GROUP, "") in audit(house)


def test_everything_is_written_down_but_no_code(house: Household) -> None:
    ask(house)
    code = posted(house)
    confirm(house, "AAAA-AAAA")
    confirm(house, code)
    house.say("one", "UNLINK_GROUP")
    ask(house, group="no group")
    ask(house, group=UNKNOWN)
    assert audit(house) == [
        ("code", "done", "one", GROUP, ""),
        ("confirm", "refused", "one", GROUP, "CODE_WRONG"),
        ("confirm", "done", "one", GROUP, ""),
        ("link", "done", "one", GROUP, "CONFIRM_LINK"),
        ("unlink", "done", "one", GROUP, "UNLINK_GROUP"),
        ("link", "refused", "one", None, "INVALID_GROUP"),
        ("code", "failed", "one", UNKNOWN, "unknown group"),
    ]
    written = (house.disk.read(house.layout.audit) or b"").decode()
    assert code not in written
    assert "Family" not in written
    assert "no group" not in written


def test_the_code_is_in_no_file_of_the_state_directory(house: Household) -> None:
    ask(house)
    code = posted(house)
    house.stop()
    blobs = [blob for blob in (house.disk.read(path) for path in _all_files(house)) if blob]
    assert blobs
    assert not any(code.encode() in blob for blob in blobs)


def _all_files(house: Household) -> list[Any]:
    found, folders = [], [house.layout.root]
    while folders:
        folder = folders.pop()
        for name in house.disk.listdir(folder):
            path = folder / name
            if house.disk.files.is_folder(path):
                folders.append(path)
            else:
                found.append(path)
    return found


def test_who_wrote_the_message_is_written_down(house: Household) -> None:
    content = orjson.dumps({"action": "SELECT_GROUP", "groupId": GROUP}).decode()
    house.inbox.put(RouterRow(RowId("r"), ConversationId("one"), content, "hand", "dana"))
    house.run()
    (entry,) = read_audit(house.disk, house.layout.root)
    assert entry["sender"] == "dana"


def test_a_flood_of_refusals_does_not_push_others_out_of_the_file() -> None:
    house = Household(access={"policy": "code"}, limits={"commands_burst": 1_000})
    for _ in range(200):
        ask(house, group="no group")
    ask(house, "two")
    house.clock.advance(10)
    ask(house, group="no group")
    entries = list(read_audit(house.disk, house.layout.root))
    refusals = [entry for entry in entries if entry["action"] == "link"]
    assert len(refusals) == 31
    assert refusals[-1]["omitted"] == 170
    assert entries[-2]["conversation"] == "two"
