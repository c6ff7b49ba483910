"""How the size of bulk requests is learned: only from sizes and answers."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._ingest.rules.growth import Answer, Growth, Learned, weighed

ANSWERS = st.sampled_from(list(Answer))
#: A step: the share of the limit that a request fills, what it is answered, and whether it waits for the next ones.
Steps = list[tuple[float, Answer, bool]]
STEPS = st.lists(st.tuples(st.floats(0.01, 1.0), ANSWERS, st.booleans()), max_size=200)
WORK_OR_FAIL = st.lists(st.sampled_from([Answer.CLEAN, Answer.FAILED]), max_size=300)


def up_to(ceiling: int) -> Callable[[int], Answer]:
    return lambda size: Answer.CLEAN if size <= ceiling else Answer.TOO_LARGE


def sent(growth: Growth, count: int, answer: Callable[[int], Answer]) -> list[int]:
    """Send full requests one after the other. Return their sizes."""
    sizes = []
    for _ in range(count):
        size = growth.limit
        growth.sealed(size)
        growth.answered(size, answer(size))
        sizes.append(size)
    return sizes


@given(st.integers(1, 200), st.integers(0, 2_000), STEPS)
def test_a_limit_grows_only_from_what_was_accepted(
    start: int, more: int, steps: list[tuple[float, Answer, bool]]
) -> None:
    """It is within its bounds, and at most twice the largest accepted request."""
    growth, largest, under_way = Growth(start, start + more), start, list[tuple[int, Answer]]()
    for share, answer, waits in steps:
        size = max(1, int(share * growth.limit))
        growth.sealed(size)
        under_way.append((size, answer))
        while under_way and not waits:
            size, answer = under_way.pop(0)
            growth.answered(size, answer)
            if answer in (Answer.CLEAN, Answer.ACCEPTED):
                largest = max(largest, size)
        assert 1 <= growth.works <= growth.most_sent <= start + more
        assert growth.most_sent <= 2 * largest
        assert growth.limit in (growth.works, growth.most_sent)


@given(st.integers(1, 200), st.integers(0, 2_000), STEPS, st.floats(0.01, 2.0))
def test_a_size_that_was_too_large_is_left_at_once(start: int, more: int, steps: Steps, share: float) -> None:
    growth = Growth(start, start + more)
    for part, answer, _ in steps:
        growth.answered(max(1, int(part * growth.limit)), answer)
    size = max(2, int(share * growth.most_sent))
    growth.answered(size, Answer.TOO_LARGE)
    assert growth.most_sent < size


@given(
    st.integers(1, 200), st.integers(0, 2_000), st.lists(st.sampled_from([Answer.CLEAN, Answer.FAILED]), max_size=300)
)
def test_failures_without_a_size_never_lower_it_below_the_start(start: int, more: int, answers: list[Answer]) -> None:
    growth = Growth(start, start + more)
    for answer in answers:
        size = growth.limit
        growth.sealed(size)
        growth.answered(size, answer)
        assert growth.works >= start
        if answer is Answer.FAILED:
            assert growth.limit < size or size == start


@given(st.integers(100, 3_000), st.integers(100, 3_000))
def test_the_ceiling_of_an_account_is_found_and_seldom_passed(ceiling: int, most: int) -> None:
    growth = Growth(100, most)
    sizes = sent(growth, 1_500, up_to(ceiling))
    passed = [size for size in sizes if size > ceiling]
    best = min(ceiling, most)
    assert growth.works >= best - best // 8 - 1
    assert len(passed) <= 5 + 1_500 // 500 * 2
    assert sum(sizes) >= 0.7 * 1_500 * best


@pytest.mark.parametrize(("ceiling", "least"), [(100, 100), (137, 121), (500, 438), (10_000, 1_000)])
def test_known_ceilings(ceiling: int, least: int) -> None:
    growth = Growth(100, 1_000)
    sent(growth, 400, up_to(ceiling))
    assert least <= growth.works <= min(ceiling, 1_000)


def test_it_doubles_after_a_few_clean_answers() -> None:
    sizes = sent(Growth(100, 1_000), 25, up_to(10_000))
    assert [*dict.fromkeys(sizes)] == [100, 200, 400, 800, 1_000]
    assert sizes.count(100) == 4


def test_one_request_at_a_time_tries_a_larger_size() -> None:
    growth = Growth(100, 1_000)
    sent(growth, 4, up_to(10_000))
    assert growth.limit == 200
    growth.sealed(200)
    assert (growth.limit, growth.most_sent) == (100, 200)
    growth.answered(200, Answer.NOTHING)  # it had a bad record, so another request tries it
    assert growth.limit == 200


def test_small_requests_say_nothing_about_larger_ones() -> None:
    growth = Growth(100, 1_000)
    for _ in range(50):
        growth.answered(50, Answer.CLEAN)
    assert growth.limit == 100


def test_each_failed_trial_makes_the_next_one_wait_longer() -> None:
    growth = Growth(100, 1_000)
    first = sent(growth, 5, up_to(150))
    second = sent(growth, 9, up_to(150))
    assert (first[-1], second[:8], second[-1]) == (200, [100] * 8, 150)


def test_a_slow_answer_goes_back_and_a_fair_one_stays() -> None:
    growth = Growth(100, 1_000)
    sent(growth, 5, up_to(10_000))
    assert growth.works == 200
    sent(growth, 100, lambda size: Answer.ACCEPTED)
    assert growth.limit == 200
    growth.answered(200, Answer.FAILED)
    assert growth.limit == 100


def test_an_outage_halves_it_once_however_many_requests_fail() -> None:
    growth = Growth(100, 1_000)
    sent(growth, 30, up_to(10_000))
    for _ in range(8):
        growth.answered(1_000, Answer.FAILED)
    assert growth.works == 500
    assert max(sent(growth, 100, up_to(10_000))) == 1_000  # it worked before, so it is tried again soon


def test_a_late_success_of_an_old_size_does_not_count() -> None:
    growth = Growth(100, 1_000)
    sent(growth, 4, up_to(10_000))
    growth.sealed(200)
    growth.answered(200, Answer.FAILED)  # its first attempt
    growth.answered(200, Answer.CLEAN)  # its second
    assert growth.works == growth.limit == 100


def test_a_ceiling_that_is_gone_is_noticed() -> None:
    growth = Growth(100, 1_000)
    sent(growth, 300, up_to(137))
    assert max(sent(growth, 1_200, up_to(10_000))) == 1_000


def test_what_was_learned_goes_on() -> None:
    growth = Growth(100, 1_000)
    sent(growth, 300, up_to(137))
    again = Growth(100, 1_000, growth.learned)
    assert (again.limit, again.learned) == (growth.works, growth.learned)
    assert max(sent(again, 100, up_to(137))) <= 137
    assert Growth(100, 120, growth.learned).limit == 120
    assert Growth(100, None, growth.learned).limit == 100
    assert Growth(100, 1_000, Learned(-5, 3)).learned == Learned(1, 3)


@given(st.lists(st.tuples(st.integers(1, 300), ANSWERS), max_size=50))
def test_a_limit_that_does_not_grow_is_only_lowered(steps: list[tuple[int, Answer]]) -> None:
    growth, before = Growth(100, None), 100
    for size, answer in steps:
        growth.answered(size, answer)
        assert growth.works <= before == growth.works or answer is Answer.TOO_LARGE
        before = growth.works


def test_a_size_that_works_lowers_it() -> None:
    growth = Growth(100, 1_000)
    growth.lower_to(120)
    assert growth.works == 100
    growth.lower_to(30)
    assert growth.works == 30


def test_seconds() -> None:
    """A third of the timeout is slow, and half of that is soon."""
    assert [weighed(seconds, 30.0) for seconds in (5.0, 5.1, 10.0, 10.1)] == [
        Answer.CLEAN,
        Answer.ACCEPTED,
        Answer.ACCEPTED,
        Answer.FAILED,
    ]
