"""Which question goes to the model next: fair, bounded, and never lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from making import GROUP, NOON, OTHER_GROUP

from nanie_actors.llm.desk import Asked, Desk, DeskLimits
from nanie_actors.llm.failures import ModelFailure, Refused, Unreachable, Unusable
from nanie_actors.model import EpochMs, GroupId, MessageId, SenderId
from nanie_actors.timeline.questions import Answer, Question

DOWN, USELESS, NOT_THIS = Unreachable("down"), Unusable("garbage"), Refused("no")


def desk(
    *,
    parallel: int = 4,
    per_minute: int = 1_000_000,
    per_day: int = 1_000_000,
    tries: int = 3,
    longest_pause_s: float = 8.0,
) -> Desk:
    return Desk(DeskLimits(parallel, per_minute, per_day, tries, longest_pause_s), 0.0)


def question(number: int, group: GroupId = GROUP) -> Question:
    return Question(group, (SenderId("alice"), MessageId(f"M{number}")), number, "slept", EpochMs(NOON))


def nobody(_: Answer) -> None:
    """Hears it."""


def put(desk: Desk, *questions: Question) -> None:
    for one in questions:
        desk.ask(one, nobody)


def take(desk: Desk, now_s: float = 0.0) -> Asked:
    taken = desk.take(now_s)
    assert isinstance(taken, Asked)
    return taken


def test_groups_take_turns_however_much_one_of_them_asks() -> None:
    fair = desk(parallel=1)
    put(fair, *(question(number) for number in range(100)), question(1, OTHER_GROUP))
    order = []
    for _ in range(3):
        asked = take(fair)
        order.append(asked.question.group)
        assert fair.read(asked)
    assert order == [GROUP, OTHER_GROUP, GROUP]


def test_one_group_has_half_of_the_places_at_most() -> None:
    fair = desk(parallel=4)
    put(fair, *(question(number) for number in range(10)))
    assert [take(fair).question.asked, take(fair).question.asked] == [0, 1]
    assert fair.take(0.0) is None
    put(fair, question(1, OTHER_GROUP))
    assert take(fair).question.group == OTHER_GROUP


def test_no_more_is_with_the_model_than_there_are_places() -> None:
    small = desk(parallel=2)
    put(small, question(1), question(1, OTHER_GROUP), question(2))
    first, _ = take(small), take(small)
    assert small.take(0.0) is None
    small.read(first)
    assert take(small).question.asked == 2


def test_so_many_a_minute_and_so_many_a_day() -> None:
    by_minute = desk(parallel=1, per_minute=4)
    put(by_minute, question(1), question(2))
    by_minute.read(take(by_minute))
    assert by_minute.take(0.0) == 15.0
    assert take(by_minute, 15.0).question.asked == 2
    by_day = desk(per_day=1)
    put(by_day, question(1), question(2))
    by_day.read(take(by_day))
    assert by_day.take(60.0) == 86_400 - 60
    assert take(by_day, 86_400.0).question.asked == 2


def test_after_a_failure_it_pauses_longer_each_time() -> None:
    patient = desk(longest_pause_s=8.0)
    put(patient, question(1))
    now_s, pauses = 0.0, []
    for _ in range(5):
        patient.failed(take(patient, now_s), DOWN, now_s)
        wait_s = patient.take(now_s)
        assert isinstance(wait_s, float)
        pauses.append(wait_s)
        now_s += wait_s
    assert pauses == [1.0, 2.0, 4.0, 8.0, 8.0]


def test_while_it_is_in_trouble_one_question_at_a_time_tries() -> None:
    patient = desk()
    put(patient, question(1), question(1, OTHER_GROUP))
    patient.failed(take(patient), DOWN, 0.0)
    one = take(patient, 1.0)
    assert patient.take(1.0) is None
    patient.read(one)
    assert isinstance(patient.take(1.0), Asked)


def test_the_providers_wish_to_be_left_alone_is_granted_for_up_to_an_hour() -> None:
    for wished_s, granted_s in ((30.0, 30.0), (1e9, 3_600.0), (-5.0, 1.0)):
        polite = desk()
        put(polite, question(1))
        polite.failed(take(polite), Unreachable("too many", wished_s), 0.0)
        assert polite.take(0.0) == granted_s


def test_a_model_that_is_down_for_long_costs_no_question_its_answer() -> None:
    patient = desk(tries=1)
    put(patient, question(1))
    for failure in range(1_000):
        assert not patient.failed(take(patient, failure * 100.0), DOWN, failure * 100.0)
    assert patient.read(take(patient, 1e9))


def test_a_question_that_always_hangs_is_given_up_once_others_are_answered() -> None:
    patient = desk(parallel=1, tries=2)
    put(patient, question(1), *(question(number, OTHER_GROUP) for number in range(10)))
    outcomes: list[bool] = []
    for now_s in range(0, 1_000, 100):
        asked = take(patient, now_s)
        if asked.question.group == GROUP:
            outcomes.append(patient.failed(asked, DOWN, now_s))
        else:
            patient.read(asked)
    assert outcomes == [False, False, True]
    assert patient.counts.given_up == 1


def test_useless_answers_end_after_so_many_tries_and_others_go_first_in_between() -> None:
    strict = desk(parallel=1, tries=2)
    put(strict, question(1), question(2))
    assert not strict.failed(take(strict), USELESS, 0.0)
    second = take(strict)
    assert second.question.asked == 2
    strict.read(second)
    assert strict.failed(take(strict), USELESS, 0.0)
    assert strict.take(0.0) is None
    assert (strict.counts.unusable, strict.counts.given_up) == (2, 1)


def test_a_newer_question_about_a_message_drops_the_older_one() -> None:
    kept = desk()
    old, new = question(1), Question(GROUP, question(1).key, 7, "ate", EpochMs(NOON))
    put(kept, old, new)
    assert take(kept).question is new
    assert kept.take(0.0) is None
    put(kept, old)
    asked = take(kept)
    put(kept, new)
    assert not kept.read(asked)
    assert take(kept).question is new


def test_what_was_dropped_while_it_was_asked_is_not_asked_again() -> None:
    for failure in (DOWN, USELESS, NOT_THIS):
        kept = desk(tries=1)
        put(kept, question(1), question(2))
        first, second = take(kept), take(kept)
        kept.drop(GROUP, first.question.key)
        kept.drop_all(GROUP)
        assert not kept.failed(first, failure, 0.0)
        assert not kept.failed(second, failure, 0.0)
        assert (kept.waiting, kept.out) == (0, 0)


_steps = st.lists(
    st.tuples(
        st.sampled_from(["ask", "take", "read", "down", "useless", "refused", "drop", "drop_all"]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=60,
)
_FAILURES: dict[str, ModelFailure] = {"down": DOWN, "useless": USELESS, "refused": NOT_THIS}


@given(_steps, st.integers(1, 4))
def test_every_question_is_read_given_up_dropped_or_still_there(
    steps: list[tuple[str, int, int]], parallel: int
) -> None:
    kept = desk(parallel=parallel, tries=2)
    wanted: dict[tuple[GroupId, str], Question] = {}
    out: list[Asked] = []
    now_s = 0.0
    for asked_at, (step, which, whose) in enumerate(steps):
        group = GroupId(f"{whose}@g.us")
        now_s += 10.0
        if step == "ask":
            one = Question(group, (SenderId("a"), MessageId(str(which))), asked_at, "t", EpochMs(NOON))
            kept.ask(one, nobody)
            wanted[group, str(which)] = one
        elif step == "take" and isinstance(taken := kept.take(now_s), Asked):
            out.append(taken)
        elif step == "drop":
            kept.drop(group, (SenderId("a"), MessageId(str(which))))
            wanted.pop((group, str(which)), None)
        elif step == "drop_all":
            kept.drop_all(group)
            wanted = {place: one for place, one in wanted.items() if place[0] != group}
        elif out and step in ("read", *_FAILURES):
            asked = out.pop(which % len(out))
            place = (asked.question.group, str(asked.question.key[1]))
            over = kept.read(asked) if step == "read" else kept.failed(asked, _FAILURES[step], now_s)
            if over:
                assert wanted.pop(place) is asked.question
    left: list[Question] = [asked.question for asked in out if not asked.dropped]
    while out:
        asked = out.pop()
        if kept.read(asked):
            wanted.pop((asked.question.group, str(asked.question.key[1])))
    assert len(left) <= parallel
    for _ in range(100):
        now_s += 100.0
        taken = kept.take(now_s)
        if not isinstance(taken, Asked):
            break
        assert kept.read(taken)
        assert wanted.pop((taken.question.group, str(taken.question.key[1]))) is taken.question
    assert wanted == {}
    assert (kept.waiting, kept.out) == (0, 0)
