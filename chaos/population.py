"""Who lives in a storm: groups with a secret mark each, conversations that may link some of them.

Every text of a group carries the group's mark, every text that an app conversation adds carries the mark of
the timeline it is meant for. So whatever is found anywhere says by itself where it belongs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

START_MS = 1_768_291_200_000
"""13 January 2026, 08:00 UTC: the first message. Every further entry of the stream is a minute later."""

APP_START_MS = START_MS + 400 * 86_400_000
"""Where the times begin that conversations give to their own events: far behind all messages."""

MARK = re.compile(r"~(g[0-9]+x[0-9a-f]{6}|own[0-9]+r[0-9]+)~")
"""How a mark stands in a text; also to be looked for in raw bytes."""


@dataclass(frozen=True, slots=True)
class Group:
    """A WhatsApp group on one account."""

    jid: str
    name: str
    mark: str
    account: int


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody. Conversations link only groups; a timeline of their own they may start as well."""

    groups: tuple[Group, ...]
    conversations: tuple[str, ...]

    def group(self, jid: str) -> Group | None:
        """The group with that id."""
        return next((group for group in self.groups if group.jid == jid), None)

    def of_account(self, account: int) -> tuple[Group, ...]:
        """The groups of one WhatsApp account."""
        return tuple(group for group in self.groups if group.account == account)

    @property
    def accounts(self) -> tuple[int, ...]:
        """All accounts."""
        return tuple(sorted({group.account for group in self.groups}))


def people(random: Random, *, groups: int, conversations: int, accounts: int) -> Population:
    """So many of each; the marks come from the seed."""
    return Population(
        tuple(
            Group(
                f"{120363000000000000 + number}@g.us",
                f"Household {number}",
                f"g{number}x{random.randrange(16**6):06x}",
                number % accounts,
            )
            for number in range(1, groups + 1)
        ),
        tuple(f"conversation-{number}" for number in range(1, conversations + 1)),
    )


def own_mark(row: str) -> str:
    """The mark of the timeline of its own that a conversation started with this row."""
    return "own" + "".join(character for character in row if character.isalnum())


def marks_in(text: str) -> frozenset[str]:
    """Every mark in a text or in raw bytes read as one."""
    return frozenset(MARK.findall(text))
