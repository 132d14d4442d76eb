"""A short storm over real workers; and the storms' own parts: a checker that is blind is no checker."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.__main__ import main
from chaos.damage import choose_bit, tear_the_log
from chaos.inside.aims import PLACES
from chaos.inside.notes import Notes
from chaos.inside.plug import PluggedFileSystem
from chaos.inside.strikes import Strikes
from chaos.laws import Story, check
from chaos.orders import Aim, Jump, Orders, Quota, Rule
from chaos.plan import CONTROLS, FULL_KILLS, plan
from chaos.plug import pull_the_plug, settled_lengths
from chaos.population import Population, people
from chaos.reading import items_of, read_line
from chaos.storms import STORMS
from chaos.stream import Stream, texts_after
from chaos.tenant import Tenant
from chaos.witness import Witness
from nanie_actors.storage.file_system import OsFileSystem


def test_a_short_storm_over_real_workers_finds_nothing_and_its_control_something(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with tempfile.TemporaryDirectory() as folder:  # its path is short enough for a socket
        status = main(["--quick", "--json", "--dir", folder])
        left = list(Path(folder).iterdir())
    outcome = json.loads(capsys.readouterr().out)
    assert [line["findings"] for line in outcome["storms"]] == [[] for _ in outcome["storms"]]
    assert all(line["findings"] for line in outcome["controls"])
    assert outcome["kills"] >= 24
    assert (status, left) == (0, [])


def test_an_unknown_storm_is_answered_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "a gentle breeze"]) == 2
    assert "anywhere" in capsys.readouterr().out


# ── what is going to happen ─────────────────────────────────────────────────────────────────────────────


def test_a_full_run_has_every_storm_and_every_control_and_more_than_500_processes_to_kill() -> None:
    whole = plan(1, FULL_KILLS, quick=False, only=None)
    assert {chapter.storm for chapter in whole.chapters} == {storm.name for storm in STORMS}
    assert {chapter.storm for chapter in whole.controls} == {control.name for control in CONTROLS}
    assert sum(chapter.processes for chapter in whole.chapters) >= 550


@pytest.mark.parametrize("storm", STORMS, ids=lambda storm: storm.name)
def test_the_same_seed_draws_the_same_storm(storm: Any) -> None:
    assert [storm.draw(Random(seed)) for seed in range(20)] == [
        storm.draw(Random(seed)) for seed in range(20)
    ]


def test_one_storm_alone_is_the_one_of_the_whole_run() -> None:
    whole = plan(3, FULL_KILLS, quick=False, only=None)
    alone = plan(3, FULL_KILLS, quick=False, only="power")
    assert list(alone.chapters) == [chapter for chapter in whole.chapters if chapter.storm == "power"]


@pytest.mark.parametrize("place", PLACES.values())
def test_every_place_that_is_aimed_at_is_in_the_worker(place: str) -> None:
    module, _, path = place.partition(":")
    found: Any = import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    assert callable(found)


def test_orders_reach_the_process_as_they_were_given() -> None:
    orders = Orders(
        "notes",
        "sent",
        7,
        (Rule("write", "wal/*", 3, "kill-halfway"), Rule("sync", "*", 1, "wait", count=2, ms=5)),
        Quota(100, 2),
        Aim("send", 2, "before"),
        (Jump(3, -1_000),),
        4,
        "plug",
        ("dedupe",),
    )
    assert Orders.from_json(orders.to_json()) == orders


# ── what is done to a process ───────────────────────────────────────────────────────────────────────────


def test_a_rule_strikes_the_calls_that_it_counts_and_no_others(tmp_path: Path) -> None:
    strikes = Strikes(Notes(tmp_path / "notes"), [Rule("sync", "wal/*", 2, "EIO", count=2)], None)
    outcomes = []
    for call, where in [("write", "wal/1"), *[("sync", "wal/1")] * 4, ("sync", "memory/1")]:
        try:
            with strikes.around(call, where):
                outcomes.append("done")
        except OSError:
            outcomes.append("failed")
    assert outcomes == ["done", "done", "failed", "failed", "done", "done"]


def test_a_full_disk_takes_what_fits_and_is_freed_after_some_refusals(tmp_path: Path) -> None:
    strikes = Strikes(Notes(tmp_path / "notes"), [], Quota(10, 2))
    assert [strikes.room_for(7), strikes.room_for(7)] == [7, 3]
    for _ in range(2):
        with pytest.raises(OSError, match="No space"):
            strikes.room_for(7)
    assert strikes.room_for(7_000) == 7_000


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "sync", "cut", "replace", "names", "remove"]), st.integers(0, 2)),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(0, 2**32))
def test_what_was_synced_survives_the_plug(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], seed: int
) -> None:
    """Of each file whose name is on the disk: everything that was synced is there, and nothing that was never
    written."""
    place = tmp_path_factory.mktemp("plug")
    root, notes = place / "state", place / "notes"
    root.mkdir()
    notes.mkdir()
    files = PluggedFileSystem(OsFileSystem(), notes, syncs=True)
    before = settled_lengths(root)
    synced: dict[str, bytes] = {}
    written = count(1)
    for what, number in steps:
        path = root / f"file-{number}"
        match what:
            case "write":
                file = files.open_append(path)
                file.write(b"%06d" % next(written))
                file.close()
            case "sync" if path.exists():
                file = files.open_append(path)
                file.sync()
                file.close()
                files.sync_folder(root)
                synced[path.name] = path.read_bytes()
            case "cut" if path.exists():
                file = files.open_append(path)
                file.truncate(file.size() // 2)
                file.close()
                synced[path.name] = synced.get(path.name, b"")[: path.stat().st_size]
            case "replace":
                beside = files.open_new(root / "beside")
                beside.write(b"%06d" % next(written))
                beside.sync()
                beside.close()
                files.rename(root / "beside", path)
                files.sync_folder(root)
                synced[path.name] = path.read_bytes()
            case "names":
                files.sync_folder(root)
            case "remove" if path.exists():
                files.unlink(path)
                synced.pop(path.name, None)
    pull_the_plug(root, notes, before, Random(seed))
    for name, content in synced.items():
        assert (root / name).read_bytes().startswith(content)


def test_what_was_never_synced_can_be_gone_after_the_plug(tmp_path: Path) -> None:
    root, notes = tmp_path / "state", tmp_path / "notes"
    root.mkdir()
    gone = 0
    for seed in range(20):
        notes.mkdir(exist_ok=True)
        before = settled_lengths(root)
        files = PluggedFileSystem(OsFileSystem(), notes, syncs=False)
        file = files.open_append(root / "log")
        length = file.size()
        file.write(b"accepted\n")
        file.sync()
        file.close()
        files.sync_folder(root)
        pull_the_plug(root, notes, before, Random(seed))
        path = root / "log"
        gone += not path.exists() or path.stat().st_size < length + 9
    assert gone > 10


def test_a_torn_log_is_longer_and_begins_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "wal").mkdir()
    (tmp_path / "wal" / "1.log").write_bytes(b"one\ntwo\n")
    tear_the_log(tmp_path, Random(1))
    content = (tmp_path / "wal" / "1.log").read_bytes()
    assert content.startswith(b"one\ntwo\n")
    assert len(content) > 8


def test_a_bit_flipped_twice_is_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "memory" / "group"
    folder.mkdir(parents=True)
    (folder / "timeline.json").write_bytes(b"[]")
    flip = choose_bit(tmp_path, "group", Random(1))
    assert flip is not None
    flip.flip()
    assert flip.path.read_bytes() != b"[]"
    flip.flip()
    assert flip.path.read_bytes() == b"[]"


# ── what is found ───────────────────────────────────────────────────────────────────────────────────────


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
