"""Unusual things about orders, which are sent anyway."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.order_files import RULES, mapping, read, skus, written
from woowup_async.sources import Mapping


async def test_unusual_orders_are_sent_and_counted(tmp_path: Path) -> None:
    path = written(
        tmp_path, "1,ana@b.co,,,3,S1,1,1", "1,ana@b.co,,,3,S1,1,1", "2,ana@b.co,,,2.005,S1,2,1", "3,a@b.co,,,,S1,1,1"
    )
    first, second, third = await read(path, mapping(tmp_path))
    assert [(notice.kind, notice.message) for notice in first.notices] == [
        ("repeated_row", "line 3 repeats line 2"),
        ("total_differs", "its lines add up to 2, its total is 3"),
    ]
    assert skus(first) == ["S1", "S1"]
    assert not second.notices
    assert not third.notices


async def test_a_total_is_compared_by_its_digits(tmp_path: Path) -> None:
    (order,) = await read(written(tmp_path, "1,a@b.co,,,0.30,S1,3,0.1"), mapping(tmp_path))
    assert order.raw["prices"] == {"total": Decimal("0.30")}
    assert not order.notices


@pytest.mark.parametrize("names", ["discount", "shipping", "tax"])
async def test_known_differences_of_lines_and_total_are_not_noticed(tmp_path: Path, names: str) -> None:
    text = RULES.replace('"prices.total" =', f'"prices.{names}" = {{{{ constant = 1 }}}}\n"prices.total" =')
    (tmp_path / "m.toml").write_text(text.format(user="", purchase="", agree=""), encoding="utf-8")
    rules = Mapping.load(tmp_path / "m.toml")
    rows = [f"{number},a@b.co,,,{total},S1,1,5" for number, total in enumerate((4, 5, 6, 8))]
    odd = [bool(record.notices) for record in await read(written(tmp_path, *rows), rules)]
    assert odd == ([False, False, True, True] if names == "discount" else [True, False, False, True])
