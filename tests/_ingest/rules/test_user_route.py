"""Which request a user gets first."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._ingest.rules.user_route import UserRoute


def test_a_new_run_creates_first() -> None:
    assert UserRoute().creates_first


def test_it_adapts_to_a_change_of_the_data_within_a_dozen_users() -> None:
    route, turns = UserRoute(), 0
    while route.creates_first:
        route.learn(existed=True)
        turns += 1
    assert 2 <= turns <= 12
    back = 0
    while not route.creates_first:
        route.learn(existed=False)
        back += 1
    assert back <= 12


@given(st.lists(st.booleans(), max_size=200), st.booleans())
def test_enough_equal_answers_decide(before: list[bool], existed: bool) -> None:
    route = UserRoute()
    for one in [*before, *[existed] * 12]:
        route.learn(existed=one)
    assert route.creates_first is not existed
