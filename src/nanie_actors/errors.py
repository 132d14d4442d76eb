"""Every error a user or another program can meet, as one tree.

NanieError                      one line for people: what is wrong and what to do
├── CommandError                a router message we refuse; has a protocol code
│   ├── InvalidMessage          INVALID_MESSAGE
│   ├── UnknownAction           UNKNOWN_ACTION
│   ├── InvalidGroup            INVALID_GROUP
│   ├── ForbiddenGroup          FORBIDDEN_GROUP
│   ├── CodeWrong               CODE_WRONG
│   ├── CodeExpired             CODE_EXPIRED
│   ├── RateLimited             RATE_LIMITED; knows after how many seconds to try again
│   ├── NotFound                NOT_FOUND
│   ├── Unavailable             UNAVAILABLE
│   └── InternalError           INTERNAL
├── SettingsError               the configuration cannot be used
├── SourceError                 a WhatsApp source cannot be read (chat export, recording)
├── StateError                  the state directory cannot be used
│   ├── StateLocked             another worker holds it
│   └── CorruptGroup            one group's files are damaged; only that group stops
└── WorkerUnreachable           no running worker answers on the control socket
"""

from __future__ import annotations

from math import ceil
from typing import ClassVar, Literal, Self

ErrorCode = Literal[
    "INVALID_MESSAGE",
    "UNKNOWN_ACTION",
    "INVALID_GROUP",
    "FORBIDDEN_GROUP",
    "CODE_WRONG",
    "CODE_EXPIRED",
    "RATE_LIMITED",
    "NOT_FOUND",
    "UNAVAILABLE",
    "INTERNAL",
]


class NanieError(Exception):
    """Base of all our errors; its text says what is wrong and what to do about it."""


class CommandError(NanieError):
    """A router message that cannot be carried out; answered as an ERROR reply with `code`."""

    code: ClassVar[ErrorCode]


class InvalidMessage(CommandError):
    """The message is not a well-formed command."""

    code = "INVALID_MESSAGE"


class UnknownAction(CommandError):
    """The command names an action that this worker does not have."""

    code = "UNKNOWN_ACTION"


class InvalidGroup(CommandError):
    """A group id that is neither a group JID nor a UUID."""

    code = "INVALID_GROUP"

    @classmethod
    def not_a_group_id(cls, text: str) -> Self:
        """Name the offending text, shortened: it is hostile until proven otherwise."""
        shown = ascii(text[:40]) + ("…" if len(text) > 40 else "")
        return cls(f"{shown} is not a group id: use the id of a group that LIST_GROUPS gave.")


class ForbiddenGroup(CommandError):
    """The group does not exist for this conversation. The text never tells which of the two it is."""

    code = "FORBIDDEN_GROUP"


class CodeWrong(CommandError):
    """This is not the code that was posted into the group."""

    code = "CODE_WRONG"


class CodeExpired(CommandError):
    """No code waits for this conversation, or not any more."""

    code = "CODE_EXPIRED"


class RateLimited(CommandError):
    """Too many of them: nothing was done.

    `retry_after_s` is a whole number of seconds, at least one.
    """

    code = "RATE_LIMITED"

    def __init__(self, what: str, wait_s: float) -> None:
        self.retry_after_s = max(1, ceil(wait_s))
        super().__init__(f"{what}: try again in {self.retry_after_s} s.")


class NotFound(CommandError):
    """Something the command names is not in this conversation's timeline."""

    code = "NOT_FOUND"


class Unavailable(CommandError):
    """The worker cannot do this now; trying again later may succeed."""

    code = "UNAVAILABLE"


class InternalError(CommandError):
    """A fault of ours; details are in the log, never in the reply."""

    code = "INTERNAL"


class SettingsError(NanieError):
    """The configuration file or the environment holds something that cannot be used."""


class SourceError(NanieError):
    """A chat export or a recording cannot be read."""


class StateError(NanieError):
    """The state directory cannot be used."""


class StateLocked(StateError):
    """Another worker is using this state directory."""


class CorruptGroup(StateError):
    """A group's files are damaged. They are kept as they are; the other groups go on."""


class WorkerUnreachable(NanieError):
    """No worker answers on the control socket."""
