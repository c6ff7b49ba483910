"""The age of the oldest record is never too low, and little too high."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._ingest.rules.ages import Ages


def test_records_from_before() -> None:
    ages = Ages(5.0)
    assert ages.accepted_at(3) == 5.0
    ages.note(4, 10.0)
    assert ages.accepted_at(3) == 5.0
    assert ages.accepted_at(4) == 10.0


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0, 90)), min_size=1, max_size=60), st.data())
def test_a_record_never_seems_younger(writes: list[tuple[int, float]], data: st.DataObject) -> None:
    ages, number, now, times = Ages(0.0), 1, 0.0, dict[int, float]()
    for count, seconds in writes:
        now += seconds
        ages.note(number, now)
        times |= dict.fromkeys(range(number, number + count), now)
        number += count
    asked = sorted(data.draw(st.lists(st.integers(1, number - 1), max_size=20)))  # the oldest only becomes newer
    for each in asked:
        assert times[each] - ages.step <= ages.accepted_at(each) <= times[each]


def test_many_marks_need_little_memory() -> None:
    ages = Ages(0.0)
    for second in range(100_000):
        ages.note(second, float(second))
    assert len(ages) <= 512
    assert ages.step < 1_000
    assert ages.accepted_at(90_000) >= 90_000 - ages.step
