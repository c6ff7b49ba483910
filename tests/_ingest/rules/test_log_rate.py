"""One line of a kind in a time, and the others are counted."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._ingest.rules.log_rate import LogRate


def test_a_line_a_minute() -> None:
    rate = LogRate(60.0)
    assert [rate.allows("a", now) for now in (0, 10, 59, 60, 61, 200)] == [0, None, None, 2, None, 1]
    assert rate.allows("b", 10) == 0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 100)), max_size=60))
def test_lines_are_apart_and_all_are_counted(lines: list[tuple[str, float]]) -> None:
    rate, now, said, waiting = LogRate(60.0), 0.0, dict[str, float](), dict[str, int]()
    for kind, seconds in lines:
        now += seconds
        left_out = rate.allows(kind, now)
        if left_out is None:
            assert now - said[kind] < 60
            waiting[kind] = waiting.get(kind, 0) + 1
        else:
            assert kind not in said or now - said[kind] >= 60
            assert left_out == waiting.pop(kind, 0)
            said[kind] = now
