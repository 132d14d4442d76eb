"""What a later process makes of what a killed one left. Found by `python -m chaos`."""

from __future__ import annotations

from household import Household
from making import GROUP, NOON, message

from nanie_actors.messages import WriteBehind
from nanie_actors.model import GroupSeen, MessageArrived


def test_a_group_that_nobody_wakes_has_its_timeline_in_its_file_after_a_clean_stop() -> None:
    """timeline.json equals the live timeline after a clean stop, also of a group that slept all the time."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    house.tell(MessageArrived(message(1, "before the kill")))
    house.run()
    house.tree.registry.tell(WriteBehind((GROUP,)))
    house.run()
    for _ in range(2):  # the second time the shared log has nothing of it any more
        house.crash()
        house.run()
    assert house.stop()
    assert [event["label"] for event in house.file(GROUP)] == ["before the kill"]
