"""What is kept of spending, beside the window."""

import msgspec

from woowup_async._limiting.reading import Reading
from woowup_async._limiting.spending import Limits, Memory, Spent


def test_permits_are_told_apart_even_if_spent_at_the_same_moment() -> None:
    assert len({Spent(1.0): None, Spent(1.0): None}) == 2


def test_memory_survives_as_json() -> None:
    memory = Memory(70, (1.5, 2.5), 1_742_121_660.0, {1_742_121_660.0: 12}, (3.0,), Reading.CURRENT)
    assert msgspec.json.decode(msgspec.json.encode(memory), type=Memory) == memory


def test_an_answer_may_say_nothing() -> None:
    assert Limits() == Limits(None, None, None, None)
