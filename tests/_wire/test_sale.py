"""When a purchase was made and its total, in all forms of a record."""

import json

import pytest

from tests.support.built import build
from tests.support.official import purchase_line
from woowup_async._wire.sale import NOW, Sale, sale_of
from woowup_async.models import Prices

LINE = purchase_line(createtime="2024-01-01T10:00:00-03:00")
FORMS = [
    LINE,
    json.dumps(LINE).encode(),
    json.dumps(LINE),
    build(prices=Prices(total=9.5), createtime=LINE["createtime"]),
]


@pytest.mark.parametrize("raw", FORMS, ids=["mapping", "bytes", "text", "model"])
def test_forms(raw: object) -> None:
    assert sale_of(raw) == Sale("2024-01-01 10:00:00", 9.5)


@pytest.mark.parametrize("raw", [b"{", b"[]", {}, None, 3, {"prices": 3}, {"prices": {"total": "x"}}, b"\xff"])
def test_what_cannot_be_read(raw: object) -> None:
    assert sale_of(raw) == Sale(NOW, 0.0)


def test_a_purchase_without_a_time_is_the_newest() -> None:
    """The server uses the time at which it gets it."""
    assert sale_of({"prices": {"total": 1}}) == Sale(NOW, 1.0)
    assert sale_of({"createtime": "2024-01-01", "prices": {"total": 1}}) < sale_of({})
