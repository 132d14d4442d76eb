"""Ten thousand random and mutated router messages: the worker lives, and every answer is well formed."""

from __future__ import annotations

from random import Random

import orjson
from household import Household
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import GROUP, NOON, OTHER_GROUP, json_values, message

from nanie_actors.errors import ErrorCode
from nanie_actors.model import GroupSeen, MessageArrived
from nanie_actors.protocol.commands import ACTIONS
from nanie_actors.router.edge import RouterRow
from nanie_actors.router.envelope import RowRules, parse_row

RULES = RowRules(agent_id="agent", room_id="", row_bytes=1_000_000)
ROWS_A_RUN = 100
RUNS = 100

hostile_texts = st.one_of(
    st.sampled_from(
        [
            "../x",
            "..\\x",
            "/etc/passwd",
            "",
            " ",
            "\x00",
            "a" * 3_000,
            "\u202eevil",
            "١٢٣@g.us",
            "$(x)",
            GROUP,
        ]
    ),
    st.text(max_size=30),
)
fields = st.dictionaries(
    st.sampled_from(
        ["groupId", "groupName", "text", "eventData", "eventId", "eventIds", "limit", "title", "debug"]
    ),
    st.one_of(hostile_texts, json_values, st.just({"timestamp": 5, "type": "bath", "details": {}})),
    max_size=4,
)
commands = st.builds(
    lambda action, more: {**more, "action": action}, st.sampled_from(ACTIONS) | hostile_texts, fields
)
contents = st.one_of(commands, commands.map(lambda c: orjson.dumps(c).decode()), hostile_texts, json_values)
conversations = st.sampled_from(["one", "two", "three", "../one", "one\n", "group/1@g.us", "x" * 400])
rows = st.fixed_dictionaries(
    {"id": st.integers(0, 10**9) | hostile_texts, "conversation_id": conversations, "content": contents}
)


def mutated(random: Random, line: bytes) -> bytes:
    """A few bytes changed, gone or doubled, in a third of the lines."""
    data = bytearray(line)
    for _ in range(random.choice([0, 0, 1, 3])):
        where = random.randrange(len(data) + 1)
        data[where : where + random.randrange(3)] = bytes(
            random.randrange(256) for _ in range(random.randrange(3))
        )
    return bytes(data).replace(b"\n", b" ")


CODES = set(ErrorCode.__args__)  # type: ignore[attr-defined]


def check(body: bytes) -> None:
    """An answer is what the contract says answers are, and shows nothing of ours."""
    answer = orjson.loads(body)
    assert answer["ephemeral"] is True
    match answer:
        case {
            "type": "DATA",
            "data": {"events": list(), "groupName": str(), "groupId": str(), "revision": int()},
        }:
            pass
        case {"type": "DATA", "data": {"groups": list()} | {"context": dict()}}:
            pass
        case {"type": "STATUS", "text": str()}:
            pass
        case {"type": "SYSTEM", "code": "GROUP_SELECTION_REQUIRED", "error": str(), "message": str()}:
            pass
        case {"type": "ERROR", "code": code, "error": str(text)}:
            assert code in CODES - {"INTERNAL"}
            assert "Traceback" not in text
            assert "/state" not in text
        case _:
            raise AssertionError(answer)


@settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(rows, min_size=ROWS_A_RUN, max_size=ROWS_A_RUN), st.integers(0, 2**32))
def test_hostile_messages_are_answered_and_harm_nothing(batch: list[dict[str, object]], seed: int) -> None:
    random = Random(seed)
    house = Household(access={"policy": "allowlist", "allow": [{"conversation": "one", "group": GROUP}]})
    house.tell(
        GroupSeen(GROUP, NOON, "Family", 3),
        GroupSeen(OTHER_GROUP, NOON, "Club", 3),
        MessageArrived(message(1, "our secret")),
        MessageArrived(message(1, "another secret", group=OTHER_GROUP)),
    )
    house.run()
    house.link("one", GROUP)
    for raw in batch:
        row = parse_row(mutated(random, orjson.dumps(raw)), transport="hand", rules=RULES)
        if isinstance(row, RouterRow):
            house.inbox.put(row)
    house.run()
    assert house.failures == []
    assert house.dead_letters.total() == 0
    assert house.tree.inbox.inside == 0
    for out, _ in house.transport.out:
        check(out.body)
        assert b"another secret" not in out.body
        assert b"our secret" not in out.body or out.conversation == "one"
    assert house.say("healthy", "LIST_GROUPS")[0]["type"] == "DATA"
