"""Which conversation may link which group. Pure; asked by the RegistryActor before anything is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from nanie_actors.model import ConversationId, GroupId


@dataclass(frozen=True, slots=True)
class Allowed:
    """Shell patterns: conversations that match may link groups that match."""

    conversation: str
    group: str


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """`open`: one household, every group of the account. `allowlist`: only what a rule names."""

    policy: Literal["open", "allowlist"]
    rules: Sequence[Allowed] = ()

    def may_link(self, conversation: ConversationId, group: GroupId) -> bool:
        """Whether this conversation may know of and link this group."""
        if self.policy == "open":
            return True
        return any(
            fnmatchcase(conversation, rule.conversation) and fnmatchcase(group, rule.group)
            for rule in self.rules
        )
