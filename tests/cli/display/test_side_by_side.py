"""Records beside the cells that they were made from."""

from decimal import Decimal

import pytest

from woowup_async.cli.display.side_by_side import Line, cut, flat, laid_out, shown


def test_fields_beside_cells() -> None:
    lines = [
        Line("invoice_number", "12", [("Número", "12")]),
        Line("street", "Calle 9", [("Calle", "Calle"), ("Nro", "9")]),
        Line("item 1, line 2", None, []),
        Line("email", "", [("Mail", "nobody")]),
    ]
    assert [*laid_out(lines, 61)] == [
        "  as sent                    │ in the file",
        "  invoice_number  12         │ Número: 12",
        "  street          Calle 9    │ Calle: Calle",
        "                             │ Nro: 9",
        "  item 1, line 2",
        "  email                      │ Mail: nobody",
    ]
    assert [*laid_out([], 80)] == []


@pytest.mark.parametrize("width", [20, 60, 80, 120, 400])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = [Line("a" * 40, "b" * 300, [("c" * 90, "d" * 90)]), Line("e", 1, [])]
    assert max(map(len, laid_out(lines, width))) <= max(60, min(width - 1, 160))


def test_values() -> None:
    assert flat({"a": {"b": {"c": 1}}, "d": [1], "e": {}}) == {"a.b.c": 1, "d": [1], "e": {}}
    assert shown("x\x1b") == "x\\x1b"
    assert shown(Decimal("10.50")) == "10.50"
    assert shown([{"ñ": Decimal(1)}]) == '[{"ñ": "1"}]'
    assert (cut("abc", 2), cut("abc", 3)) == ("a…", "abc")
