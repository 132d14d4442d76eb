"""Decides which calls on the file system are struck, and with what. Knows nothing of files."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase

from chaos.inside.notes import Notes, die
from chaos.orders import Quota, Rule

_ERRORS = {"EIO": errno.EIO, "EROFS": errno.EROFS, "ENOSPC": errno.ENOSPC}


@dataclass(slots=True)
class _Armed:
    """A rule, and how far its count is."""

    rule: Rule
    seen: int = 0

    def strikes(self, call: str, where: str) -> bool:
        if call != self.rule.call or not fnmatchcase(where, self.rule.where):
            return False
        self.seen += 1
        return self.rule.nth <= self.seen < self.rule.nth + self.rule.count


class Strikes:
    """Asked before and after every call. Thread-safe; the lock is never held while something is slow."""

    def __init__(self, notes: Notes, rules: Sequence[Rule], quota: Quota | None) -> None:
        self._notes = notes
        self._armed = [_Armed(rule) for rule in rules]
        self._room = None if quota is None else quota.bytes
        self._refusals = 0 if quota is None else quota.refusals
        self._lock = threading.Lock()

    @contextmanager
    def around(self, call: str, where: str) -> Iterator[Rule | None]:
        """Around one call: fails, waits or ends the process as a rule says. Gives the rule whose time comes
        when the call is done, or half of it."""
        rule = self._strike(call, where)
        yield rule
        if rule is not None:
            die(self._notes, call=call, where=where, action=rule.action)

    def _strike(self, call: str, where: str) -> Rule | None:
        with self._lock:
            rules = [armed.rule for armed in self._armed if armed.strikes(call, where)]
        if not rules:
            return None
        rule = rules[0]
        if rule.action in ("kill-halfway", "kill-after"):
            return rule
        if rule.action == "kill-before":
            die(self._notes, call=call, where=where, action=rule.action)
        if rule.action == "wait":
            time.sleep(rule.ms / 1000)
            return None
        self._notes.write(note="refused", call=call, where=where, action=rule.action)
        number = _ERRORS[rule.action]
        raise OSError(number, os.strerror(number), where)

    def room_for(self, length: int) -> int:
        """How many bytes of a write the disk still takes. Raises OSError when it is full."""
        with self._lock:
            if self._room is None:
                return length
            taken = min(length, self._room)
            if taken == 0 and length:
                self._refusals -= 1
                if self._refusals < 0:
                    self._room = None  # somebody made room
                    return length
            else:
                self._room -= taken
                return taken
        self._notes.write(note="refused", call="write", where="", action="ENOSPC")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
