"""The panels of one journal: numbers are right, text is escaped, and each state has words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.glances import BUDGET, NOW, glance, live, snapshot
from tests.support.markup import Markup
from woowup_async._journal.glance import Glance, RunTimes
from woowup_async._journal.live import Hour, Minute, Problem
from woowup_async.cli.dashboard.panels import PANELS
from woowup_async.cli.dashboard.view import Cause, Snapshot, Totals, view_of


def panel(name: str, shot: Snapshot | None = None, **more: Any) -> Markup:
    view = view_of(shot or snapshot(**more), NOW)
    return Markup("".join(PANELS[name](view, NOW)))


def words(name: str, shot: Snapshot | None = None, **more: Any) -> str:
    return " ".join(panel(name, shot, **more).text.split())


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize(
    "shot",
    [Snapshot("none"), Snapshot("odd", trouble="<b>"), Snapshot("empty", Glance()), Snapshot("old", glance(live=None))],
    ids=lambda shot: shot.name,
)
def test_each_panel_can_show_a_journal_with_little_in_it(name: str, shot: Snapshot) -> None:
    assert not panel(name, shot).all("script")


def test_the_state() -> None:
    assert words("state") == "running"
    assert words("state", Snapshot("j")) == "no run yet"
    assert words("state", live=live(at=NOW - 90)) == "not responding"
    assert panel("state", is_running=False).all("span")[0]["class"] == "state warn"
    assert words("run") == "Run 2, began 07:50:00. Last written 07:59:59."
    done = (RunTimes(1, NOW - 90_000, NOW - 80_000),)
    assert words("run", runs=done).startswith(
        "Run 1, began 14 Jan 07:00:00. It took 2.8 h. 5 records were not settled."
    )
    assert words("state", runs=done) == "finished, not all sent"


def test_the_progress() -> None:
    assert words("progress") == "46.8 % 9,505 of 20,300 records have an outcome"
    assert panel("progress").all("svg")[0]["aria-label"] == "46.8 %: 9,505 of 20,300 records have an outcome"
    assert words("progress", notes={}) == "9,505 records have an outcome"


@pytest.mark.parametrize(("expected", "shown"), [(9_505, "100.0 %"), (9_506, "99.9 %"), (9_000, "100.0 %")])
def test_100_percent_are_shown_only_if_all_records_have_an_outcome(expected: int, shown: str) -> None:
    assert words("progress", notes={"expected": f'[{NOW}, {{"purchase": {expected}}}]'}).startswith(shown)


def test_the_cards() -> None:
    shown = words("cards")
    assert "ends about 08:20 in 20.0 min; 08:19 to 08:22" in shown
    assert "requests 139 of 140 a minute" in shown
    assert "refused (429) 3 of 1,390 requests" in shown
    assert "other programs 3 requests a minute" in shown
    assert "ends about – not forecast yet" in words("cards", notes={})
    assert "ends about" not in words("cards", is_running=False)
    assert "outbox 7 records wait" in words("cards", outbox=7)


def test_the_outcomes() -> None:
    shown = words("outcomes")
    assert (
        "records 300 20,000 with an outcome 300 9,205 accepted 290 9,000 of these unconfirmed 0 40 rejected 10 200"
        in shown
    )
    assert "In the journal, all runs outcome users purchases accepted 290 98,000" in shown
    assert "40 purchases are unconfirmed" in shown
    assert "In the journal" not in words("outcomes", runs=glance().runs[:1])  # it would repeat the run's numbers
    assert "accepted 290 98,000" in words("outcomes", runs=glance().runs[:1], live=None)  # of an older version
    assert "records" not in words("outcomes", notes={})


def test_the_budget() -> None:
    shown = words("budget")
    assert "58 of 70 requests count now" in shown
    assert "13 s of the 30 s segment have passed" in shown
    assert "requests of other programs, a minute 3.0 cooldowns 1 cooling down no" in shown
    cooling = live(budget=msgspec.structs.replace(BUDGET, cooling=9.0, elapsed=None))
    assert "cooling down 8 s more" in words("budget", live=cooling)
    assert "The server has not shown its clock" in words("budget", live=cooling)
    assert "workers" not in shown
    shared = msgspec.structs.replace(BUDGET, workers=4, part=0.26)
    assert "workers that share it 4 this worker's part of the requests 26% budget store works" in words(
        "budget", live=live(budget=shared)
    )
    fallen = msgspec.structs.replace(shared, is_fallen_back=True)
    assert "does not work: each worker uses its own part" in words("budget", live=live(budget=fallen))
    assert words("budget", is_running=False) == "The account's budget It is shown while a run works."


def test_the_charts() -> None:
    assert "15 Jan 08:00 9,000 0 5" in words("hours")
    assert "14 Jan 09:00 30,000 900 0" in words("hours")
    assert "rejected" not in words("hours", hours=(Hour(500_000, "user", "accepted", 1),))
    assert "07:55 136 3" in words("minutes")
    assert "limit 140" in words("minutes")
    crossed = live(minutes=[Minute(int(NOW // 60), 0, 2)])  # answers to requests of the minute before
    assert "08:00 0 2" in words("minutes", live=crossed)


def test_causes_are_escaped_and_have_examples() -> None:
    page = panel("causes")
    shown = " ".join(page.text.split())
    assert "180 purchase invalid: channel: expected 'web' <script>alert(1)</script> 2 examples" in shown
    assert "Centro|F-<1> orders.csv:17" in shown
    assert "20 purchase user_not_found" in shown
    assert not page.all("script")
    assert [bar["width"] for bar in page.all("rect") if bar["class"] == "bad"] == ["100.00", "11.11"]
    assert words("causes", Snapshot("j", glance())) == "Rejected, by cause Not counted yet."
    assert words("causes", Snapshot("j", glance(), Totals())) == "Rejected, by cause No record is rejected."
    partial = Snapshot("j", glance(), Totals(causes=(Cause("user", "x", "", 1),), is_partial=True))
    assert "there are more" in words("causes", partial)


@given(st.text(), st.text(), st.text())
def test_no_text_from_data_becomes_markup(reason: str, key: str, position: str) -> None:
    cause = Cause("user", "x", reason, 1, ((key, position),))
    plain = Cause("user", "x", "r", 1, (("k", "p"),))

    def tags(one: Cause) -> list[str]:
        page = panel("causes", Snapshot("j", glance(), Totals(causes=(one,))))
        return [tag for tag, _ in page.elements if tag != "code"]  # only a record with a key has one

    assert tags(cause) == tags(plain)


def test_the_problems() -> None:
    shown = words("problems")
    assert "rate limit (429) 07:55:00 to 07:55:10 refused by the rate limit (429)" in shown
    assert "server failing 07:51:40 to 07:53:20 purchases.create_bulk answered 503 <b>" in shown
    open_now = Problem(NOW - 30, "outage", None, "503")
    assert "server failing since 07:59:30 503" in words("problems", problems=(open_now,))
    killed = Problem(NOW - 900, "odd <i>", None, "503")
    assert "odd <i> 07:45:00, its end is not known" in words("problems", problems=(killed,), is_running=False)
    cooling = Problem(NOW - 3, "cooldown", NOW + 7, "429")
    assert "since 07:59:57, until 08:00:07" in words("problems", problems=(cooling,))
    assert words("problems", problems=()) == "Problems None."


def test_the_runs() -> None:
    assert words("runs") == "Runs run began took 2 07:50:00 not finished 1 14 Jan 07:00:00 2.8 h"
