"""Texts on their way: each is settled exactly once, and as failed only where it was certainly not sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.model import GroupId
from nanie_actors.whatsapp.edge import OutgoingText, SendFailed, SendOutcome, SendUnknown, Sent
from nanie_actors.whatsapp.live.orders import SendOrder
from nanie_actors.whatsapp.live.pacing import Pacing
from nanie_actors.whatsapp.live.reports import SendReport
from nanie_actors.whatsapp.live.sending import Pending, Sending

GROUPS = [GroupId(f"12036300000000000{number}@g.us") for number in range(3)]


class Bench:
    """A sending, what the bridge was ordered, and how each text ended."""

    def __init__(self) -> None:
        self.sending = Sending(Pacing(1.0, 5))
        self.orders: list[SendOrder] = []
        self.ends: list[list[SendOutcome]] = []
        self.takes_orders = True
        self.now = 0.0

    def accept(self, group: GroupId = GROUPS[0]) -> list[SendOutcome]:
        """`ends` holds how it ended, under the number that is its text."""
        end: list[SendOutcome] = []
        self.sending.accept(Pending(OutgoingText("same", group, str(len(self.ends))), end.append))
        self.ends.append(end)
        return end

    def go(self) -> None:
        self.sending.order_what_may_go(self.now, self._order)

    def _order(self, order: SendOrder) -> bool:
        if self.takes_orders:
            self.orders.append(order)
        return self.takes_orders

    def report(self, number: int, outcome: str = "sent") -> None:
        report = SendReport(self.orders[number].outbox_id, outcome, "M", 1, "so")  # type: ignore[arg-type]
        self.sending.reported(report, self.now)


def test_attempts_of_one_name_are_told_apart() -> None:
    bench = Bench()
    first, second = bench.accept(GROUPS[0]), bench.accept(GROUPS[1])
    bench.go()
    bench.report(1)
    assert (len(first), len(second)) == (0, 1)
    bench.report(1)
    assert len(second) == 1


def test_the_next_text_of_a_group_goes_when_the_outcome_of_the_one_before_is_known() -> None:
    bench = Bench()
    bench.accept()
    bench.accept()
    for _ in range(2):
        bench.go()
        bench.now += 10
    assert [order.text for order in bench.orders] == ["0"]
    bench.report(0)
    bench.go()
    assert [order.text for order in bench.orders] == ["0", "1"]


def test_an_order_that_the_bridge_did_not_take_whole_was_not_sent() -> None:
    bench = Bench()
    bench.takes_orders = False
    end = bench.accept()
    bench.go()
    assert isinstance(end[0], SendFailed)


def test_what_was_ordered_outlives_a_lost_connection_but_not_the_bridge() -> None:
    bench = Bench()
    ordered, waiting = bench.accept(), bench.accept()
    bench.go()
    bench.sending.out_of_reach("dropped")
    assert (ordered, waiting) == ([], [SendFailed("dropped")])
    bench.sending.bridge_ended("died", 0.0)
    assert ordered == [SendUnknown("died")]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("accept"), st.integers(0, 2)),
            st.tuples(st.just("pass"), st.integers(0, 3)),
            st.tuples(st.sampled_from(["sent", "failed", "unknown"]), st.integers(0, 30)),
            st.tuples(st.sampled_from(["lost", "died", "deaf"]), st.just(0)),
        ),
        max_size=40,
    )
)
def test_every_text_ends_once_and_truthfully(steps: list[tuple[str, int]]) -> None:
    bench = Bench()
    for step, number in steps:
        match step:
            case "accept":
                bench.accept(GROUPS[number])
            case "pass":
                bench.now += number
                bench.go()
            case "lost":
                bench.sending.out_of_reach("lost")
            case "died":
                bench.sending.bridge_ended("died", bench.now)
            case "deaf":
                bench.takes_orders = not bench.takes_orders
            case _ if number < len(bench.orders):
                bench.report(number, step)
            case _:
                pass
    bench.sending.bridge_ended("died", bench.now)
    assert [len(end) for end in bench.ends] == [1] * len(bench.ends)
    ordered = {int(order.text) for order in bench.orders}
    for text, (end,) in enumerate(bench.ends):
        if text not in ordered:
            assert isinstance(end, SendFailed)
        else:
            assert isinstance(end, Sent) or end in (SendFailed("so"), SendUnknown("so"), SendUnknown("died"))
