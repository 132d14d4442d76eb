"""What changed about a group itself, and what WhatsApp tells when it is asked about one."""

from __future__ import annotations

from collections.abc import Iterable

from nanie_actors.model import EpochMs, GroupSeen
from nanie_actors.whatsapp.bridge.addressing import group_of, no_group, text_of
from nanie_actors.whatsapp.bridge.converted import Converted
from nanie_actors.whatsapp.bridge.library import JID, GroupInfo, GroupInfoEv, JoinedGroupEv
from nanie_actors.whatsapp.bridge.moments import Now, from_seconds
from nanie_actors.whatsapp.bridge.texts import clean
from nanie_actors.whatsapp.live.identities import People


class GroupReader:
    """Reads what concerns groups as such. One thread at a time."""

    def __init__(self, people: People, now: Now) -> None:
        self._people = people
        self._now = now

    def changed(self, event: GroupInfoEv) -> Converted:
        """Renamed, described, somebody joined or left: one event, with whatever was told.

        How many members there are now is never told, so the group must be asked for again when they changed.
        """
        chat = text_of(event.JID)
        group = group_of(chat)
        if group is None:
            return Converted((), no_group(chat))
        joined = self._membership(event)
        seen = GroupSeen(
            group,
            from_seconds(event.Timestamp) or self._now(),
            name=clean(event.Name.Name) or None,
            topic=_topic(event) if event.HasField("Topic") else None,
            joined=joined,
        )
        ask = joined is not False and (event.Join or event.Leave)
        return Converted((seen,), "group_change", (group,) if ask else ())

    def joined(self, event: JoinedGroupEv) -> Converted:
        """The account is in a group from now on."""
        seen = self.described(event.GroupInfo, self._now())
        return Converted((seen,) if seen else (), "group_change")

    def described(self, info: GroupInfo, at: EpochMs | None = None) -> GroupSeen | None:
        """A group of the account, as WhatsApp describes it; None if it is no group of ours to have.

        Without `at` it counts as active when something about it changed last: being asked is no activity.
        """
        group = group_of(text_of(info.JID))
        if group is None:
            return None
        self._meet_members(info)
        return GroupSeen(
            group,
            at or _last_change(info) or self._now(),
            name=clean(info.GroupName.Name) or None,
            participants=len(info.Participants) or None,
            topic="" if info.GroupTopic.TopicDeleted else clean(info.GroupTopic.Topic),
            joined=True,
        )

    def _meet_members(self, info: GroupInfo) -> None:
        for member in info.Participants:
            addresses = [text_of(jid) for jid in (member.JID, member.LID, member.PhoneNumber) if jid.User]
            for also in addresses[1:]:
                self._people.learn(addresses[0], also)

    def _membership(self, event: GroupInfoEv) -> bool | None:
        """Whether the account is a member now; None where that did not change."""
        if event.Delete.Deleted or self._is_among(event.Leave):
            return False
        return True if self._is_among(event.Join) else None

    def _is_among(self, members: Iterable[JID]) -> bool:
        return any(self._people.is_us(text_of(member)) for member in members)


def _topic(event: GroupInfoEv) -> str:
    return "" if event.Topic.TopicDeleted else clean(event.Topic.Topic)


def _last_change(info: GroupInfo) -> EpochMs | None:
    """The newest of the times that are set."""
    times = (info.GroupName.NameSetAt, info.GroupTopic.TopicSetAt, info.GroupCreated)
    return max((moment for time in times if (moment := from_seconds(time))), default=None)
