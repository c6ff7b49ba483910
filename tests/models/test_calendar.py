"""Times and days that do not exist, in every form of a record: models, mappings and raw JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.support.every_form import LINE, PURCHASES, faces
from woowup_async._clock import today
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async.outcomes import Rejected

TOMORROW = (today() + timedelta(days=3)).isoformat()
TIMES = [
    "2026-02-30 10:00:00",
    "0000-00-00 00:00:00",
    "2026-01-01 25:00:00",
    "2026-01-01 10:61:00",
    "2026-01-01 10:00:61",
    "2026-01-01T10:00:00+99:99",
    "2026-01-01T10:00:00+14:30",
    "2025-02-29T10:00:00Z",
    "0001-01-01 00:00:00",
    "1899-12-30T00:00:00Z",
]


@pytest.mark.parametrize("name", ["createtime", "approvedtime"])
@pytest.mark.parametrize("text", TIMES)
def test_times_that_do_not_exist_are_refused(name: str, text: str) -> None:
    for result in faces(LINE | {name: text}, is_user=False):
        assert isinstance(result, Rejected)
        assert [reason.path for reason in result.reasons] == [name]


@pytest.mark.parametrize("first", [datetime(1, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=timezone.max)])
def test_a_time_before_1900_is_refused_in_every_class(first: datetime) -> None:
    result = PurchaseShape(10_000).encode(LINE | {"createtime": first})
    assert isinstance(result, Rejected)
    assert "from 1900 on" in str(result.reasons[0])


@pytest.mark.parametrize(
    "text", ["1900-01-01 00:00:00", "2024-02-29 23:59:59", "2026-01-01T10:00:00+14:00", "2026-01-31 00:00:00"]
)
def test_times_that_exist_pass(text: str) -> None:
    assert all(isinstance(result, Encoded) for result in faces(LINE | {"createtime": text}, is_user=False))


@pytest.mark.parametrize("text", ["2026-02-30", "0000-00-00", "1899-12-31", "1990-13-01", TOMORROW])
def test_impossible_birthdates_are_refused(text: str) -> None:
    for result in faces({"document": "1", "birthdate": text}, is_user=True):
        assert isinstance(result, Rejected)
        assert [reason.path for reason in result.reasons] == ["birthdate"]


def test_today_and_a_leap_day_are_valid_birthdates() -> None:
    for text in ("1900-01-01", "2000-02-29", today().isoformat()):
        assert all(isinstance(each, Encoded) for each in faces({"document": "1", "birthdate": text}, is_user=True))


@pytest.mark.parametrize("text", ["2026-02-30", "2026-02-30 10:00:00", "2026-01-01 25:00:00"])
def test_a_text_in_the_form_of_a_date_must_be_a_real_date(text: str) -> None:
    assert all(
        isinstance(each, Rejected) for each in faces({"document": "1", "club_inscription_date": text}, is_user=True)
    )
    lines = [LINE["purchase_detail"][0] | {"manufacturer_warranty_date": text}]
    results = [PURCHASES.encode(LINE | {"purchase_detail": lines}),
               PURCHASES.encode(json.dumps(LINE | {"purchase_detail": lines}).encode())]  # fmt: skip
    assert all(isinstance(each, Rejected) for each in results)
    free = {"document": "1", "club_inscription_date": "spring of 2026"}
    assert all(isinstance(each, Encoded) for each in faces(free, is_user=True))
