"""The page about speed has the figures of the saved runs, and each of its claims names its run."""

import json

import pytest

from benchmarks import common, summary


def test_the_file_has_the_figures_of_all_saved_runs() -> None:
    assert json.loads(summary.FILE.read_text(encoding="utf-8")) == summary.summary(), (
        "run: python -m benchmarks summary"
    )


def test_each_row_of_the_page_is_a_claim_with_the_figure_of_its_run() -> None:
    page = summary.PAGE.read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|") and not line.startswith("|---")]
    claims = [*summary.CLAIM.finditer(page)]

    assert len(claims) == len([row for row in rows if not row.endswith("| run |")]) > 30
    assert summary.with_figures(page, summary.summary()["runs"]) == page, "run: python -m benchmarks summary"
    assert {claim["run"] for claim in claims} <= {path.stem for path in common.RESULTS.glob("*.md")}


def test_a_figure_is_a_bar_or_a_cell_and_must_exist() -> None:
    runs = {"upload": {"bars": {"CPU": {"figure": 1.23456}}, "rows": {"ours": {"µs": "8.3"}}}}
    page = "| a claim | 0 | [upload](x): CPU |\n| another | 0 | [upload](x): ours → µs |\n| no claim | 0 | no run |\n"
    assert summary.with_figures(page, runs) == (
        "| a claim | 1.23 | [upload](x): CPU |\n| another | 8.3 | [upload](x): ours → µs |\n| no claim | 0 | no run |\n"
    )
    for place in ("CPU of nothing", "ours → ms", "theirs → µs"):
        with pytest.raises(KeyError):
            summary.figure_of(runs, "upload", place)


def test_rows_with_the_same_name_are_told_apart() -> None:
    assert [*summary._named([("a", "x"), ("b", "x"), ("a", "y")])] == [
        ("a, x", ("a", "x")), ("b", ("b", "x")), ("a, y", ("a", "y")),
    ]  # fmt: skip
