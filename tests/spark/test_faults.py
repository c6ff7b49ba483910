"""Whatever fails while Spark writes: nothing is lost, each record has one outcome, few are sent twice."""

from __future__ import annotations

import pytest

from tests.support import spark_faults
from tests.support.spark_faults import ACCOUNTS, EACH, Place

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_without_a_fault_nothing_is_sent_twice(place: Place) -> None:
    seen = spark_faults.nothing(place)

    seen.check()
    assert seen.throttled == 0


def test_a_task_that_raises(place: Place) -> None:
    spark_faults.task_raises(place).check()


def test_a_task_that_raises_without_a_journal_sends_its_rows_again(place: Place) -> None:
    seen = spark_faults.task_raises(place, journal=None)

    assert seen.stored == seen.reported == seen.submitted
    assert seen.duplicates >= ACCOUNTS * EACH // 16


def test_a_python_worker_that_is_killed(place: Place) -> None:
    spark_faults.worker_killed(place).check()


def test_an_executor_that_is_killed(place: Place) -> None:
    spark_faults.executor_killed(place).check()


def test_a_ledger_that_is_down(place: Place) -> None:
    spark_faults.ledger_down(place).check()


def test_a_budget_store_that_is_down(place: Place) -> None:
    spark_faults.store_down(place).check()
