"""The state of a run, for each thing that a journal can show."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.support.glances import BUDGET, NOW, glance, live
from woowup_async._journal.glance import Glance, RunTimes
from woowup_async._journal.live import Problem
from woowup_async.cli.dashboard.state import is_open, state_of

OPEN = Problem(NOW - 30, "outage", None, "503")
DONE = (RunTimes(2, NOW - 600, NOW - 5),)


def state(now: float = NOW, **more: Any) -> str:
    return state_of(glance(**more), now)[0]


class TestState:
    def test_a_run_that_works(self) -> None:
        assert state() == "running"
        assert state(live=None) == "running"  # of an older version

    def test_no_run_a_finished_one_and_a_dead_one(self) -> None:
        assert state_of(Glance(), NOW)[0] == "none"
        settled = live(counts={"user": {"accepted": 3, "rejected": 1}})
        for is_running in (True, False):
            assert state(runs=DONE, live=settled, is_running=is_running) == "finished"
        assert state(runs=DONE, live=None) == "finished"
        word, why = state_of(glance(is_running=False), NOW)
        assert (word, "The same command continues the run." in why) == ("stopped", True)

    def test_a_process_that_writes_nothing_does_not_respond(self) -> None:
        assert state(live=live(at=NOW - 30)) == "running"
        assert state_of(glance(live=live(at=NOW - 31)), NOW) == (
            "silent", "Its process is there, but has written nothing for 31 s. Its disk may be full.",
        )  # fmt: skip

    def test_a_run_without_outcomes_is_stalled_and_an_ingester_waits(self) -> None:
        assert state(live=live(active=NOW - 120)) == "running"
        assert state(live=live(active=NOW - 121)) == "stalled"
        assert state(live=live(active=0.0, began=NOW - 10)) == "running"
        assert state(live=live(active=NOW - 121, is_lasting=True)) == "idle"

    @pytest.mark.parametrize("kind", ["outage", "no_answer"])
    def test_a_problem_that_lasts(self, kind: str) -> None:
        lasting = msgspec.structs.replace(OPEN, kind=kind)
        assert state(problems=(lasting,)) == "waiting"
        assert state(problems=(lasting,), live=live(active=NOW - 500)) == "waiting"  # it is not stalled
        assert state(problems=(msgspec.structs.replace(lasting, ended=NOW - 1),)) == "running"
        assert state(problems=(lasting,), is_running=False) == "stopped"

    @pytest.mark.parametrize("kind", ["key_refused", "account_deleted", "disk_failed", "defect"])
    def test_what_ended_a_run_still_holds_when_its_process_has_gone(self, kind: str) -> None:
        ending = Problem(NOW - 5, kind, None, "set the right key")
        for more in ({}, {"is_running": False}, {"runs": DONE, "is_running": False}):
            found = glance(problems=(OPEN, ending), **more)
            assert state_of(found, NOW)[0] == "failed"
            assert state_of(found, NOW)[1].startswith("set the right key")
            assert is_open(ending, found)
        assert state(problems=(msgspec.structs.replace(ending, ended=NOW - 1),)) == "running"

    def test_an_error_that_the_same_command_may_get_over(self) -> None:
        ended = Problem(NOW - 5, "defect", None, "NotSent")
        found = glance(problems=(ended,), is_running=False)
        assert state_of(found, NOW) == ("failed", "NotSent. The same command continues the run.")

    def test_a_finished_run_that_did_not_send_all(self) -> None:
        counts = {"user": {"accepted": 3, "released": 1}, "purchase": {"in_doubt": 2}}
        word, why = state_of(glance(runs=DONE, live=live(counts=counts)), NOW)
        assert (word, why) == ("incomplete", "3 records were not settled. The same command sends them.")
        assert state(runs=DONE, live=live(counts=counts, is_lasting=True)) == "finished"  # they are in the outbox

    def test_a_full_outbox_is_a_failure_while_the_process_works(self) -> None:
        full = Problem(NOW - 5, "outbox_full", None, "send fewer")
        assert state_of(glance(problems=(full,), outbox=9), NOW) == ("failed", "send fewer")
        assert state(problems=(full,), outbox=9, is_running=False) == "stopped"

    def test_records_that_wait_are_not_finished_and_not_idle(self) -> None:
        word, why = state_of(glance(runs=DONE, is_running=False, outbox=1_200), NOW)
        assert (word, "1,200 records wait" in why) == ("stopped", True)
        assert state(live=live(active=NOW - 121, is_lasting=True), outbox=1) == "stalled"

    def test_a_cooldown_ends_by_itself(self) -> None:
        cooling = live(budget=msgspec.structs.replace(BUDGET, cooling=5.0))
        assert state_of(glance(live=cooling), NOW) == ("cooling", "The account pauses after a 429, for 4 s more.")
        assert state_of(glance(live=cooling), NOW + 4)[0] == "running"
