"""Older layouts: everything that can be understood comes over, once; nothing is destroyed."""

from __future__ import annotations

import json
from errno import ENOSPC
from pathlib import Path
from typing import Any

import orjson
import pytest
from disks import GROUP_A, GROUP_B, Outcomes, lines
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.errors import CorruptGroup, SourceError, StateError
from nanie_actors.model import GroupId
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.file_system import OsFile, OsFileSystem
from nanie_actors.storage.group_files import GroupFiles, SnapshotData, StoredGroup
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.legacy import LegacyGroup, find_flat_files, read_legacy
from nanie_actors.storage.legacy_events import SkippedEvent, epoch_ms, normalise_events
from nanie_actors.storage.legacy_import import import_legacy
from nanie_actors.storage.seen import seen_key
from nanie_actors.timeline.codec import event_from_json

NOON = 1_764_000_000_000
KEY = "sk-synthetic-0000"


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    layout = StateLayout(tmp_path / "nanie")
    layout.memories.mkdir(parents=True)
    return layout


def event(number: int, **more: Any) -> dict[str, Any]:
    at = NOON + number * 60_000
    return {
        "id": f"e{number}",
        "timestamp": at,
        "type": "feeding",
        "label": "Feed",
        "details": "120 ml",
        **more,
    }


def flat_file(layout: StateLayout, content: object, group: GroupId = GROUP_A) -> Path:
    path = layout.memories / f"{group}.json"
    path.write_text(json.dumps(content))
    return path


def stored(layout: StateLayout, group: GroupId = GROUP_A) -> StoredGroup:
    return GroupFiles(DirectDisk(), layout.memory(group), group).load()


def existing(layout: StateLayout, events: list[dict[str, Any]], **meta: Any) -> None:
    """A group that has a snapshot at record 2, and records 3 and 4 in its journal."""
    files = GroupFiles(DirectDisk(), layout.memory(GROUP_A), GROUP_A)
    done = Outcomes()
    files.journal(lines(GROUP_A, 1, 4), done.add)
    encoded = orjson.dumps({"format": 1, "seq": 2, "revision": 7, **meta})
    files.snapshot(SnapshotData(orjson.dumps(events), encoded, b'{"m":1}\n', b"k" * 8, 2), done.add)
    assert done.all_ok


# reading


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_flat_file_is_an_array_of_events_or_an_object_with_them(layout: StateLayout, wrapped: bool) -> None:
    events = [event(1), event(2)]
    path = flat_file(layout, {"events": events} if wrapped else events)
    assert find_flat_files(DirectDisk(), layout) == [path]
    assert read_legacy(path) == LegacyGroup(path, GROUP_A, events)


def test_the_one_group_cache_names_its_group_and_its_key_is_not_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ella_cache.json"
    cache = {
        "groupId": GROUP_A,
        "events": [event(1)],
        "lastMessageTimestamp": NOON // 1_000,
        "processedMsgIds": ["m1", "m2", 3],
        "apiKey": KEY,
    }
    path.write_text(json.dumps(cache))
    legacy = read_legacy(path)
    assert legacy == LegacyGroup(path, GROUP_A, [event(1)], ["m1", "m2"], NOON)
    assert KEY not in repr(legacy)
    assert KEY not in caplog.text


def test_other_files_beside_the_groups_are_left_alone(layout: StateLayout) -> None:
    (layout.memories / "notes.json").write_text("[]")
    (layout.memories / f"{GROUP_A}.json.imported").write_text("[]")
    assert find_flat_files(DirectDisk(), layout) == []


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        (f"{GROUP_A}.json", "{", "no JSON"),
        (f"{GROUP_A}.json", "7", "holds no events"),
        (f"{GROUP_A}.json", '{"events": {}}', "not an array"),
        (f"{GROUP_A}.json", json.dumps({"groupId": GROUP_B, "events": []}), "two groups"),
        ("ella_cache.json", '{"events": []}', "which group"),
        ("ella_cache.json", '{"groupId": "../../etc", "events": []}', "not a group id"),
    ],
)
def test_a_file_that_cannot_be_imported_is_named_with_the_reason(
    tmp_path: Path, name: str, content: str, why: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SourceError, match=why) as caught:
        read_legacy(tmp_path / name)
    assert name in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        read_legacy(tmp_path / f"{GROUP_A}.json")


# events


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NOON, NOON),
        (NOON // 1_000, NOON),
        (NOON / 1_000, NOON),
        (str(NOON), NOON),
        ("2025-11-24T16:00:00Z", NOON),
        ("2025-11-24T18:00:00+02:00", NOON),
        ("2025-11-24T16:00:00.000", NOON),
        ("2025-11-24 16:00:00", NOON),
        (None, None),
        (True, None),
        (0, None),
        (-5, None),
        (float("nan"), None),
        (float("inf"), None),
        ("yesterday", None),
        ([], None),
    ],
)
def test_times_of_every_older_form_become_epoch_milliseconds(value: Any, expected: int | None) -> None:
    assert epoch_ms(value) == expected


def test_entries_that_are_no_events_are_told_by_their_place() -> None:
    entries = [event(1), "text", {"id": "x"}, event(2), event(2, details="another"), event(2)]
    events, skipped = normalise_events(GROUP_A, entries)
    assert events == [event(1), event(2)]
    assert skipped == [
        SkippedEvent(1, "it is not an object"),
        SkippedEvent(2, "its timestamp is missing or no time"),
        SkippedEvent(4, "an earlier entry that says something else has the same id"),
    ]


