"""What the worker knows of the connection to WhatsApp, and whom it tells what of it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from household import Household
from hypothesis import given
from hypothesis import strategies as st
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.actors.gate import SourceWatch
from nanie_actors.actors.outages import OutageWatch, Reachability
from nanie_actors.model import ConnectionChanged, ConnectionState, EpochMs, GroupSeen, MessageArrived
from nanie_actors.protocol.outages import Outage, sentence

TROUBLES: list[ConnectionState] = [
    "unpaired",
    "pairing",
    "connecting",
    "offline",
    "logged_out",
    "replaced",
    "banned",
    "outdated",
]
AFTER_S = 30


@pytest.fixture
def house() -> Household:
    """A live account that has not said anything yet."""
    house = Household(live=True, whatsapp={"announce_after_s": AFTER_S})
    house.run()
    return house


def connected(house: Household) -> Household:
    """It is online, has one group, and a conversation is linked to that."""
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), ConnectionChanged("phone", "online"))
    house.run()
    house.link("one", GROUP)
    return house


def change(house: Household, state: ConnectionState, until: EpochMs | None = None) -> None:
    house.tell(ConnectionChanged("phone", state, "the reason", until))
    house.run()


def notices(house: Household, conversation: str) -> list[str]:
    return [push["code"] for push in house.pushes(conversation) if push["type"] == "SYSTEM"]


# ── commands while WhatsApp is out of reach ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", TROUBLES)
def test_without_whatsapp_and_groups_people_hear_what_to_do(house: Household, state: ConnectionState) -> None:
    change(house, state)
    for answers in (house.say("one", "LIST_GROUPS"), house.say("one", "SELECT_GROUP", groupId=GROUP)):
        assert [(a["type"], a["code"], a["error"]) for a in answers] == [
            ("ERROR", "UNAVAILABLE", sentence(state))
        ]


def test_an_account_that_has_said_nothing_yet_is_not_there_yet(house: Household) -> None:
    assert house.say("one", "LIST_GROUPS")[0]["error"] == sentence("connecting")


def test_who_must_pair_is_told_the_command() -> None:
    assert "nanie pair" in sentence("unpaired")
    assert "nanie pair" in sentence("logged_out")
    assert all("try again" in sentence(state) for state in TROUBLES)


def test_known_groups_are_listed_and_linked_while_offline(house: Household) -> None:
    connected(house)
    change(house, "offline")
    assert [group["id"] for group in house.say("two", "LIST_GROUPS")[0]["data"]["groups"]] == [GROUP]
    house.link("two", GROUP)
    assert house.say("two", "SELECT_GROUP", groupId=OTHER_GROUP)[0]["code"] == "UNAVAILABLE"
    change(house, "online")
    assert house.say("two", "SELECT_GROUP", groupId=OTHER_GROUP)[0]["code"] == "FORBIDDEN_GROUP"


def test_an_account_without_groups_is_answered_with_an_empty_list_when_online(house: Household) -> None:
    change(house, "online")
    assert house.say("one", "LIST_GROUPS")[0]["data"] == {"groups": []}


def test_what_is_played_is_never_out_of_reach() -> None:
    house = Household()
    house.tell(ConnectionChanged("phone", "connecting"), ConnectionChanged("phone", "finished"))
    house.run()
    assert house.say("one", "LIST_GROUPS")[0]["data"] == {"groups": []}
    assert house.say("one", "SELECT_GROUP", groupId=GROUP)[0]["code"] == "FORBIDDEN_GROUP"
    house.wait(600)
    assert house.pushes("one") == []


def test_an_outage_tells_nobody_which_groups_there_are() -> None:
    """A group that this conversation may not link is refused alike, whether it exists or not."""
    house = Household(
        live=True, access={"policy": "allowlist", "allow": [{"conversation": "one", "group": "*"}]}
    )
    connected(house)
    change(house, "offline")
    known, unknown = (
        house.say("stranger", "SELECT_GROUP", groupId=group)[0] for group in (GROUP, OTHER_GROUP)
    )
    assert known == unknown
    assert known["code"] == "FORBIDDEN_GROUP"


def test_everything_else_goes_on_from_disk(house: Household) -> None:
    connected(house)
    house.tell(MessageArrived(message(1, "fed")))
    house.run()
    change(house, "offline")
    house.phone.connected = False
    assert house.say("one", "ADD_EVENT", text="bath")[0]["type"] == "STATUS"
    assert set(house.shown("one")) == {"fed", "bath"}
    assert house.say("one", "GET_CONTEXT")[0]["type"] == "DATA"
    assert house.own_words(f"group/{GROUP}")["outbox"]["failed"] == 1


# ── what linked conversations are told ───────────────────────────────────────────────────────────────────


def test_an_outage_is_told_once_when_it_lasts_and_its_end_at_once(house: Household) -> None:
    connected(house)
    house.say("alone", "START_STANDALONE")
    change(house, "offline", EpochMs(NOON + 5))
    since = house.clock.now_ms()
    house.wait(AFTER_S - 1)
    assert notices(house, "one") == []
    change(house, "connecting")
    change(house, "offline", EpochMs(NOON + 7))
    house.wait(1)
    (told,) = [push for push in house.pushes("one") if push["type"] == "SYSTEM"]
    assert told == {
        "type": "SYSTEM",
        "code": "WHATSAPP_OFFLINE",
        "state": "offline",
        "since": since,
        "until": NOON + 7,
        "message": sentence("offline"),
        "ephemeral": True,
    }
    house.wait(300)
    change(house, "online")
    assert notices(house, "one") == ["WHATSAPP_OFFLINE", "WHATSAPP_ONLINE"]
    assert notices(house, "alone") == []
    house.wait(300)
    assert notices(house, "one") == ["WHATSAPP_OFFLINE", "WHATSAPP_ONLINE"]


def test_short_drops_are_silent_however_many_there_are(house: Household) -> None:
    connected(house)
    for _ in range(10):
        change(house, "offline")
        house.wait(AFTER_S - 10)
        change(house, "online")
        house.wait(5)
    assert notices(house, "one") == []


def test_a_worker_that_never_gets_online_says_so_after_its_start() -> None:
    house = connected(Household(live=True, whatsapp={"announce_after_s": AFTER_S}))
    house.crash()
    change(house, "unpaired")
    house.wait(AFTER_S)
    assert notices(house, "one") == ["WHATSAPP_OFFLINE"]


def test_who_links_during_an_outage_hears_of_it_after_the_timeline(house: Household) -> None:
    connected(house)
    change(house, "offline")
    house.wait(AFTER_S)
    change(house, "logged_out")
    house.link("two", GROUP)
    house.say("three", "START_STANDALONE")
    bodies = [orjson.loads(out.body) for out, _ in house.transport.out if out.conversation == "two"]
    assert [body["type"] for body in bodies] == ["STATUS", "DATA", "SYSTEM"]
    assert bodies[-1]["state"] == "logged_out"
    assert notices(house, "three") == []
    change(house, "online")
    house.say("two", "SELECT_GROUP", groupId=GROUP)
    assert notices(house, "two") == ["WHATSAPP_OFFLINE", "WHATSAPP_ONLINE"]


def test_who_links_before_an_outage_is_told_hears_it_with_the_others(house: Household) -> None:
    connected(house)
    change(house, "offline")
    house.link("two", GROUP)
    assert notices(house, "two") == []
    house.wait(AFTER_S)
    assert notices(house, "two") == ["WHATSAPP_OFFLINE"]


def test_a_transport_that_fails_at_a_notice_harms_nobody(house: Household) -> None:
    connected(house)
    house.transport.poison = b"WHATSAPP_"
    change(house, "offline")
    house.wait(AFTER_S)
    house.transport.poison = None
    assert house.failures == []
    assert house.say("one", "GET_STATUS")[0]["type"] == "DATA"


def test_the_gateway_shows_the_connection(house: Household) -> None:
    change(house, "banned", EpochMs(NOON + 9))
    since = house.clock.now_ms()
    house.wait(5)
    change(house, "banned", EpochMs(NOON + 99))
    assert house.own_words("gateway")["sources"] == {
        "phone": {"state": "banned", "reason": "the reason", "since": since, "until": NOON + 99}
    }
    change(house, "online")
    assert house.own_words("gateway")["sources"]["phone"]["state"] == "online"


# ── the pure parts ───────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(st.sampled_from(["down", "back", "ask"]), st.integers(0, 40)), max_size=40))
def test_every_outage_that_lasts_is_told_once_and_no_other(steps: list[tuple[str, int]]) -> None:
    """Asked every second, as timers may do, the watch tells exactly what a look at the whole past says."""
    watch, now, down_since, told = OutageWatch(30), 0, None, False
    for what, seconds in steps:
        for _ in range(seconds):
            now += 1
            lasting = down_since is not None and now - down_since >= 30
            assert watch.lasts(now) == (lasting and not told)
            told = told or lasting
        match what:
            case "down":
                assert watch.down(now) == (down_since is None)
                down_since = now if down_since is None else down_since
            case "back":
                assert watch.back() == told
                down_since, told = None, False
            case _:
                assert watch.told == told


def test_an_outage_began_when_the_account_was_online_last() -> None:
    connection = Reachability(["phone"], EpochMs(1))
    connection.changed("phone", "online", None, EpochMs(2))
    assert connection.outage is None
    connection.changed("phone", "offline", EpochMs(9), EpochMs(3))
    connection.changed("phone", "logged_out", None, EpochMs(4))
    connection.changed("replay:chat", "failed", None, EpochMs(5))
    assert connection.outage == Outage("logged_out", EpochMs(3))


def test_one_account_within_reach_is_enough() -> None:
    connection = Reachability(["phone", "tablet"], EpochMs(1))
    assert connection.outage == Outage("connecting", EpochMs(1))
    connection.changed("tablet", "online", None, EpochMs(2))
    assert connection.outage is None


@pytest.mark.parametrize("state", [*TROUBLES, "online"])
def test_nobody_waits_for_the_groups_of_a_live_account_that_has_told_them_or_cannot(state: Any) -> None:
    watch = SourceWatch(live=True)
    watch.saw(GroupSeen(GROUP, NOON))
    watch.saw(MessageArrived(message(1)))
    watch.saw(ConnectionChanged("phone", "connecting"))
    assert not watch.announced.is_set()
    watch.saw(ConnectionChanged("phone", state))
    assert watch.announced.is_set() == (state != "connecting")
    assert not watch.ended.is_set()
