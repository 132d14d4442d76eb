"""Who says an entry: a person or WhatsApp.

A header is followed by `Name: text`, and a name may hold a colon too. The first colon with a space ends the
name, unless a notice above has named somebody who is called like the longer beginning. Only what stands
above counts, so a later export of the same chat reads its older part the same way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nanie_actors.whatsapp.export.bodies import read_body
from nanie_actors.whatsapp.export.marks import GENERATED, MARKS, plain_name
from nanie_actors.whatsapp.export.notices import Notice, read_notice, read_signed_notice, speaks_of_encryption

_COLON = ": "
_LONGEST_NAME = 200
_MOST_KNOWN = 256
_NOTICE_VERBS = re.compile(
    " (?:created (?:the )?group|changed the (?:subject|group name)|added|removed|את) "
    "|end-to-end|מוצפנות|שונה|השתנה"
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something a person said. `body` is as in the file, marks included."""

    sender: str
    body: str


@dataclass(slots=True)
class Speakers:
    """Tells messages from notices. One for a whole reading of a file, fed in order."""

    _chat: str = ""
    _named: dict[str, None] = field(default_factory=dict)
    _plain: dict[str, str] = field(default_factory=dict)

    def read(self, said: str) -> Spoken | Notice:
        """Decide one entry. A notice that we do not know is an empty Notice."""
        spoken = self._split(said)
        if spoken is None:
            return self._learn(read_notice(said) or Notice())
        return self._of_whatsapp(spoken) if spoken.body.startswith(GENERATED) else spoken

    def _of_whatsapp(self, spoken: Spoken) -> Spoken | Notice:
        """An iPhone signs notices too: with whom they are about, or with the chat's name."""
        if speaks_of_encryption(spoken.body):
            self._chat = spoken.sender
            return Notice(group_name=spoken.sender)
        if read_body(spoken.body).kind != "text":
            return spoken
        if spoken.sender == self._chat:
            return self._learn(read_notice(spoken.body) or Notice())
        notice = read_signed_notice(spoken.body, spoken.sender)
        return spoken if notice is None else self._learn(notice)

    def _split(self, said: str) -> Spoken | None:
        if self._named:
            plain = said.lstrip(MARKS)
            for name in self._named:
                if plain.startswith(name + _COLON):
                    return Spoken(name, plain[len(name) + len(_COLON) :])
        first_line = said.partition("\n")[0]
        head, colon, _ = first_line.partition(_COLON)
        if not colon:
            if not first_line.endswith(":"):
                return None
            head = first_line[:-1]
        if len(head) > _LONGEST_NAME or self._is_notice(head, said):
            return None
        sender = self._name(head)
        return Spoken(sender, said[len(head) + len(colon or ":") :]) if sender else None

    def _is_notice(self, head: str, said: str) -> bool:
        """Whether a colon stands inside a notice: in a name that it tells, say."""
        return _NOTICE_VERBS.search(head) is not None and read_notice(said) is not None

    def _name(self, raw: str) -> str:
        name = self._plain.get(raw)
        if name is None:
            name = plain_name(raw)
            if len(self._plain) < _MOST_KNOWN:
                self._plain[raw] = name
        return name

    def _learn(self, notice: Notice) -> Notice:
        for name in notice.people:
            if _COLON in name and len(name) <= _LONGEST_NAME and len(self._named) < _MOST_KNOWN:
                self._named[name] = None
        return notice
