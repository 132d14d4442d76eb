"""What must be true at the end of a storm: what went in, against what files, pushes and replies say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from chaos.findings import Finding
from chaos.history import history_of_group
from chaos.population import Group, marks_in
from chaos.reading import (
    Item,
    Unreadable,
    marks_in_folders,
    read_json_lines,
    read_mappings,
    read_timeline,
)
from chaos.rows import Row, mark_of_own
from chaos.story import Story
from chaos.stream import texts_after
from chaos.tenant import UNSURE


def check(story: Story) -> list[Finding]:
    """Everything that is wrong."""
    try:
        return [*_check(story)]
    except Unreadable as error:
        return [Finding("lost", str(error))]


def _check(story: Story) -> Iterator[Finding]:
    for group in story.people.groups:
        yield from _timeline_of_group(story, group)
        yield from history_of_group(story, group)
        yield from _recent_messages(story, group)
    for place, own_group in story.own_groups.items():
        items = read_timeline(story.state, own_group)
        yield from _own_events(story, place, items, mark_of_own(place))
    yield from _folders(story)
    yield from _links(story)
    yield from _sent_texts(story)


# ── the files ───────────────────────────────────────────────────────────────────────────────────────────


def _timeline_of_group(story: Story, group: Group) -> Iterator[Finding]:
    items = read_timeline(story.state, group.jid)
    if [item.at for item in items] != sorted(item.at for item in items):
        yield Finding("order", f"{group.jid}: timeline.json does not ascend")
    gone, maybe_gone = story.deleted(group.jid, done=True), story.deleted(group.jid, done=False)
    expected = texts_after(story.stream.of_group(group.jid))
    found = Counter(item.message for item in items if item.message is not None)
    for message, times in found.items():
        if times > 1:
            yield Finding("doubled", f"{group.jid}: message {message} is there {times} times")
    read = {item.message: item for item in items if item.message is not None}
    erased = story.messages_of(group.jid, maybe_gone)
    for message, text in expected.items():
        if message not in read and message not in erased:
            yield Finding("lost", f"{group.jid}: message {message} is missing")
        elif message in read and read[message].text != text:
            yield Finding(
                "order", f"{group.jid}: message {message} says {read[message].text!r}, not {text!r}"
            )
    for message, item in read.items():
        if message not in expected:
            yield Finding("other", f"{group.jid}: message {message} was taken back, or never said")
        elif item.id in gone:
            yield Finding("other", f"{group.jid}: the event of {message} was deleted and is there")
    yield from _own_events(story, group.jid, items, group.mark)
    revisions = story.revisions(group.jid)
    if revisions and revisions[-1][1].items != items:
        yield Finding("other", f"{group.jid}: timeline.json is not what was shown last, after a clean stop")


def _own_events(story: Story, place: str, items: Sequence[Item], mark: str) -> Iterator[Finding]:
    """What conversations added: each once where it was told done, and nowhere else."""
    gone, maybe_gone = story.deleted(place, done=True), story.deleted(place, done=False)
    added = [item for item in items if item.message is None]
    found = Counter(item.text for item in added)
    rows = {row.text: row for row in story.rows("ADD_EVENT", place)}
    erased = {item.text for item in story.ever_shown(place) if item.id in maybe_gone}
    for text, times in found.items():
        if times > 1:
            yield Finding("doubled", f"{place}: {text!r} is there {times} times")
        if text not in rows:
            yield Finding(
                "other" if mark in marks_in(text) else "crossed", f"{place}: {text!r} was not added here"
            )
        elif rows[text].outcome == "refused" and _certain(story, rows[text]):
            yield Finding("other", f"{place}: {text!r} was refused and is there")
    for text, row in rows.items():
        if row.outcome == "done" and text not in found and text not in erased:
            yield Finding("lost", f"{place}: {text!r} (row {row.id}) was answered and is missing")
    for item in added:
        if item.id in gone:
            yield Finding("other", f"{place}: {item.text!r} was deleted and is there")


def _certain(story: Story, row: Row) -> bool:
    """Whether a refusal is final: the same process told something later as durable. Else what was refused may
    have been found on the disk by the next one."""
    assert row.place is not None
    return any(
        later.settled_in == row.settled_in and later.outcome == "done" and later.order > row.order
        for later in story.rows("ADD_EVENT", row.place)
    )


def _folders(story: Story) -> Iterator[Finding]:
    """No other group's data in a group's folder, whatever the file."""
    own = {group.jid: {group.mark} for group in story.people.groups}
    own |= {jid: {mark_of_own(place)} for place, jid in story.own_groups.items()}
    unnamed = story.unnamed_marks()
    for folder, marks in marks_in_folders(story.state).items():
        for stranger in sorted(marks - own.get(folder, unnamed)):
            yield Finding("crossed", f"the folder of {folder} holds texts with {stranger}")


def _links(story: Story) -> Iterator[Finding]:
    found = read_mappings(story.state)
    for name, tenant in story.tenants.items():
        if tenant.link == UNSURE:
            continue
        expected = None if tenant.link is None else story.own_groups.get(tenant.link, tenant.link)
        if found.get(name) != expected:
            yield Finding("lost", f"mappings.json links {name} to {found.get(name)}, not {expected}")


def _recent_messages(story: Story, group: Group) -> Iterator[Finding]:
    """The message log, as GET_CONTEXT tells it: every message once, in the order of the stream."""
    told = [message for message in story.recent.get(group.jid, ()) if message.startswith("M")]
    said = [entry.message for entry in story.stream.of_group(group.jid) if entry.kind == "text"]
    if len(set(told)) != len(told):
        yield Finding("doubled", f"{group.jid}: a message is logged more than once")
    elif told != said[len(said) - len(told) :]:
        yield Finding("order", f"{group.jid}: the messages are not logged in the order of the stream")


def _sent_texts(story: Story) -> Iterator[Finding]:
    """What left for WhatsApp: to the right group, never twice; and only that counts as synced."""
    records = read_json_lines(story.sent)
    sent = Counter(record["text"] for record in records)
    own_mark = {group.jid: group.mark for group in story.people.groups}
    for record in records:
        if marks_in(record["text"]) != {own_mark.get(record["group"])}:
            yield Finding("crossed", f"{record['text']!r} was sent to {record['group']}")
    for text, times in sent.items():
        if times > 1:
            yield Finding("doubled", f"{text!r} was sent to WhatsApp {times} times")
    for group in story.people.groups:
        items = [item for item in read_timeline(story.state, group.jid) if item.message is None]
        for item in items:
            if item.synced and not sent[item.text]:
                yield Finding("lost", f"{group.jid}: {item.text!r} counts as sent and was not")
        waiting = sum(not item.synced for item in items)
        if waiting > story.ends:
            yield Finding("lost", f"{group.jid}: {waiting} texts were never sent, after {story.ends} ends")
