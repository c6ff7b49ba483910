"""A header that comes again among the rows."""

from __future__ import annotations

import pytest

from woowup_async.sources.headers import AGAIN, OTHER, Headers, below, is_misread

HEADERS = Headers(["Doc", "Name", "Note"], ["DNI", "Nombre", "Nota"], ["Doc"], ["Doc", "Name"])


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (["DNI", "Nombre", "Nota"], AGAIN),
        (["\ufeffDNI", " NOMBRE ", "nota"], AGAIN),
        (['"dni"', "Nombre", "Other"], AGAIN),
        (["DNI", "Nombre"], AGAIN),
        (["DNI", "Mail", "Nota"], OTHER),
        (["Nombre", "DNI", "Nota"], OTHER),
        (["DNI"], OTHER),
        (["Nombre", "Ana", ""], ""),
        (["20111222", "DNI", ""], ""),
        (["Ñandú", "Ana", ""], ""),
        ([], ""),
    ],
)
def test_a_row_is_compared_with_both_names_of_each_column(cells: list[str], fault: str) -> None:
    assert HEADERS.fault(cells) == fault


def test_without_columns_that_identify_only_a_whole_header_counts() -> None:
    headers = Headers(["", "Name"], [], ["Gone"], ["Name"])
    assert [headers.fault(cells) for cells in (["", "Name"], ["", "Ana"], ["Name", "Name"])] == [AGAIN, "", ""]


def test_numbers_in_place_of_names_are_no_header() -> None:
    headers = Headers(["1", "2", "3"], [], ["1"], ["1", "2", "3"])
    assert not any(headers.fault(cells) for cells in (["1", "5", "6"], ["3", "1", "2"], ["1", "2", "3"]))
    mixed = Headers(["1", "Name"], [], ["1"], ["1", "Name"])
    assert [mixed.fault(cells) for cells in (["1", "Ana"], ["1", "name"])] == ["", AGAIN]


def test_rows_whose_cells_belong_to_other_columns() -> None:
    assert [is_misread(fault) for fault in (AGAIN, OTHER, below(3), "", "has 1 columns")] == [True] * 3 + [False] * 2
