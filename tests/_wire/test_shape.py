"""Records become bytes: valid JSON is sent unchanged, other records are encoded, and bad ones have reasons."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.official import purchase_line
from tests.support.shapes import encoded, raw_line, refused
from woowup_async._wire.checks import without_nulls
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.user_shape import UserShape
from woowup_async.models import Prices, Purchase, PurchaseItem, User


class TestRawJson:
    def test_valid_json_is_sent_unchanged(self) -> None:
        raw = b"  " + raw_line(purchase_detail=[{"sku": "AB", "quantity": 1, "unit_price": 1.50}]) + b"\n"
        result = encoded(raw)
        assert result.body == raw.strip()
        assert not result.rewritten

    def test_an_integer_invoice_number_is_sent_as_a_string(self) -> None:
        result = encoded(raw_line(invoice_number=7, branch_name="B"))
        assert json.loads(result.body)["invoice_number"] == "7"
        assert (result.key, result.rewritten) == ("B/7", True)

    def test_nulls_are_left_out_and_digits_kept(self) -> None:
        raw = raw_line().replace(b'"total": 9.5', b'"total": 9.500, "tax": null')
        result = encoded(raw)
        assert b'"total":9.500' in result.body
        assert b"null" not in result.body
        assert result.rewritten

    def test_null_inside_a_text_changes_nothing(self) -> None:
        raw = raw_line(branch_name="null")
        assert encoded(raw).body == raw

    @pytest.mark.parametrize("value", [{"a": [1, "x", True, 2.5]}, {"a": {"b": [1, {"c": 2}]}}, {"a": [[1]]}, {}])
    @pytest.mark.parametrize("name", ["metadata", "custom_attributes"])
    def test_free_attributes_of_any_depth_are_sent_unchanged(self, name: str, value: object) -> None:
        raw = raw_line(**{name: value})
        assert (encoded(raw).body, encoded(raw).rewritten) == (raw, False)

    @pytest.mark.parametrize("value", [{"a": None}, {"a": [None]}, {"a": {"b": [1, {"c": None}]}}])
    def test_a_null_in_free_attributes_is_left_out_at_any_depth(self, value: object) -> None:
        sent = encoded(raw_line(metadata=value))
        assert sent.rewritten
        assert b"null" not in sent.body

    def test_unknown_members_are_kept_and_named(self) -> None:
        raw = raw_line(create_time="x")
        result = encoded(raw)
        assert result.body == raw
        assert result.unknown == (("create_time", "createtime"),)

    def test_strict_refuses_unknown_members(self) -> None:
        result = refused(raw_line(create_time="x", zzz=1), PurchaseShape(262_144, strict=True))
        assert result.code == "unknown_fields"
        assert [str(reason) for reason in result.reasons] == [
            "create_time: is not a field of the schema; did you mean createtime?",
            "zzz: is not a field of the schema",
        ]

    @pytest.mark.parametrize("raw", [b"", b"{", b'{"a":1}}', b"\xff\xfe", b"[" * 100_000, b'{"a":NaN}'])
    def test_broken_json(self, raw: bytes) -> None:
        assert refused(raw).code == "malformed"

    @pytest.mark.parametrize("raw", [b"[]", b"3", b'"x"', b"null"])
    def test_json_that_is_not_an_object(self, raw: bytes) -> None:
        assert refused(raw).code == "invalid"

    def test_all_reasons_at_once(self) -> None:
        result = refused(raw_line(channel="x", purchase_detail=[{"sku": "A"}]))
        assert [reason.path for reason in result.reasons] == [
            "purchase_detail[0].sku", "purchase_detail[0].quantity", "purchase_detail[0].unit_price", "channel",
        ]  # fmt: skip


class TestSizes:
    def test_measured_on_the_bytes_that_are_sent(self) -> None:
        base = len(encoded(raw_line(branch_name="")).body)
        fits = raw_line(branch_name="x" * (1000 - base))
        shape = PurchaseShape(1000)
        assert len(encoded(fits, shape).body) == 1000
        too_large = refused(raw_line(branch_name="ñ" * 2000), shape)
        assert too_large.code == "too_large"
        assert "bytes as sent, the limit is 1,000" in str(too_large.reasons[0])

    def test_too_long_only_for_spaces_and_escapes(self) -> None:
        padded = json.dumps(purchase_line(branch_name="ñ" * 100), indent=8).encode()
        result = encoded(padded, PurchaseShape(len(padded) - 1))
        assert result.rewritten
        assert json.loads(result.body) == json.loads(padded)
        assert len(result.body) < len(padded)


class TestOtherForms:
    def test_models(self) -> None:
        line = PurchaseItem(sku="AB", quantity=1, unit_price=Decimal("1.50"))
        result = encoded(Purchase(email="a@b.c", invoice_number=3, purchase_detail=[line], prices=Prices(total=1)))
        assert b'"unit_price":1.50' in result.body
        assert (result.key, result.dated, result.rewritten) == ("3", False, False)

    def test_models_with_nulls_in_free_members(self) -> None:
        user = User(document="1", custom_attributes={"a": None, "b": [1, None]})
        assert json.loads(encoded(user, UserShape(1000)).body)["custom_attributes"] == {"b": [1]}

    def test_mappings(self) -> None:
        fields = purchase_line(invoice_number=9, channel=None, prices={"total": Decimal("9.50")})
        assert json.loads(encoded(fields).body, parse_float=Decimal)["prices"]["total"] == Decimal("9.50")
        assert encoded(purchase_line()).key == "F-0001"

    @pytest.mark.parametrize("value", [float("nan"), Decimal("Infinity"), {1, 2}, "\ud800"])
    def test_mappings_that_json_cannot_hold(self, value: object) -> None:
        assert refused(purchase_line(metadata={"x": value})).code == "invalid"

    @pytest.mark.parametrize("raw", [None, 3, "text", [], User(document="1")])
    def test_anything_else_says_what_is_expected(self, raw: object) -> None:
        assert "expected a Purchase, a mapping or the bytes of one JSON object" in str(refused(raw).reasons[0])

    def test_user_keys(self) -> None:
        assert encoded({"email": "a@b.c", "document": "1"}, UserShape(1000)).key == "email:a@b.c"
        assert encoded(b'{"service_uid": "u"}', UserShape(1000)).key == "service_uid:u"

    def test_a_model_that_json_cannot_hold(self) -> None:
        user = User(document="1", custom_attributes={})
        assert user.custom_attributes is not None
        user.custom_attributes["late"] = "\ud800"
        assert refused(user, UserShape(1000)).code == "invalid"


def walk(value: Any) -> list[Any]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [value, *(inner for child in children for inner in walk(child))]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    )
)
def test_without_nulls_leaves_none_and_changes_nothing_else(value: Any) -> None:
    clean = without_nulls(value)
    assert value is None or not any(each is None for each in walk(clean))
    assert without_nulls(clean) == clean


def test_reasons_never_repeat_a_whole_record() -> None:
    result = refused(raw_line(channel="x" * 10_000, email="ana@example.com", prices={}))
    assert len(str(result.reasons)) < 500
    assert "ana@example.com" not in str(result.reasons)


def test_a_line_in_another_encoding_names_it() -> None:
    line = '{"email": "a@b.co", "first_name": "José"}'.encode("cp1252")

    (reason,) = UserShape(262_144).encode(line).reasons  # type: ignore[union-attr]

    assert reason.message == "is not UTF-8, probably cp1252: convert the file to UTF-8"
