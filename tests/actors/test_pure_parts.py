"""The actors' decisions that need no actor: lives, links, cursors, the directory, access."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.actors.group_remains import Unsettled
from nanie_actors.actors.links import Links
from nanie_actors.actors.push_cursor import PushCursor
from nanie_actors.actors.roster import IllegalMove, Life, Roster, Step
from nanie_actors.model import ConversationId, EpochMs, GroupId, GroupSeen, MessageArrived
from nanie_actors.storage.mappings import Mapping as Link
from nanie_actors.timeline.view import TimelineView

ONE, TWO = ConversationId("one"), ConversationId("two")

LEGAL: dict[tuple[Life, Step], Life | None] = {
    ("active", "passivate"): "revoking",
    ("active", "fail"): "failed",
    ("revoking", "released"): "draining",
    ("revoking", "fail"): "failed",
    ("draining", "drained"): "stopping",
    ("draining", "resume"): "active",
    ("draining", "fail"): "failed",
    ("stopping", "ended"): None,
    ("failed", "restarted"): "active",
    ("failed", "give_up"): "condemned",
    ("condemned", "released"): "quarantined",
    ("quarantined", "unquarantine"): None,
}
PATHS: dict[Life, list[Step]] = {
    "active": [],
    "revoking": ["passivate"],
    "draining": ["passivate", "released"],
    "stopping": ["passivate", "released", "drained"],
    "failed": ["fail"],
    "condemned": ["fail", "give_up"],
    "quarantined": ["fail", "give_up", "released"],
}


@pytest.mark.parametrize("life", get_args(Life))
@pytest.mark.parametrize("step", get_args(Step))
def test_a_life_takes_the_drawn_steps_and_no_others(life: Life, step: Step) -> None:
    roster = Roster()
    child = roster.start("g", object(), Unsettled())
    for earlier in PATHS[life]:
        roster.step(child, earlier)
    if (life, step) not in LEGAL:
        with pytest.raises(IllegalMove):
            roster.step(child, step)
        return
    roster.step(child, step)
    after = roster.get("g")
    assert (after.life if after else None) == LEGAL[life, step]
    assert roster.counts() == ({after.life: 1} if after else {})


def test_a_child_is_not_started_twice() -> None:
    roster = Roster()
    roster.start("g", object(), Unsettled())
    with pytest.raises(IllegalMove):
        roster.start("g", object(), Unsettled())


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.none() | st.sampled_from(["1@g.us", "2@g.us"])))
)
def test_both_directions_of_the_map_always_agree(steps: list[tuple[str, str | None]]) -> None:
    links, model = Links({}), dict[str, str]()
    for conversation, group in steps:
        link = None if group is None else Link(GroupId(group), "", NOON, None)
        links.assign(ConversationId(conversation), link)
        model.pop(conversation, None)
        if group is not None:
            model[conversation] = group
    for group in ("1@g.us", "2@g.us"):
        linked = [c for c, g in model.items() if g == group]
        assert list(links.listeners(GroupId(group))) == linked
        assert links.count(GroupId(group)) == len(linked)
    assert links.groups() == set(model.values())
    assert len(links) == len(model)


def view(revision: int, group: GroupId = GROUP) -> TimelineView:
    return TimelineView(group, "Family", revision, ())


def following() -> PushCursor:
    cursor = PushCursor()
    cursor.follow(GROUP)
    return cursor


def test_only_the_newest_of_many_changes_is_pushed() -> None:
    cursor = following()
    assert cursor.changed(view(1))
    first = cursor.take()
    assert first is not None
    assert first.revision == 1
    assert not cursor.changed(view(2))
    assert not cursor.changed(view(3))
    assert cursor.take() is None
    assert cursor.settled(GROUP, 1)
    second = cursor.take()
    assert second is not None
    assert second.revision == 3


def test_an_older_view_is_never_pushed_after_a_newer_one() -> None:
    cursor = following()
    cursor.changed(view(5))
    cursor.take()
    assert not cursor.changed(view(4))
    cursor.settled(GROUP, 5)
    assert cursor.take() is None


def test_what_an_answer_showed_is_not_pushed_again() -> None:
    cursor = following()
    cursor.changed(view(4))
    cursor.shown(view(4))
    assert cursor.take() is None
    assert cursor.revision == 4


def test_another_groups_views_and_settlements_count_for_nothing() -> None:
    cursor = following()
    assert not cursor.changed(view(9, OTHER_GROUP))
    cursor.changed(view(1))
    cursor.take()
    cursor.follow(OTHER_GROUP)
    assert not cursor.settled(GROUP, 1)
    assert (cursor.accepted, cursor.idle) == (0, True)


def test_the_directory_learns_names_sizes_and_activity() -> None:
    directory = GroupDirectory()
    directory.learn(GroupSeen(GROUP, NOON, "Family", 3))
    directory.learn(GroupSeen(OTHER_GROUP, EpochMs(NOON + 1), "Club", None))
    directory.learn(MessageArrived(message(9)))
    directory.learn(GroupSeen(GROUP, NOON, None, 4))
    first, second = directory.all()
    assert (first.group, first.name, first.participants, first.last_activity) == (
        GROUP,
        "Family",
        4,
        message(9).at,
    )
    assert second.name == "Club"


def test_the_directory_survives_its_stored_form_and_garbage_in_it() -> None:
    directory = GroupDirectory()
    directory.learn(GroupSeen(GROUP, NOON, "Family", 3))
    stored = {**directory.to_json(), "../x": {}, OTHER_GROUP: {"name": 1}, "3@g.us": 5}
    assert list(GroupDirectory(stored).all()) == list(directory.all())
