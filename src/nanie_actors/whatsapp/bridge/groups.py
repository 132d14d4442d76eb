"""Asks WhatsApp about groups: all of them once connected and on demand, one when its members changed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from nanie_actors.whatsapp.bridge.gate import Gate, NotOnline
from nanie_actors.whatsapp.bridge.intake import Intake
from nanie_actors.whatsapp.bridge.library import NeonizeError, build_jid
from nanie_actors.whatsapp.bridge.stubbornness import GivenUp

_log = logging.getLogger(__name__)

SETTLE_S: Final = 2.0
"""A group is asked for once its changes have rested for this long: people are added in bursts."""

AGAIN_S: Final = 60.0
"""After an answer that did not come."""

ALL: Final = "all"


class Agenda:
    """What is to be asked for, and when. Pure: the time is given, in seconds."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def put(self, what: str, at: float) -> None:
        """Ask for that group, or for ALL, at that time; a later time takes the place of an earlier one."""
        self._due[what] = at

    def take(self, now: float) -> str | None:
        """What is due longest, which leaves the agenda; None if nothing is. ALL makes the rest needless."""
        if self._due.get(ALL, now + 1) <= now:
            self._due.clear()
            return ALL
        what = min(self._due, key=self._due.__getitem__, default=None)
        if what is None or self._due[what] > now:
            return None
        del self._due[what]
        return what

    def next_at(self) -> float | None:
        """When something is due next."""
        return min(self._due.values(), default=None)


class Groups:
    """The agenda's thread: asking takes up to 75 s and must hold up neither callbacks nor orders."""

    def __init__(self, gate: Gate, intake: Intake, listed: Callable[[], None]) -> None:
        """`listed` is told after each asking for all groups, whether it was answered or not."""
        self._gate = gate
        self._intake = intake
        self._listed = listed
        self._agenda = Agenda()
        self._changed = threading.Condition()
        self._ended = False

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._work, name="groups", daemon=True).start()

    def end(self) -> None:
        """Ask for nothing more; returns at once."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def ask_for_all(self) -> None:
        """Journal all groups soon."""
        self._put([ALL], time.monotonic())

    def ask_for(self, groups: Iterable[str]) -> None:
        """Journal these groups once they have rested."""
        self._put(groups, time.monotonic() + SETTLE_S)

    def _put(self, what: Iterable[str], at: float) -> None:
        with self._changed:
            for one in what:
                self._agenda.put(one, at)
            self._changed.notify_all()

    def _work(self) -> None:
        try:
            while due := self._next():
                self._ask(due)
        except GivenUp:
            return  # the process ends

    def _next(self) -> str | None:
        """What is due next; waits for it. None at the end."""
        with self._changed:
            while not self._ended:
                if due := self._agenda.take(time.monotonic()):
                    return due
                at = self._agenda.next_at()
                self._changed.wait(None if at is None else max(0.0, at - time.monotonic()))
            return None

    def _ask(self, what: str) -> None:
        try:
            if what == ALL:
                self._intake.see_groups(self._gate.call(lambda client: client.get_joined_groups()))
            else:
                user, _, server = what.partition("@")
                group = build_jid(user, server)
                self._intake.see_groups([self._gate.call(lambda client: client.get_group_info(group))])
        except NotOnline:
            _log.debug("not asked for groups: there is no connection")  # the next one asks for all
        except GivenUp:
            raise
        except Exception as error:  # noqa: BLE001  # an answer that cannot be read is one that did not come
            # For one group: we are out of it, or it is gone. The list of all is worth another attempt.
            expected = isinstance(error, NeonizeError) and what != ALL
            level = logging.INFO if expected else logging.WARNING
            _log.log(level, "WhatsApp did not tell about groups (%s)", type(error).__name__)
            if what == ALL:
                self._put([ALL], time.monotonic() + AGAIN_S)
        if what == ALL:
            self._listed()
