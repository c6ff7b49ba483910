"""What a dashboard shows of a journal, for each state that a run can be in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.glances import BUDGET, HOUR, MINUTE, NOW, glance, live, snapshot
from woowup_async._journal.glance import RunTimes
from woowup_async._journal.live import Hour, Minute, Problem
from woowup_async.cli.dashboard.state import live_of
from woowup_async.cli.dashboard.view import (
    Forecast,
    Snapshot,
    forecast_of,
    hours_of,
    minutes_of,
    progress_of,
    rate_of,
    view_of,
)

OPEN = Problem(NOW - 30, "outage", None, "503")
DONE = (RunTimes(2, NOW - 600, NOW - 5),)


class TestProgress:
    def test_of_the_counted_records(self) -> None:
        progress = progress_of(glance())
        assert progress is not None
        assert (progress["settled"], progress["expected"]) == (9_505, 20_300)
        assert progress["part"] == pytest.approx(9_505 / 20_300)
        users, purchases = progress["rows"]
        assert (users["entity"], users["settled"], users["expected"]) == ("users", 300, 300)
        assert (purchases["accepted"], purchases["unconfirmed"], purchases["in_doubt"]) == (9_000, 40, 5)

    @pytest.mark.parametrize("notes", [{}, {"expected": "{"}, {"expected": '[1, {"user": 5}]'}])
    def test_without_a_count_of_this_process(self, notes: dict[str, str]) -> None:
        progress = progress_of(glance(notes=notes))
        assert progress is not None
        assert (progress["settled"], progress["expected"], progress["part"]) == (9_505, None, None)

    def test_a_file_that_grew_is_not_more_than_done(self) -> None:
        notes = {"expected": f'[{NOW}, {{"user": 300, "purchase": 5000}}]'}
        progress = progress_of(glance(notes=notes))
        assert progress is not None
        assert (progress["expected"], progress["part"]) == (9_505, 1.0)

    def test_a_clock_that_was_put_back_hides_nothing(self) -> None:
        back = glance(live=live(at=NOW - 4_000, began=NOW - 600), runs=(RunTimes(3, NOW - 600, None),))
        assert live_of(back) is not None
        assert progress_of(back) is not None

    def test_a_run_that_has_not_written_yet(self) -> None:
        assert progress_of(glance(live=None)) is None


class TestRate:
    def test_over_the_last_five_minutes(self) -> None:
        rate = rate_of(live())
        assert rate is not None
        # the last write was a second before the full hour, so the span begins six minutes before it
        assert rate["records"] == pytest.approx(6 * 950 * 60 / 359)
        assert rate["requests"] == pytest.approx(6 * 139 * 60 / 359)
        assert rate["limit"] == 140

    def test_a_short_run_has_none(self) -> None:
        assert rate_of(None) is None
        assert rate_of(live(began=NOW - 20)) is None
        young = rate_of(live(began=NOW - 21, minutes=[Minute(MINUTE - 1, 10, 0, 40)], budget=None))
        assert young == {"records": 120.0, "requests": 30.0, "limit": 0.0}

    @given(st.floats(0, 5_000), st.lists(st.tuples(st.integers(0, 90), st.integers(0, 500)), max_size=60))
    def test_it_is_never_more_than_all_records_in_its_span(self, age: float, counts: list[tuple[int, int]]) -> None:
        minutes = [Minute(MINUTE - back, 0, 0, count) for back, count in sorted(dict(counts).items(), reverse=True)]
        rate = rate_of(live(began=NOW - 1 - age, minutes=minutes))
        if rate is not None:
            assert 0 <= rate["records"] <= 3 * sum(minute.settled for minute in minutes)


class TestForecast:
    def test_it_ages(self) -> None:
        assert forecast_of(glance(), NOW) == Forecast(1_200, 1_140, 1_320)
        assert forecast_of(glance(), NOW + 1_250) == Forecast(0, 0, 70)

    @pytest.mark.parametrize(
        "more",
        [
            {"runs": DONE}, {"is_running": False}, {"live": None}, {"notes": {}}, {"notes": {"left": "[1, 2]"}},
            {"notes": {"left": f"[{NOW - 601}, 1, 1, 1]"}},
        ],
    )  # fmt: skip
    def test_there_is_none_for_a_run_that_is_over_or_was_not_counted(self, more: dict[str, Any]) -> None:
        assert forecast_of(glance(**more), NOW) is None


class TestHours:
    def test_gaps_are_filled_and_states_joined(self) -> None:
        hours = hours_of(glance().hours)
        assert [hour["at"] for hour in hours] == [3_600.0 * number for number in range(HOUR - 24, HOUR + 1)]
        assert hours[1] == {"at": 3_600.0 * (HOUR - 23), "accepted": 30_000, "rejected": 900, "other": 0}
        assert (hours[-1]["accepted"], hours[-1]["other"], hours[5]["accepted"]) == (9_000, 5, 0)

    def test_one_hour_is_shown_within_a_day_and_old_ones_are_left_out(self) -> None:
        assert hours_of(()) == []
        assert [len(hours_of((Hour(HOUR, "user", "accepted", 1),)))] == [24]
        far = (Hour(HOUR - 500, "user", "accepted", 9), Hour(HOUR, "user", "accepted", 1))
        assert (len(hours_of(far)), sum(hour["accepted"] for hour in hours_of(far))) == (48, 1)


def test_minutes_go_up_to_now_or_to_the_last_write() -> None:
    assert minutes_of(None, NOW) == minutes_of(live(minutes=[]), NOW) == []
    shown = minutes_of(live(), NOW + 60)
    assert [shown[0]["at"], shown[-1]["at"], len(shown)] == [60.0 * (MINUTE - 58), 60.0 * (MINUTE + 1), 60]
    assert sum(minute["requests"] for minute in shown) == 1_390
    assert [minute["refused"] for minute in shown].index(3) == 53
    assert minutes_of(live(), None)[-1]["at"] == 60.0 * (MINUTE - 1)


class TestView:
    def test_it_is_plain(self) -> None:
        view = view_of(snapshot(), NOW)
        assert msgspec.json.decode(msgspec.json.encode(view)) == view
        assert view["run"] == {"number": 2, "began": NOW - 600, "ended": None}
        assert view["requests"] == {"sent": 1_390, "refused": 3}
        assert [cause["records"] for cause in view["causes"]] == [180, 20]
        assert [problem["is_open"] for problem in view["problems"]] == [False, False]
        assert [run["number"] for run in view["runs"]] == [2, 1]

    def test_the_budget_ages(self) -> None:
        cooling = live(at=NOW - 10, budget=msgspec.structs.replace(BUDGET, cooling=12.0))
        budget = view_of(snapshot(live=cooling), NOW)["budget"]
        assert (budget["elapsed"], budget["cooling"], budget["foreign_per_minute"]) == (22.0, 2.0, 3.0)
        assert view_of(snapshot(live=cooling), NOW + 90)["budget"]["elapsed"] == 30.0
        blind = live(budget=msgspec.structs.replace(BUDGET, elapsed=None))
        assert view_of(snapshot(live=blind), NOW)["budget"]["elapsed"] is None
        assert view_of(snapshot(is_running=False), NOW)["budget"] is None

    def test_a_journal_that_does_not_exist_yet_or_cannot_be_read(self) -> None:
        assert view_of(Snapshot("j"), NOW)["state"] == "none"
        view = view_of(replace(snapshot(), glance=None, trouble="journal j: is damaged"), NOW)
        assert (view["state"], view["why"], view["runs"]) == ("unreadable", "journal j: is damaged", [])
