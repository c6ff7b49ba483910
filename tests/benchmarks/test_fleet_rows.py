"""The rows of several workers and their table."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.limiter import fleet_peers, fleet_rows
from benchmarks.limiter.fleet_rows import ROWS, FleetResult, report
from benchmarks.limiter.fleets import Fleet
from benchmarks.limiter.situations import FAR

RESULT = FleetResult("200 ms", 16, "a store", 0.999, 0.998, 0.0, (0.9, 1.1), 5.0, 0.01)


@pytest.mark.parametrize(
    ("change", "is_reached"),
    [
        ({}, True),
        ({"share": 0.9979}, False),
        ({"refused_per_1000": 0.1}, False),
        ({"split": (0.84, 1.1)}, False),
        ({"workers": 4, "trips": 3.1}, False),
        ({"workers": 4, "trips": 2.9}, True),
    ],
)
def test_a_row_is_judged_by_its_bar(change: dict[str, float], is_reached: bool) -> None:
    result = replace(RESULT, **change)  # type: ignore[arg-type]
    assert fleet_rows._judged(result, fleet_rows.EXACT, Fleet(1)).is_reached is is_reached


def test_the_page_has_all_results(tmp_path: Path) -> None:
    lines = report([RESULT, replace(RESULT, workers=1, trips=0.0)], range(5, 8), tmp_path)
    assert lines[0].startswith("3 runs of 20 simulated minutes a row, seeds from 5")
    assert "| 200 ms | 16 | a store | 0.9990 | 0.9980 | 0.00 | 0.90–1.10 | 5.0 | 1.0 % |  |  |" in lines
    assert (tmp_path / "fleets.md").read_text(encoding="utf-8").count("200 ms") == 2
    assert "0.999" in (tmp_path / "fleets.json").read_text(encoding="utf-8")


def test_foreign_traffic_of_one_per_second_is_compared_with_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    row = next(row for row in ROWS if row.bar is None)
    monkeypatch.setattr(fleet_rows, "ROWS", [replace(row, sizes=(2,))])
    monkeypatch.setattr(fleet_rows, "_one", lambda job: job[0].run(job[1], 61.0))
    with ThreadPoolExecutor(1) as pool:
        results = fleet_rows.measure(pool, range(1))
    assert [(each.workers, each.is_shared_by, bool(each.bar)) for each in results] == [
        (2, "a store", True),
        (1, "nothing", False),
    ]


@pytest.mark.untraced
@pytest.mark.parametrize("name", fleet_peers.PEERS)
def test_other_limiters_share_one_state_in_virtual_time(name: str) -> None:
    if name not in fleet_peers.installed():
        pytest.skip("it is not installed")
    score = Fleet(3, is_shared_by=name).run(1, seconds=130.0)
    most = 60 if "60 in 30 s" in name else 70
    assert 0.4 * most * 3 <= sum(score.accepted) <= most * 4
    assert (score.refused == 0) is ("60 in 30 s" in name)
    assert score.trips >= sum(score.accepted)


@pytest.mark.slow
@pytest.mark.untraced
@pytest.mark.parametrize("seconds", [130.0, pytest.param(200.0, marks=pytest.mark.long)])
@pytest.mark.parametrize("fleet", [Fleet(4, dies=True), Fleet(4, is_uneven=True), Fleet(3, FAR), Fleet(3, trip=0.1)])
def test_in_short_runs_no_request_is_refused(fleet: Fleet, seconds: float) -> None:
    score = fleet.run(1, seconds=seconds)
    assert score.refused == 0
    assert score.share >= 0.94
