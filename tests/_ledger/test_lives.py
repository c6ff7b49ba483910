"""One picture of several processes."""

from woowup_async._journal.live import Budget, Live, Minute
from woowup_async._ledger.lives import merged_lives


def test_one_or_none() -> None:
    one = Live(at=1.0, began=0.0)
    assert merged_lives([]) is None
    assert merged_lives([one]) is one


def test_counts_are_added_and_the_last_budget_counts() -> None:
    first = Live(
        2.0, 1.0, 1.5, counts={"purchase": {"accepted": 3}}, requests=4, throttled=1,
        minutes=[Minute(1, 2, 1, 3), Minute(3, 1)], budget=Budget(70, 1.0),
    )  # fmt: skip
    second = Live(
        3.0, 0.5, 1.0, is_lasting=True, counts={"purchase": {"accepted": 1, "rejected": 2}, "user": {"accepted": 1}},
        requests=2, minutes=[Minute(1, 1, 0, 1), Minute(2, 5)], budget=Budget(70, 9.0),
    )  # fmt: skip
    assert merged_lives([first, second]) == Live(
        3.0, 0.5, 1.5, is_lasting=True,
        counts={"purchase": {"accepted": 4, "rejected": 2}, "user": {"accepted": 1}}, requests=6, throttled=1,
        minutes=[Minute(1, 3, 1, 4), Minute(2, 5), Minute(3, 1)], budget=Budget(70, 9.0),
    )  # fmt: skip
