"""Measurements must not mislead: void and missing figures are marked, and the guard detects growth."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import check, common, uploads


def test_an_unknown_name_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "hotpath"])
    with pytest.raises(SystemExit):
        benchmarks.main()
    assert "unknown: hotpath; the names are hot_path, request, journal, upload" in capsys.readouterr().err


def test_a_peer_that_is_not_installed_says_which_extra_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def peer(url: str, count: int) -> None:
        raise ModuleNotFoundError(name="peer")

    monkeypatch.setitem(uploads.UPLOADS, "peer", peer)
    monkeypatch.setattr("os.sched_setaffinity", lambda *core: None)
    assert uploads.measure("peer", "", 1) == {"missing": "peer is not installed: pip install 'woowup_async[peers]'"}


def test_a_measure_without_a_figure_is_listed_with_the_others() -> None:
    figures = iter([3.0, 1.0, 2.0])
    assert common.interleaved({"ours": lambda: next(figures), "peer": lambda: "not installed"}, 3) == {
        "ours": 2.0, "peer": "not installed",
    }  # fmt: skip


def test_a_bar_that_is_not_reached_is_marked() -> None:
    result = common.Result("x", "X")
    result.bar("share", 0.5, "≥", 0.65)
    result.bar("cost", 1.5, "≤", 1.5)
    assert [reached for *_, reached in result.bars] == [False, True]
    assert "| share | 0.5 | ≥ 0.65 | **no** |" in result.text()


def test_documents_differ_in_number_product_and_time_and_are_the_same_in_all_forms() -> None:
    first, second = map(json.loads, common.lines(2))
    assert (first["invoice_number"], second["invoice_number"]) == ("F-000000000", "F-000000001")
    assert first["purchase_detail"][0]["sku"] != second["purchase_detail"][0]["sku"]
    assert first["createtime"] == first["approvedtime"] != second["createtime"] == second["approvedtime"]
    assert list(common.mappings(2)) == [first, second]
    assert [json.loads(msgspec.json.encode(model)) for model in common.models(2)] == [first, second]


def test_the_guard_sees_a_growth(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"a: python calls": 20.0, "b: python calls": 20.0}
    (tmp_path / "baseline.json").write_text(json.dumps(known))
    monkeypatch.setattr(check, "BASELINE", tmp_path / "baseline.json")
    monkeypatch.setattr(sys, "argv", ["check"])
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    for found, code, said in (({"b: python calls": 20.5}, 0, "no count grew"), ({"b: python calls": 21.0}, 1, "MORE")):
        monkeypatch.setattr(check, "figures", lambda found=found: known | found)
        assert check.main() == code
        assert said in capsys.readouterr().out


def test_calls_are_counted() -> None:
    def work() -> None:
        for _ in range(5):
            inner()

    def inner() -> Any:
        return len("x")

    seen = check.counted(work)
    assert (seen["python calls"], seen["c calls"] >= 5) == (6, True)
