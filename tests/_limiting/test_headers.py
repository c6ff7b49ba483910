"""The rate-limit headers, read leniently."""

import pytest

from tests._limiting.oracle import http_date
from woowup_async._limiting.headers import limits_of
from woowup_async._limiting.window import Limits


def test_reads_what_is_documented() -> None:
    headers = {"x-rate-limit-limit": "70", "x-rate-limit-remaining": "45", "x-rate-limit-reset": "1742121660"}
    assert limits_of(headers | {"date": http_date(1_742_121_640)}) == Limits(70, 45.0, 1_742_121_660.0, 1_742_121_640)


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-1"])
def test_nonsense_is_none(text: str) -> None:
    names = ("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "date")
    assert limits_of(dict.fromkeys(names, text)) == Limits()


def test_a_date_without_zone() -> None:
    assert limits_of({"date": "Thu, 01 Jan 1970 00:00:10 -0000"}).date == 10
