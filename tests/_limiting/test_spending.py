"""The values that are stored for spent permits, apart from the window."""

import msgspec
import pytest

from woowup_async._limiting.reading import Reading
from woowup_async._limiting.spending import Limits, Memory, Spent


def test_permits_spent_at_the_same_time_are_distinct() -> None:
    assert len({Spent(1.0): None, Spent(1.0): None}) == 2


def test_memory_survives_as_json() -> None:
    memory = Memory(70, (1.5, 2.5), 1_742_121_660.0, {1_742_121_660.0: 12}, (3.0,), Reading.CURRENT)
    assert msgspec.json.decode(msgspec.json.encode(memory), type=Memory) == memory


def test_an_answer_may_say_nothing() -> None:
    assert Limits() == Limits(None, None, None, None)


@pytest.mark.parametrize(
    ("reset", "date", "plausible"),
    [
        (None, 1_000.0, None),
        (1_030.0, None, 1_030.0),
        (1_062.0, 1_000.0, 1_062.0),
        (1_062.1, 1_000.0, None),
        (937.9, 1_000.0, None),
    ],
)
def test_a_reset_far_from_its_date_is_not_plausible(
    reset: float | None, date: float | None, plausible: float | None
) -> None:
    assert Limits(reset=reset, date=date).plausible_reset(30.0) == plausible
