"""Rules of purchases, in addition to those that all shapes share."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import inspect

from tests.support.official import purchase_line
from tests.support.shapes import SHAPE, encoded, raw_line, refused
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async.models import Purchase
from woowup_async.outcomes import Rejected


class TestApprovedtime:
    def test_is_filled_from_createtime_on_demand(self) -> None:
        shape = PurchaseShape(262_144, approvedtime=True)
        for raw in (raw_line(), purchase_line()):
            assert json.loads(encoded(raw, shape).body)["approvedtime"] == "2024-01-01 10:00:00"
        assert "approvedtime" not in json.loads(encoded(raw_line()).body)

    def test_stays_if_it_is_given(self) -> None:
        raw = raw_line(approvedtime="2024-02-02 10:00:00")
        assert encoded(raw, PurchaseShape(262_144, approvedtime=True)).body == raw


@pytest.mark.parametrize("raw", [dict, lambda fields: json.dumps(fields).encode()])
def test_payments_in_a_list_need_their_totals(raw: Any) -> None:
    whole = purchase_line() | {"payment": [{"type": "cash", "total": 1}, {"type": "credit", "total": 0}]}
    assert isinstance(SHAPE.encode(raw(whole)), Encoded)
    (reason,) = refused(raw(whole | {"payment": [{"type": "cash", "total": 1}, {"type": "credit"}]})).reasons
    assert str(reason) == "payment[1].total: is required in a list of payments"


def test_a_time_that_is_filled_in_counts_for_the_size() -> None:
    """The purchase is small enough as given, but not as it would be sent."""
    raw = json.dumps(purchase_line() | {"createtime": "2020-01-01 00:00:00"}, separators=(",", ":")).encode()

    result = PurchaseShape(len(raw) + 5, approvedtime=True).encode(raw)

    assert isinstance(result, Rejected)
    assert result.code == "too_large"


def _patterned(info: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths of all texts of a model that have a pattern."""
    match info:
        case inspect.Metadata():
            yield from _patterned(info.type, path)
        case inspect.StrType() if info.pattern:
            yield path
        case inspect.StructType():
            for each in info.fields:
                yield from _patterned(each.type, (*path, each.name))
        case inspect.ListType():
            yield from _patterned(info.item_type, (*path, 0))
        case inspect.UnionType():
            for option in info.types:
                yield from _patterned(option, path)
        case _:
            pass


def _broken(path: tuple[str | int, ...]) -> dict[str, Any]:
    """Return a purchase with an invalid text at a path, and all the other fields that the path needs."""
    fields = purchase_line(
        createtime="2017-03-23 14:35:22",
        seller={"name": "Ana", "email": "ana@example.com"},
        payment=[{"type": "cash", "total": 1}] if 0 in path else {"type": "cash"},
    )
    inner: Any = fields
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = "\n"
    return fields


@pytest.mark.parametrize("path", sorted(set(_patterned(inspect.type_info(Purchase))), key=str), ids=str)
def test_each_pattern_of_a_purchase_is_checked_outside_the_decoder(path: tuple[str | int, ...]) -> None:
    fields = _broken(path)
    for raw in (json.dumps(fields).encode(), fields):
        (reason,) = refused(raw).reasons
        assert reason.path.replace("[0]", ".0") == ".".join(map(str, path))


def test_digits_of_other_scripts_are_not_a_time() -> None:
    (reason,) = refused(raw_line(createtime="٢٠١٧-03-23 14:35:22")).reasons
    assert reason.path == "createtime"
