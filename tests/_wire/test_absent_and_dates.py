"""Absent identifiers and impossible days, in each face: models, mappings and raw JSON."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.support.official import purchase_line
from woowup_async._clock import today
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import InvalidRecord
from woowup_async.models import Purchase, User
from woowup_async.outcomes import Rejected

PURCHASES, USERS = PurchaseShape(262_144), UserShape(262_144)
WORDS = ["", " ", "\u200b", "\xa0\ufeff", "NULL", "null", "\\N", "None", "nan", " NaN\u200b"]
NAMES = ["service_uid", "email", "document", "telephone"]
LINE = purchase_line(1)


def built(model: Callable[..., Any], fields: dict[str, Any]) -> Any:
    """A model, or why there is none."""
    try:
        return model(**fields)
    except InvalidRecord as error:
        return error


def faces(fields: dict[str, Any], *, is_user: bool) -> list[Encoded | Rejected]:
    """What becomes of a record as a mapping, as raw JSON and as a model."""
    shape, model = (USERS, User) if is_user else (PURCHASES, Purchase)
    nested = {} if is_user else {"purchase_detail": _lines(fields), "prices": _prices(fields)}
    one = built(model, fields | nested)
    reasons = Rejected("client", "invalid", one.reasons) if isinstance(one, InvalidRecord) else None
    return [shape.encode(fields), shape.encode(json.dumps(fields).encode()), reasons or shape.encode(one)]


def _lines(fields: dict[str, Any]) -> Any:
    from woowup_async.models import PurchaseItem

    return [PurchaseItem(**line) for line in fields["purchase_detail"]]


def _prices(fields: dict[str, Any]) -> Any:
    from woowup_async.models import Prices

    return Prices(**fields["prices"])


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_user", [True, False])
class TestIdentifiers:
    def test_alone_it_has_no_identifier(self, name: str, word: str, is_user: bool) -> None:
        fields = ({} if is_user else {key: value for key, value in LINE.items() if key != "email"}) | {name: word}
        mapping, raw, model = faces(fields, is_user=is_user)
        for result in (mapping, raw, model):
            assert isinstance(result, Rejected)
        for result in (mapping, raw):
            assert isinstance(result, Rejected)
            assert name in [reason.path for reason in result.reasons]

    def test_beside_a_real_one_it_is_left_out(self, name: str, word: str, is_user: bool) -> None:
        real = "document" if name == "email" else "email"
        rest = {} if is_user else {key: value for key, value in LINE.items() if key != "email"}
        results = faces(rest | {real: "ana@b.co", name: word}, is_user=is_user)
        for result in results:
            assert isinstance(result, Encoded), result
            assert name not in json.loads(result.body)
        assert results[1].rewritten  # type: ignore[union-attr]


@pytest.mark.parametrize("word", WORDS)
def test_an_invoice_number_that_says_nothing_is_refused(word: str) -> None:
    for result in (PURCHASES.encode(LINE | {"invoice_number": word}),
                   PURCHASES.encode(json.dumps(LINE | {"invoice_number": word}).encode())):  # fmt: skip
        assert isinstance(result, Rejected)
        assert [reason.path for reason in result.reasons] == ["invoice_number"]


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
]


@pytest.mark.parametrize("name", ["createtime", "approvedtime"])
@pytest.mark.parametrize("text", TIMES)
def test_times_that_do_not_exist_are_refused(name: str, text: str) -> None:
    for result in faces(LINE | {name: text}, is_user=False):
        assert isinstance(result, Rejected)
        assert [reason.path for reason in result.reasons] == [name]


@pytest.mark.parametrize("text", ["2024-02-29 23:59:59", "2026-01-01T10:00:00+14:00", "2026-01-31 00:00:00"])
def test_times_that_exist_pass(text: str) -> None:
    assert all(isinstance(result, Encoded) for result in faces(LINE | {"createtime": text}, is_user=False))


@pytest.mark.parametrize("text", ["2026-02-30", "0000-00-00", "1899-12-31", "1990-13-01", TOMORROW])
def test_nobody_is_born_on_such_a_day(text: str) -> None:
    for result in faces({"document": "1", "birthdate": text}, is_user=True):
        assert isinstance(result, Rejected)
        assert [reason.path for reason in result.reasons] == ["birthdate"]


def test_one_can_be_born_today_and_on_a_leap_day() -> None:
    for text in ("1900-01-01", "2000-02-29", today().isoformat()):
        assert all(isinstance(each, Encoded) for each in faces({"document": "1", "birthdate": text}, is_user=True))


@pytest.mark.parametrize("text", ["2026-02-30", "2026-02-30 10:00:00", "2026-01-01 25:00:00"])
def test_dates_of_no_stated_form_must_exist_where_they_look_like_one(text: str) -> None:
    assert all(
        isinstance(each, Rejected) for each in faces({"document": "1", "club_inscription_date": text}, is_user=True)
    )
    lines = [LINE["purchase_detail"][0] | {"manufacturer_warranty_date": text}]
    results = [PURCHASES.encode(LINE | {"purchase_detail": lines}),
               PURCHASES.encode(json.dumps(LINE | {"purchase_detail": lines}).encode())]  # fmt: skip
    assert all(isinstance(each, Rejected) for each in results)
    free = {"document": "1", "club_inscription_date": "spring of 2026"}
    assert all(isinstance(each, Encoded) for each in faces(free, is_user=True))


def test_names_that_nobody_knows_are_compared_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, inner = list[str](), difflib.get_close_matches

    def counted(word: str, *args: Any, **kwargs: Any) -> list[str]:
        calls.append(word)
        found: list[str] = inner(word, *args, **kwargs)
        return found

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    result = PurchaseShape(10**6).encode(
        LINE | ({f"field_{number}": 1 for number in range(15_000)} | {"x" * 50_000: 1})
    )
    assert isinstance(result, Encoded)
    assert len(result.unknown) == 15_001
    assert len(calls) <= 20
    assert max(map(len, calls)) <= 60
