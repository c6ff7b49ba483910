"""A job: its exit code, and its dry run in another process."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from woowup_async import Report
from woowup_async._flow import Entity
from woowup_async.cli import job as jobs
from woowup_async.cli.files import files_of, sources
from woowup_async.cli.job import Job, needed_by
from woowup_async.outcomes import Tally


def test_exit_codes() -> None:
    codes = [
        jobs.Ending(Report(users=Tally(1, **{kind: 1}))).code  # type: ignore[arg-type]
        for kind in ("accepted", "rejected", "released", "in_doubt")
    ]
    assert codes == [0, 1, 3, 3]


@pytest.mark.parametrize(
    ("counts", "stopped_by", "lenient", "strict"),
    [
        ({"rejected": 2, "codes": {"left_out": 2}}, "", 0, 4),
        ({"rejected": 2, "codes": {"left_out": 1, "invalid": 1}}, "", 1, 1),
        ({"rejected": 1, "codes": {"left_out": 1}, "in_doubt": 1}, "", 3, 3),
        ({"rejected": 1, "codes": {"left_out": 1}}, "the time is over", 3, 3),
        ({"accepted": 1}, "", 0, 0),
    ],
)
def test_records_that_a_rule_left_out_have_a_code_of_their_own(
    counts: dict[str, Any], stopped_by: str, lenient: int, strict: int
) -> None:
    report = Report(purchases=Tally(3, **counts))

    assert jobs.Ending(report, stopped_by).code == lenient
    assert jobs.Ending(report, stopped_by, strict_exit=True).code == strict


def test_a_job_can_be_counted_in_another_process(files: tuple[str, ...], tmp_path: Path) -> None:
    opened = files_of(None, "woowup", "email,telephone,birthdate", "AR")
    csv = tmp_path / "v.csv"
    csv.write_text("invoice_number,email,sku,quantity,unit_price,total\n1,ana@example.com,AB,1,2,2\n")
    letters = tmp_path / "dead"
    mine = sources(opened, Entity.PURCHASE, [files[3], str(csv)])
    job = Job(sources(opened, Entity.USER, [files[1]]), mine, dead_letters=letters)
    needed = needed_by(pickle.loads(pickle.dumps(job)))
    assert needed.records == {Entity.USER: 31, Entity.PURCHASE: 251}
    assert needed.requests == {Entity.USER: 31, Entity.PURCHASE: 3}
    assert needed.submitted == {Entity.USER: 31, Entity.PURCHASE: 252}
    assert not letters.exists()
