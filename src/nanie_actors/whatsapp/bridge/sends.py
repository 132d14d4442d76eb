"""Sends the texts that the worker orders, and tells the outcome of each: exactly one report an order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal

from nanie_actors.errors import InvalidGroup
from nanie_actors.model import is_standalone, parse_group_id
from nanie_actors.whatsapp.bridge.gate import Gate
from nanie_actors.whatsapp.bridge.library import Client, Content, SendResponse, build_jid
from nanie_actors.whatsapp.bridge.send_outcomes import outcome_of, reason_of
from nanie_actors.whatsapp.live.orders import SendOrder
from nanie_actors.whatsapp.live.reports import SendReport

CALLS_AT_ONCE: Final = 4
"""The library sends one after the other anyway; more than one, so that one that hangs stops nobody."""

GIVE_UP_S: Final = 90.0
"""A call ends by the library's own time-out, 75 s after it wrote the message; beyond this it hangs."""

Told = Callable[[SendReport], None]
Stage = Literal["waiting", "calling", "settled"]


class _Order:
    """One order on its way. Its stage moves forward only; who settles it reports it."""

    def __init__(self, order: SendOrder, since: float) -> None:
        self.order = order
        self.since = since
        self._lock = threading.Lock()
        self._stage: Stage = "waiting"

    def begin(self) -> bool:
        """The call is made now: False if it must not be any more."""
        with self._lock:
            if self._stage != "waiting":
                return False
            self._stage = "calling"
            return True

    def settle(self) -> Stage:
        """The outcome is told now; the stage it was in. `settled`: it was told before."""
        with self._lock:
            before, self._stage = self._stage, "settled"
            return before


class Sends:
    """`send` from one thread, `look_after` from any."""

    def __init__(self, gate: Gate, told: Told, clock: Callable[[], float] = time.monotonic) -> None:
        self._gate = gate
        self._told = told
        self._clock = clock
        self._pool = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="send")
        self._lock = threading.Lock()
        self._under_way: dict[int, _Order] = {}

    def send(self, order: SendOrder) -> None:
        """Send this text soon; never waits. Its outcome is told from another thread."""
        under_way = _Order(order, self._clock())
        with self._lock:
            self._under_way[id(under_way)] = under_way
        self._pool.submit(self._carry_out, under_way)

    def look_after(self, longer_than_s: float = GIVE_UP_S) -> None:
        """Settle what takes longer than that: as unknown if it may have been sent."""
        now = self._clock()
        with self._lock:
            late = [order for order in self._under_way.values() if now - order.since >= longer_than_s]
        for order in late:
            self._abandon(order)

    def end(self) -> None:
        """The process ends: settle everything."""
        self.look_after(longer_than_s=0.0)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _carry_out(self, under_way: _Order) -> None:
        try:
            sent = self._gate.call(lambda client: self._call(client, under_way))
        except Exception as error:  # noqa: BLE001  # whatever the library raises has an outcome
            self._settle(under_way, error)
        else:
            if sent is not None:
                self._settle(under_way, sent)

    def _call(self, client: Client, under_way: _Order) -> SendResponse | None:
        order = under_way.order
        group = parse_group_id(order.group)
        if is_standalone(group):
            raise InvalidGroup.not_a_group_id(order.group)
        user, _, server = group.partition("@")
        if not under_way.begin():
            return None
        return client.send_message(build_jid(user, server), Content(conversation=order.text))

    def _abandon(self, under_way: _Order) -> None:
        self._settle(under_way, TimeoutError("no answer in time"))

    def _settle(self, under_way: _Order, result: SendResponse | Exception) -> None:
        before = under_way.settle()
        if before == "settled":
            return
        with self._lock:
            del self._under_way[id(under_way)]
        self._told(_report(under_way.order.outbox_id, result, called=before == "calling"))


def _report(outbox_id: str, result: SendResponse | Exception, *, called: bool) -> SendReport:
    if isinstance(result, SendResponse):
        return SendReport(outbox_id, "sent", message_id=result.ID, at=result.Timestamp * 1000)
    outcome = outcome_of(result) if called else "failed"
    return SendReport(outbox_id, outcome, why=reason_of(result))
