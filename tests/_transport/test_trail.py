"""Trails of requests under way, with every order of steps."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._transport.trail import Trail

STEPS = st.lists(st.sampled_from(["leaves", "returned", "lost", "answered", "settled", "ends"]), max_size=12)


@given(STEPS)
def test_it_departs_once_and_doubt_stays(steps: list[str]) -> None:
    departed, left = list[int](), list[int]()
    trail = Trail(lambda: left.append(1), lambda: departed.append(1))
    is_out = is_doubtful = False
    for step in steps:
        getattr(trail, step)()
        is_out = step == "leaves" or (is_out and step == "ends")
        is_doubtful = is_doubtful or step == "lost"
        assert trail.is_open == (is_out or is_doubtful)
    assert len(departed) == any(step in ("leaves", "ends") for step in steps)
    assert len(left) == steps.count("leaves")


def test_a_failure_before_sending_leaves_nothing_open() -> None:
    def before() -> None:
        raise OSError

    trail = Trail(before)
    try:
        trail.leaves()
    except OSError:
        assert not trail.is_open
    else:
        raise AssertionError
