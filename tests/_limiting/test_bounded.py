"""Numbers of a shared state have bounds."""

import math

import msgspec
import pytest

from woowup_async._limiting.bounded import AGES_AGO, Number, State, in_bounds


class Part(State, frozen=True):
    at: Number


@pytest.mark.parametrize("at", [math.nan, math.inf, -math.inf, 1e14])
def test_what_is_no_plausible_time_is_an_error(at: float) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode([at]), type=Part)


def test_never_is_a_time_that_a_state_can_have() -> None:
    never = Part(in_bounds(-math.inf))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(never), type=Part) == never == Part(AGES_AGO)
    assert in_bounds(5.0) == 5.0


def test_a_state_of_another_length_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode([1.0, 2.0]), type=Part)
