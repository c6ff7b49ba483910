"""The report of a run as text."""

from __future__ import annotations

from woowup_async import Report
from woowup_async.cli.display.summary import run_lines
from woowup_async.outcomes import Tally


def test_every_row_is_accounted_for() -> None:
    tally = Tally(3, 1, 2, rows=30, rows_accepted=10, effects={"queued": 1}, codes={"left_out": 2})
    text = "\n".join(run_lines(Report(purchases=tally, missing_createtime=1, rewritten=2)))
    assert "purchases: 1 queued, 2 left_out" in text
    assert "30 rows = 10 in accepted records + 20 in the others" in text
    assert "1 purchases have no createtime" in text
    assert "2 JSON records were encoded again" in text


def test_notices_are_shown_with_samples() -> None:
    noticed = tuple(f"a.csv:{number}: repeated_row: line {number} repeats line 1" for number in range(9))
    lines = list(run_lines(Report(notices={"total_differs": 1, "repeated_row": 9}, noticed=noticed)))
    start = lines.index("noticed, but sent anyway: 9 repeated_row, 1 total_differs")
    assert lines[start + 1].strip() == noticed[0]
    assert max(map(len, lines)) <= 80
