"""`Purchase`: the rules of the purchases page, when it is built and when it is decoded, with all reasons."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.built import build, item
from tests.support.official import examples_of_the_pages, purchase_line, sample
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async.errors import InvalidRecord
from woowup_async.models import Collection, NameValue, Payment, Promotion, Purchase, Seller
from woowup_async.models._examine import examine

NAMES = ["email", "invoice_number", "purchase_detail", "prices", "payment", "channel", "seller", "points", "createtime",
         "custom_attributes", "branch_name"]  # fmt: skip
INNER = ["sku", "quantity", "unit_price", "email", "type", "total", "name", "value", "id"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    SCALARS | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=4),
    max_leaves=6,
)


def reasons(excinfo: pytest.ExceptionInfo[InvalidRecord]) -> dict[str, str]:
    return {reason.path: reason.message for reason in excinfo.value.reasons}


class TestOfficialExamples:
    def test_they_are_valid_and_encoded_unchanged(self) -> None:
        """Both examples and the two of the bulk request are encoded as equal JSON."""
        examples = [sample("purchase"), sample("purchase_update"), *sample("purchases_bulk")]
        assert len(examples) == 4
        for example in examples:
            purchase = msgspec.json.decode(json.dumps(example).encode(), type=Purchase)
            assert json.loads(msgspec.json.encode(purchase)) == example
            assert examine(Purchase, example).reasons == []

    def test_the_samples_equal_those_of_the_pages(self) -> None:
        for name, example in examples_of_the_pages().items():
            assert sample(name) == example


class TestConstruction:
    def test_every_reason_has_its_path(self) -> None:
        with pytest.raises(InvalidRecord) as excinfo:
            build(email=None, channel="shop", prices={"tax": 1}, purchase_detail=[item(), "x"], points=1.5)
        found = reasons(excinfo)
        assert set(found) == {"", "channel", "prices.total", "purchase_detail[1]", "points"}
        assert "service_uid, email, document, telephone" in found[""]
        assert found["channel"].startswith("expected one of 'corporate'")

    @pytest.mark.parametrize("sku", ["7", "-AB", "A.1", "12/3", "AB C", "1ñ", "AB\n", ""])
    def test_refuses_skus_that_the_schema_refuses(self, sku: str) -> None:
        """Q22: a SKU has at least two characters of letters, digits, _, % and -, and no trailing newline."""
        with pytest.raises(InvalidRecord) as excinfo:
            item(sku=sku)
        assert set(reasons(excinfo)) == {"sku"}

    @pytest.mark.parametrize("sku", ["85123A", "_%", "ñA", " A", "a-b%c_1"])
    def test_takes_skus_that_the_schema_takes(self, sku: str) -> None:
        assert item(sku=sku).sku == sku

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"), "1", True])
    def test_refuses_a_value_that_is_not_a_finite_number(self, value: object) -> None:
        with pytest.raises(InvalidRecord, match="unit_price: expected a finite number"):
            item(unit_price=value)

    @pytest.mark.parametrize("quantity", [0, -3, 10**6])
    def test_quantities_are_whole_and_have_no_minimum(self, quantity: int) -> None:
        assert item(quantity=quantity).quantity == quantity

    @pytest.mark.parametrize("quantity", [0.35, 1.0, "1", True])
    def test_refuses_fractional_quantities(self, quantity: object) -> None:
        with pytest.raises(InvalidRecord, match="quantity: expected an integer"):
            item(quantity=quantity)

    def test_invoice_number_becomes_a_string(self) -> None:
        assert build(invoice_number=42).invoice_number == "42"
        assert build(invoice_number="0042").invoice_number == "0042"

    @pytest.mark.parametrize("number", [True, 1.5, "", None])
    def test_refuses_other_invoice_numbers(self, number: object) -> None:
        with pytest.raises(InvalidRecord, match="invoice_number"):
            build(invoice_number=number)

    def test_needs_a_line(self) -> None:
        with pytest.raises(InvalidRecord, match="purchase_detail: needs at least 1 element"):
            build(purchase_detail=[])

    def test_payments_in_a_list_need_totals(self) -> None:
        """Q26: a payment that is an object needs only its type."""
        assert build(payment=Payment(type="cash")).payment is not None
        with pytest.raises(InvalidRecord, match=r"payment\[1\]\.total: is required in a list of payments"):
            build(payment=[Payment(type="cash", total=0), Payment(type="debit")])

    @pytest.mark.parametrize("digits", ["12345", "1234567", "12345a", 123456])
    def test_card_digits_are_six(self, digits: object) -> None:
        with pytest.raises(InvalidRecord, match="card_first_digits: expected exactly six digits"):
            Payment(type="credit", card_first_digits=digits)  # type: ignore[arg-type]

    @pytest.mark.parametrize("installments", [1.5, "12"])
    def test_installments_are_whole(self, installments: object) -> None:
        with pytest.raises(InvalidRecord, match="installments: expected an integer"):
            Payment(type="credit", installments=installments)  # type: ignore[arg-type]

    def test_seller_needs_an_address(self) -> None:
        with pytest.raises(InvalidRecord, match="email: expected an e-mail address"):
            Seller(name="S", email="none")

    def test_attributes_have_only_json_values(self) -> None:
        with pytest.raises(InvalidRecord) as excinfo:
            item(custom_attributes={"a": [1, float("nan")], "b": {1: 2}, "c": object(), "d": "\ud800"})
        assert set(reasons(excinfo)) == {f"custom_attributes.{path}" for path in ("a[1]", "b", "c", "d")}

    def test_an_unknown_field_is_a_programming_error(self) -> None:
        with pytest.raises(TypeError, match="vale: is not a field of the schema; did you mean value?"):
            NameValue(name="a", value="b", vale="c")  # type: ignore[call-arg]

    def test_is_frozen_and_leaves_out_unset_fields(self) -> None:
        purchase = build(points=None)
        with pytest.raises(AttributeError):
            purchase.points = 3
        assert b"points" not in msgspec.json.encode(purchase)
        assert "points" not in repr(purchase)


class TestExamination:
    def test_suggests_names(self) -> None:
        line = {"sku": "AB", "quantity": 1, "unit_price": 1, "unitprice": 2}
        found = examine(Purchase, purchase_line(create_time="x", purchase_detail=[line]))
        assert found.unknown == {"create_time": "createtime", "purchase_detail[].unitprice": "unit_price"}
        assert found.reasons == []

    def test_null_means_absent_and_keeps_indices(self) -> None:
        fields = purchase_line(channel=None, purchase_detail=[None, {"sku": "AB"}])
        assert [reason.path for reason in examine(Purchase, fields).reasons] == [
            "purchase_detail[1].quantity",
            "purchase_detail[1].unit_price",
        ]

    @pytest.mark.parametrize("value", [[], "text", 3, None])
    def test_values_that_are_not_objects(self, value: object) -> None:
        assert len(examine(Purchase, value).reasons) == 1

    def test_odd_names_and_shapes(self) -> None:
        fields = purchase_line(seller=3, metadata=[1], category={}, available="yes") | {7: 1}
        found = {reason.path for reason in examine(Purchase, fields).reasons}
        assert found == {"seller", "metadata", ""}

    def test_long_values_are_cut(self) -> None:
        with pytest.raises(InvalidRecord) as excinfo:
            build(channel="x" * 500)
        assert len(str(excinfo.value)) < 300

    @given(JSON, st.sampled_from(NAMES))
    def test_agrees_with_the_decoder(self, value: Any, name: str) -> None:
        """For any value of a field, `examine` finds a reason if and only if the compiled decoder refuses it."""
        fields = purchase_line() | {name: value}
        decodes = True
        try:
            msgspec.json.decode(msgspec.json.encode(fields), type=Purchase)
        except msgspec.ValidationError:
            decodes = False
        found = examine(Purchase, fields)
        has_null = "null" in json.dumps(fields)
        if not has_null:
            assert decodes == (not found.reasons and not found.unknown)
        elif found.reasons and not found.unknown:
            assert not decodes


class TestBesideThePage:
    """Fields that the vendor's newest client sends. With a longer text in them, the server would drop the purchase."""

    @pytest.mark.parametrize(
        ("model", "name", "external_id"),
        [(Promotion, 255, 128), (Collection, 256, 64)],
        ids=["promotion", "collection"],
    )
    def test_lengths(self, model: Any, name: int, external_id: int) -> None:
        assert model(name="ñ" * name, external_id="x" * external_id).name == "ñ" * name
        for wrong in ({"name": "ñ" * (name + 1)}, {"name": ""}, {"name": "a", "external_id": "x" * (external_id + 1)}):
            with pytest.raises(InvalidRecord, match=f"1 to ({name}|{external_id}) characters"):
                model(**wrong)

    def test_they_are_known_names_and_are_checked_in_raw_json(self) -> None:
        line = purchase_line()["purchase_detail"][0]
        for text, is_good in (("Verano", True), ("x" * 257, False)):
            fields = purchase_line(
                promotion=[{"name": text[:255], "external_id": "7"}],
                purchase_detail=[line | {"collection": [{"name": text}]}],
                points=2.0,
            )
            encoded = PurchaseShape(262_144).encode(json.dumps(fields).encode())
            assert isinstance(encoded, Encoded) == is_good, encoded
            if isinstance(encoded, Encoded):
                assert (encoded.unknown, json.loads(encoded.body)) == ((), fields | {"points": 2})
