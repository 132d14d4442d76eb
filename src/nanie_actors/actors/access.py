"""Which conversation may see, and which may link, which group. Pure; asked by the RegistryActor before
anything is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from nanie_actors.model import ConversationId, GroupId

Policy = Literal["open", "allowlist", "code"]

Verdict = Literal["yes", "no", "code"]
"""`code`: yes, for somebody who shows that they can read the group."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants to link: the conversation, and who wrote the message, empty where the app does not say."""

    conversation: ConversationId
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Shell patterns: who matches `conversation` and `sender` may have the groups that match `group`."""

    conversation: str = "*"
    group: str = "*"
    sender: str = "*"

    def covers(self, asker: Asker, group: GroupId) -> bool:
        """Whether this rule speaks of them."""
        return (
            fnmatchcase(asker.conversation, self.conversation)
            and fnmatchcase(asker.sender, self.sender)
            and fnmatchcase(group, self.group)
        )


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """`open`: one household, every group of the account. `allowlist`: only what a rule names. `code`: every
    group, by a code that is posted into it; the rules say only which groups are listed."""

    policy: Policy
    rules: Sequence[Allowed] = ()

    def may_link(self, asker: Asker, group: GroupId) -> Verdict:
        """Whether they may link this group. Says nothing of whether there is such a group."""
        match self.policy:
            case "open":
                return "yes"
            case "allowlist":
                return "yes" if self._named(asker, group) else "no"
            case "code":
                return "code"

    def may_see(self, asker: Asker, group: GroupId) -> bool:
        """Whether they may know that there is such a group, and what it is called."""
        return self.policy == "open" or self._named(asker, group)

    def _named(self, asker: Asker, group: GroupId) -> bool:
        return any(rule.covers(asker, group) for rule in self.rules)
