"""A checker that is blind is no checker: each kind of fault, made by hand, must be found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chaos.laws import check
from chaos.population import Population, people
from chaos.reading import items_of, read_line
from chaos.story import Story
from chaos.stream import Stream, texts_after
from chaos.tenant import Tenant
from chaos.witness import Witness


class Played:
    """A story that came out well, to be spoilt."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.people: Population = people(Random(1), groups=2, conversations=1, accounts=1)
        self.stream = Stream(self.people, Random(2))
        self.stream.grow(30)
        self.tenant = Tenant("conversation-1", self.people.groups, Random(3), count())
        self.witness = Witness({"conversation-1": self.tenant})
        self.sent = folder / "sent.jsonl"
        self.events: dict[str, list[dict[str, Any]]] = {}
        for group in self.people.groups:
            entries = self.stream.of_group(group.jid)
            at = {entry.message: entry.at for entry in entries if entry.kind == "text"}
            self.events[group.jid] = [
                event(f"e{message}", text, at[message], message)
                for message, text in texts_after(entries).items()
            ]
        self.group = self.people.groups[0]
        self.other = self.people.groups[1]
        self._link_and_add()

    def _link_and_add(self) -> None:
        link = self.tenant.asks_for("SELECT_GROUP", 0, groupId=self.group.jid)
        self.hear(link.id, {"type": "STATUS", "text": "LINKED"}, link)
        self.show(1, link.id)
        self.row = self.tenant.asks_for("ADD_EVENT", 0, text=f"~{self.group.mark}~ added {link.id}")
        self.hear(self.row.id, {"type": "STATUS", "text": "Event added"}, self.row)
        added = event("own", self.row.text, 2_000_000_000_000, None)
        self.events[self.group.jid].append({**added, "synced": True})
        self.sent.parent.mkdir(parents=True, exist_ok=True)
        self.sent.write_text(json.dumps({"group": self.group.jid, "text": self.row.text}) + "\n")

    def hear(self, row: str | None, reply: dict[str, Any], *sent: Any) -> None:
        self.witness.expects(sent)
        line = {"conversation_id": "conversation-1", "reply": reply, "in_reply_to": row}
        self.witness.sees(read_line(json.dumps(line).encode()), 0)

    def show(self, revision: int, row: str | None = None) -> None:
        data = {
            "events": self.events[self.group.jid],
            "groupId": self.group.jid,
            "groupName": "x",
            "revision": revision,
        }
        self.hear(row, {"type": "DATA", "data": data})

    def findings(self) -> set[str]:
        self.show(100)
        for group, events in self.events.items():
            folder = self.state / "memory" / group
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "timeline.json").write_text(json.dumps(events))
        (self.state / "mappings.json").write_text(json.dumps({"conversation-1": {"groupId": self.group.jid}}))
        story = Story(
            state=self.state,
            sent=self.sent,
            people=self.people,
            stream=self.stream,
            tenants={"conversation-1": self.tenant},
            timelines=self.witness.timelines,
            own_groups={},
            recent=self.witness.recent,
            extractor_fails=False,
            ends=0,
        )
        return {finding.law for finding in (*self.witness.findings, *check(story))}


def event(id: str, text: str, at: int, message: str | None) -> dict[str, Any]:
    source = None if message is None else {"messageId": message, "sender": "alice", "kind": "text"}
    return {"id": id, "label": text, "timestamp": at, **({} if source is None else {"source": source})}


def _lose_a_message(played: Played) -> None:
    del played.events[played.group.jid][0]


def _double_a_message(played: Played) -> None:
    first = played.events[played.group.jid][0]
    played.events[played.group.jid].insert(0, {**first, "id": "again"})


def _lose_what_was_added(played: Played) -> None:
    played.events[played.group.jid].pop()


def _double_what_was_added(played: Played) -> None:
    own = played.events[played.group.jid][-1]
    played.events[played.group.jid].append({**own, "id": "again"})


def _send_twice(played: Played) -> None:
    played.sent.write_text(played.sent.read_text() * 2)


def _send_elsewhere(played: Played) -> None:
    played.sent.write_text(played.sent.read_text().replace(played.group.jid, played.other.jid))


def _say_an_older_text(played: Played) -> None:
    played.events[played.group.jid][0]["label"] = f"~{played.group.mark}~ said something else"


def _put_a_stranger_into_a_folder(played: Played) -> None:
    folder = played.state / "memory" / played.group.jid
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(b"~%b~" % played.other.mark.encode())


def _show_a_stranger(played: Played) -> None:
    played.hear(None, {"type": "SYSTEM", "message": f"~{played.other.mark}~ said"})


def _show_two_timelines_of_one_revision(played: Played) -> None:
    played.events[played.group.jid], kept = (
        played.events[played.group.jid][:-1],
        played.events[played.group.jid],
    )
    played.show(7)
    played.events[played.group.jid] = kept
    played.show(7)


def _show_an_older_revision(played: Played) -> None:
    played.show(9)
    played.show(8)


def _show_a_hole(played: Played) -> None:
    whole = played.events[played.group.jid]
    played.events[played.group.jid] = whole[:3] + whole[4:]
    played.show(5)
    played.events[played.group.jid] = whole


def _forget_the_link(played: Played) -> None:
    row = played.tenant.asks_for("GET_STATUS", 0)
    played.hear(row.id, {"type": "SYSTEM", "code": "GROUP_SELECTION_REQUIRED"}, row)


def _write_an_older_file(played: Played) -> None:
    played.show(101)
    played.events[played.group.jid][-1]["synced"] = False


def _log_a_message_twice(played: Played) -> None:
    messages = [entry.message for entry in played.stream.of_group(played.group.jid) if entry.kind == "text"]
    played.witness.recent[played.group.jid] = [*messages, messages[-1]]


def _log_out_of_order(played: Played) -> None:
    messages = [entry.message for entry in played.stream.of_group(played.group.jid) if entry.kind == "text"]
    played.witness.recent[played.group.jid] = [*messages[:-2], messages[-1], messages[-2]]


SPOILT: list[tuple[Callable[[Played], None], str]] = [
    (_lose_a_message, "lost"),
    (_double_a_message, "doubled"),
    (_lose_what_was_added, "lost"),
    (_double_what_was_added, "doubled"),
    (_send_twice, "doubled"),
    (_send_elsewhere, "crossed"),
    (_say_an_older_text, "order"),
    (_put_a_stranger_into_a_folder, "crossed"),
    (_show_a_stranger, "crossed"),
    (_show_two_timelines_of_one_revision, "revision"),
    (_show_an_older_revision, "revision"),
    (_show_a_hole, "order"),
    (_forget_the_link, "lost"),
    (_write_an_older_file, "other"),
    (_log_a_message_twice, "doubled"),
    (_log_out_of_order, "order"),
]


def test_a_story_that_came_out_well_has_no_findings(tmp_path: Path) -> None:
    played = Played(tmp_path)
    played.show(3)
    assert played.findings() == set()


@pytest.mark.parametrize(("spoil", "law"), SPOILT, ids=lambda value: getattr(value, "__name__", value))
def test_the_checker_finds_what_is_wrong(spoil: Callable[[Played], None], law: str, tmp_path: Path) -> None:
    played = Played(tmp_path)
    spoil(played)
    assert law in played.findings()


def test_the_reading_of_events_is_what_the_contract_says() -> None:
    (item,) = items_of([{**event("e", "text", 5, "M"), "synced": False}])
    assert item == replace(item, id="e", text="text", at=5, message="M", synced=False)