def test_an_event_without_id_gets_one_that_is_always_the_same() -> None:
    entry = {"timestamp": NOON, "type": "bath"}
    (first,), _ = normalise_events(GROUP_A, [entry])
    (again,), _ = normalise_events(GROUP_A, [dict(reversed(entry.items()))])
    (other,), _ = normalise_events(GROUP_B, [entry])
    assert first["id"] == again["id"] != other["id"]


def test_unknown_keys_survive_and_those_that_mean_something_else_today_get_another_name() -> None:
    (found,), _ = normalise_events(
        GROUP_A, [event(1, mood="good", source="whatsapp", synced="yes", editedAt="then")]
    )
    assert found == event(
        1, mood="good", legacy_source="whatsapp", legacy_synced="yes", legacy_editedAt="then"
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = ["id", "timestamp", "type", "label", "details", "synced", "source", "editedAt", "mood"]


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), json_values) | json_values, max_size=5))
def test_whatever_comes_over_is_an_event_and_nothing_is_dropped_silently(entries: list[Any]) -> None:
    entries = orjson.loads(orjson.dumps(entries))
    events, skipped = normalise_events(GROUP_A, entries)
    for one in events:
        event_from_json(one)
    twice = len({orjson.dumps(entry, option=orjson.OPT_SORT_KEYS) for entry in entries})
    assert twice <= len(events) + len(skipped) <= len(entries)


# importing


def test_a_flat_file_becomes_a_group_and_is_kept(layout: StateLayout) -> None:
    path = flat_file(layout, [event(2), event(1)])
    before = path.read_bytes()
    report = import_legacy(layout, read_legacy(path))
    assert (report.added, report.already, report.skipped) == (2, 0, ())
    assert json.loads(layout.timeline(GROUP_A).read_bytes()) == [event(1), event(2)]
    assert stored(layout).meta == {"format": 1, "seq": 0, "revision": 1, "lastActivity": 0}
    assert report.kept_as == layout.memories / f"{GROUP_A}.json.imported"
    assert report.kept_as.read_bytes() == before
    assert not path.exists()


def test_importing_again_adds_nothing(layout: StateLayout) -> None:
    import_legacy(layout, read_legacy(flat_file(layout, [event(1)])))
    timeline = layout.timeline(GROUP_A).read_bytes()
    report = import_legacy(layout, read_legacy(flat_file(layout, [event(1)])))
    assert (report.added, report.already) == (0, 1)
    assert report.kept_as.name == f"{GROUP_A}.json.imported-2"
    assert layout.timeline(GROUP_A).read_bytes() == timeline
    assert (layout.memories / f"{GROUP_A}.json.imported").exists()


def test_events_are_merged_into_an_existing_group(layout: StateLayout) -> None:
    existing(layout, [event(1, label="today's"), event(3)], deleted=["e4"])
    legacy = LegacyGroup(layout.root / "elsewhere.json", GROUP_A, [event(n) for n in (1, 2, 4)])
    report = import_legacy(layout, legacy)
    assert (report.added, report.already) == (1, 2)
    found = stored(layout)
    assert found.events() == [event(1, label="today's"), event(2), event(3)]
    assert found.meta is not None
    assert (found.meta["revision"], found.meta["seq"], found.meta["deleted"]) == (8, 2, ["e4"])
    assert [one.seq for one in found.journal] == [3, 4]
    assert found.messages == [{"m": 1}]


def test_a_file_elsewhere_stays_where_it_is(layout: StateLayout, tmp_path: Path) -> None:
    path = tmp_path / "ella_cache.json"
    path.write_text(json.dumps({"groupId": GROUP_A, "events": [event(1)], "processedMsgIds": ["m1"]}))
    report = import_legacy(layout, read_legacy(path))
    assert report.kept_as == path
    assert path.exists()
    assert seen_key("", "m1") in stored(layout).seen
    assert import_legacy(layout, read_legacy(path)).added == 0
    assert len(stored(layout).seen) == 1


def test_the_key_of_the_cache_gets_into_no_file(layout: StateLayout, tmp_path: Path) -> None:
    path = tmp_path / "ella_cache.json"
    path.write_text(json.dumps({"groupId": GROUP_A, "events": [event(1)], "apiKey": KEY}))
    import_legacy(layout, read_legacy(path))
    for file in layout.root.rglob("*"):
        assert file.is_dir() or KEY.encode() not in file.read_bytes()


def test_without_merging_a_group_that_has_events_is_refused(layout: StateLayout) -> None:
    existing(layout, [event(1)])
    path = flat_file(layout, [event(2)])
    with pytest.raises(StateError, match="has events already"):
        import_legacy(layout, read_legacy(path), merge=False)
    assert path.exists()
    assert stored(layout).events() == [event(1)]


def test_a_damaged_group_is_left_as_it_is(layout: StateLayout) -> None:
    layout.memory(GROUP_A).mkdir()
    layout.timeline(GROUP_A).write_text("garbage")
    path = flat_file(layout, [event(1)])
    with pytest.raises(CorruptGroup):
        import_legacy(layout, read_legacy(path))
    assert path.exists()
    assert layout.timeline(GROUP_A).read_text() == "garbage"


class FullFiles(OsFileSystem):
    """A file system that is full."""

    def open_new(self, path: Path) -> OsFile:
        raise OSError(ENOSPC, f"no room for {path.name}")


def test_an_import_that_cannot_be_written_takes_nothing_away(layout: StateLayout) -> None:
    path = flat_file(layout, [event(1)])
    with pytest.raises(StateError, match="nothing was taken away"):
        import_legacy(layout, read_legacy(path), disk=DirectDisk(FullFiles()))
    assert path.exists()
    assert import_legacy(layout, read_legacy(path)).added == 1
