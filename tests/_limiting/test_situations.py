"""Situations of the benchmark, a few minutes each: the real limiter in virtual time."""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.limiter.situations import OURS, PEERS, Situation
from benchmarks.virtual import VirtualLoop

BY_NAME = {situation.name: situation for situation in OURS}
ALONE = [
    name if "lost" in name or "jumps" in name else pytest.param(name, marks=pytest.mark.untraced)
    for name in BY_NAME
    if "foreign" not in name and "copy" not in name
]
FOREIGN = [name for name in BY_NAME if "foreign 1/s" in name or "foreign 0.2/s" in name]
COPIES = [name for name in BY_NAME if "copy from the start" in name]


def every(step: int, names: list[str]) -> list[Any]:
    """Leave those between for `make test-long`. Each distance, and each meaning of `remaining`, must have one here."""
    return [pytest.param(name, marks=[pytest.mark.long] * (row % step > 0)) for row, name in enumerate(names)]


@pytest.mark.parametrize(
    ("seed", "seconds"), [(0, 140.0), *(pytest.param(seed, 240.0, marks=pytest.mark.long) for seed in range(5))]
)
@pytest.mark.parametrize("name", ALONE)
def test_alone_it_is_never_refused(name: str, seed: int, seconds: float) -> None:
    score = BY_NAME[name].run(seed, seconds=seconds)
    assert score.refused == 0
    assert score.share >= BY_NAME[name].bar.share - 0.03
    if BY_NAME[name].bar.wait is not None:
        assert sorted(score.waits)[int(0.99 * len(score.waits))] <= 0.5


@pytest.mark.untraced
@pytest.mark.parametrize("name", every(2, FOREIGN))
def test_with_foreign_traffic_it_takes_the_rest_and_little_more(name: str) -> None:
    score = BY_NAME[name].run(3, seconds=360.0)
    assert score.share >= 0.85
    assert score.refused <= 4
    assert score.foreign_refused <= 0.04 * score.foreign


@pytest.mark.untraced
@pytest.mark.parametrize("name", every(3, COPIES))
def test_two_copies_share_fairly(name: str) -> None:
    score = BY_NAME[name].run(5, seconds=360.0)
    assert score.share >= 0.93
    assert score.refused <= 10
    assert 0.4 <= score.accepted[0] / sum(score.accepted) <= 0.6


@pytest.mark.untraced
@pytest.mark.parametrize("weighs", [False, True])
def test_a_program_that_joins_a_full_account_is_not_locked_out(weighs: bool) -> None:
    joining = next(each for each in OURS if "after 5 minutes, 200 ms" in each.name)
    joining = replace(joining, joins=60.0, rules=replace(joining.rules, weighs_remaining=weighs))
    score = joining.run(7, seconds=420.0)
    assert score.accepted[1] / sum(score.accepted) >= 0.35


@pytest.mark.untraced
def test_other_ways_to_limit_are_refused() -> None:
    """The score shows the difference."""
    scores = {peer.name: peer.run(1, seconds=240.0) for peer in PEERS}
    assert scores["aiolimiter (140, 60)"].refused > 50
    assert scores["retry after Retry-After"].share < 0.7
    assert scores["aiolimiter (10, 5), sized to the rule"].refused == 0


def test_the_same_seed_gives_the_same_run() -> None:
    situation = Situation("any", OURS[0].bar, foreign=1.0)
    assert situation.run(1, seconds=90.0) == situation.run(1, seconds=90.0) != situation.run(2, seconds=90.0)


def test_a_deadlock_in_virtual_time_is_an_error() -> None:
    loop = VirtualLoop()
    with pytest.raises(RuntimeError, match="deadlock"):
        loop.run_until_complete(loop.create_future())
    loop.close()
