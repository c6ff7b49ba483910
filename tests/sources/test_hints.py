"""Hints: options of the mapping for a cell that cannot be read."""

from __future__ import annotations

import pytest

from woowup_async.sources.hints import hint


@pytest.mark.parametrize(
    ("conversion", "text", "said"),
    [
        ("decimal", "1.234,50", '; set decimal = "," in csv or in the field, or --decimal , without a mapping'),
        ("decimal", "$ 5", '; write as = "money"'),
        ("decimal", "$ 1.586,00", '; write as = "money" and set decimal = ","'),
        ("decimal", "many", ""),
        ("int", "1,5", ""),
        ("int", "1.000", '; set decimal = "," in csv or in the field, or --decimal , without a mapping'),
        ("date", "20/12/2025", '; add its format to csv.date, such as "%d/%m/%Y"'),
        ("datetime", "5 de junio de 2026 17:35 hs.",
         '; add its format to csv.datetime, such as "%d de %B de %Y %H:%M hs."'),
        ("datetime", "2026-01-02T03:04:05Z", '; add "iso" to csv.datetime'),
        ("datetime", "46027.427", '; add "excel" to csv.datetime, if these are the numbers that Excel stores'),
        ("date", "31/02/2020", ""),
        ("bool", "perhaps", "; name the texts that mean true and false in a lookup"),
        ("country", "Narnia", "; name it in a lookup"),
        ("sku", "-", ""),
        ("decimal", "'10.50", "; set excel_guards = true in csv"),
        ("date", '="2026-01-02"', "; set excel_guards = true in csv"),
        ("datetime", "2026-01-02T03:04:05+14:30", "; no offset is above 14 hours"),
        ("datetime", "0001-01-01 00:00:00", "; it is before 1900: list it in null if it means that there is none"),
    ],
)  # fmt: skip
def test_a_hint_would_read_the_text(conversion: str, text: str, said: str) -> None:
    assert hint(conversion, text, ".") == said


def test_texts_of_one_shape_get_their_own_hint() -> None:
    said = [hint("date", text, ".") for text in ("20/12/2025", "12/20/2025", "99/99/2025", "20/12/2024")]
    assert ["%d/%m/%Y" in said[0], "%m/%d/%Y" in said[1], said[2], "%d/%m/%Y" in said[3]] == [True, True, "", True]
    assert [hint("date", text, ".") for text in ("no day 1", "no day 2")] == ["", ""]
