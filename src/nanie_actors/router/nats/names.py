"""Subjects and streams, and how a conversation's id becomes a part of a subject. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote, unquote

LONGEST: Final = 200
"""Characters of a token. A server takes 4,096 bytes for a line of protocol: a subject, an inbox, and more."""

EMPTY: Final = "%"
HASHED: Final = "~"


def token_of(text: str) -> str:
    """A text as one token of a subject; no two texts have the same.

    Letters, digits, `_` and `-` stay, so a UUID is its own token; any other byte of the UTF-8 is `%XX`. What
    would be longer than 200 characters is `~` and its SHA-256.
    """
    data = text.encode("utf-8", "surrogatepass")
    token = quote(data, safe="").replace(".", "%2E").replace("~", "%7E")
    return f"{HASHED}{sha256(data).hexdigest()}" if len(token) > LONGEST else token or EMPTY


def text_of(token: str) -> str | None:
    """The text that has this token; None for a hashed one, and for what is no text's token."""
    text = "" if token == EMPTY else unquote(token, errors="replace")
    return text if token_of(text) == token else None


@dataclass(frozen=True, slots=True)
class Names:
    """Everything of ours on the server has this prefix."""

    prefix: str

    @property
    def rows(self) -> str:
        """The stream of what apps say."""
        return self._stream("rows")

    @property
    def replies(self) -> str:
        """The stream of answers."""
        return self._stream("replies")

    @property
    def pushes(self) -> str:
        """The stream of updates: the newest of each conversation."""
        return self._stream("pushes")

    def subject(self, kind: str, token: str = "*") -> str:
        """Of one conversation; without a token, of all."""
        return f"{self.prefix}.{kind}.{token}"

    def conversation(self, subject: str) -> str:
        """The token in the subject of a row."""
        return subject.removeprefix(f"{self.prefix}.rows.")

    def may_answer_to(self, inbox: str, token: str) -> bool:
        """Whether who speaks for that conversation may have answers sent to a subject of its choice.

        The worker may publish where the app may not: it must not be led to do so.
        """
        begin, _, rest = inbox.partition(".")
        own = f"{self.prefix}.inbox.{token}."
        if inbox.startswith(own):
            rest = inbox.removeprefix(own)
        elif begin != "_INBOX":
            return False
        words = rest.split(".")
        return len(inbox) <= 4 * LONGEST and all(_is_plain(word) for word in words)

    def _stream(self, kind: str) -> str:
        return f"{self.prefix.replace('.', '_')}-{kind}"


def _is_plain(word: str) -> bool:
    return word != "" and word.isascii() and word.replace("-", "a").replace("_", "a").isalnum()
