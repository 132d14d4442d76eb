"""What is built directly is what a worker would have left: it is read by the product's own readers."""

from __future__ import annotations

from pathlib import Path

from bench.chat import conversation_of, group_ids, messages
from bench.stored_groups import build, large_groups, write_busy_group
from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.documents import JsonDocument
from nanie_actors.storage.group_files import GroupFiles
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.mappings import MappingsStore
from nanie_actors.storage.seen import seen_key


def test_every_group_is_whole_mapped_and_known(tmp_path: Path) -> None:
    told: list[float] = []
    build(tmp_path, told.append, groups=3, events=4, large=1, large_events=6)
    disk, layout, ids = DirectDisk(), StateLayout(tmp_path), group_ids(4)
    lengths = [len(GroupFiles(disk, layout.memory(group), group).load().events()) for group in ids]
    assert lengths == [4, 4, 4, 6]
    assert large_groups(3, 1) == [ids[3]]
    mappings = MappingsStore(disk, layout.mappings, layout.registry_log).load().mappings
    assert {name: mapping.group for name, mapping in mappings.items()} == {
        conversation_of(group): group for group in ids
    }
    directory = GroupDirectory(JsonDocument(disk, layout.directory).load())
    assert all(directory.get(group) is not None for group in ids)
    assert told[0] == 0
    disk.close(1.0)


def test_a_busy_group_knows_the_messages_that_it_took_in(tmp_path: Path) -> None:
    group = group_ids(1)[0]
    write_busy_group(StateLayout(tmp_path), group, 5)
    disk = DirectDisk()
    stored = GroupFiles(disk, StateLayout(tmp_path).memory(group), group).load()
    taken = [event.message for event in messages([group], 5)]
    assert [line["id"] for line in stored.messages] == [message.message_id for message in taken]
    assert set(stored.seen) == {seen_key(message.sender, message.message_id) for message in taken}
    assert stored.last_seq == 5
    disk.close(1.0)
