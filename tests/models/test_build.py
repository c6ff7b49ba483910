"""What models are built from: mappings in place of nested models, dates and times, and names that do not exist."""

import pickle
from collections import UserDict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.support.built import build, item
from woowup_async.errors import InvalidRecord, UnknownFields
from woowup_async.models import Category, NameValue, Payment, Prices, Purchase, PurchaseItem, Seller, User

LINE: dict[str, Any] = {"sku": "AB", "quantity": 1, "unit_price": Decimal("1.50")}
LIMA = timezone(timedelta(hours=-5))


def names_of(make: Callable[[], object]) -> dict[str, str]:
    """Return the reasons for which a model is not built, by their paths."""
    with pytest.raises(UnknownFields) as raised:
        make()
    return {reason.path: reason.message for reason in raised.value.reasons}


class TestMappings:
    def test_they_become_models_at_every_depth(self) -> None:
        path = ["Ropa", {"id": "7", "name": "Abrigo"}]
        purchase = build(
            purchase_detail=[LINE | {"category": path, "variations": ({"name": "Talle", "value": "M"},)}, item()],
            prices=UserDict({"total": 3}),
            payment={"type": "cash"},
            seller={"name": "Eva", "email": "eva@b.co"},
        )
        assert purchase == build(
            purchase_detail=[
                PurchaseItem(
                    **LINE,
                    category=["Ropa", Category(id="7", name="Abrigo")],
                    variations=[NameValue(name="Talle", value="M")],
                ),
                item(),
            ],
            prices=Prices(total=3),
            payment=Payment(type="cash"),
            seller=Seller(name="Eva", email="eva@b.co"),
        )
        assert b'"unit_price":1.50' in msgspec.json.Encoder(decimal_format="number").encode(purchase)

    def test_one_of_several_payments(self) -> None:
        payments = build(payment=[Payment(type="cash", total=1), {"type": "debit", "total": 2}]).payment
        assert payments == [Payment(type="cash", total=1), Payment(type="debit", total=2)]

    def test_what_is_wrong_in_them_has_its_path(self) -> None:
        with pytest.raises(InvalidRecord) as raised:
            build(purchase_detail=[item(), {"sku": "AB", "quantity": 1.5}], payment=[{"type": "cash"}])
        paths = {reason.path for reason in raised.value.reasons}
        assert paths == {"purchase_detail[1].quantity", "purchase_detail[1].unit_price", "payment[0].total"}

    def test_none_in_them_is_absent(self) -> None:
        purchase = build(purchase_detail=[None, LINE | {"brand": None}], prices={"total": 1, "tax": None})
        assert purchase.purchase_detail == [PurchaseItem(**LINE)]
        assert purchase.prices == Prices(total=1)

    def test_free_attributes_stay_as_they_are(self) -> None:
        attributes = {"a": {"b": [date(2026, 1, 2)]}, "when": datetime(2026, 1, 2, tzinfo=LIMA)}
        purchase = build(purchase_detail=[LINE | {"custom_attributes": attributes}], metadata=attributes)
        assert purchase.metadata == purchase.purchase_detail[0].custom_attributes == attributes

    def test_the_given_ones_are_not_changed_or_kept(self) -> None:
        prices, lines = {"total": 1}, [LINE]
        purchase = build(prices=prices, purchase_detail=lines)
        lines.append(LINE)
        assert (prices, len(purchase.purchase_detail)) == ({"total": 1}, 1)
        assert pickle.loads(pickle.dumps(purchase)) == purchase


class TestDatesAndTimes:
    def test_in_a_nested_mapping(self) -> None:
        days = {"manufacturer_warranty_date": date(2027, 1, 2), "extension_warranty_date": datetime(2027, 1, 3)}  # noqa: DTZ001
        (line,) = build(purchase_detail=[LINE | days]).purchase_detail
        assert (line.manufacturer_warranty_date, line.extension_warranty_date) == ("2027-01-02", "2027-01-03")

    def test_a_time_is_written_in_utc_beside_a_mapping(self) -> None:
        purchase = build(prices={"total": 1}, createtime=datetime(2026, 1, 1, 23, tzinfo=LIMA))
        assert purchase.createtime == "2026-01-02 04:00:00"

    @pytest.mark.parametrize("midnight", [datetime(1990, 2, 1), datetime(1990, 2, 1, fold=1)])  # noqa: DTZ001
    def test_midnight_without_a_zone_is_a_day(self, midnight: datetime) -> None:
        assert User(document="1", birthdate=midnight).birthdate == "1990-02-01"

    @pytest.mark.parametrize(
        "moment",
        [
            datetime(1990, 2, 1, 12),  # noqa: DTZ001
            datetime(1990, 2, 1, 0, 0, 1),  # noqa: DTZ001
            datetime(1990, 2, 1, 0, 0, 0, 1),  # noqa: DTZ001
            datetime(1990, 2, 1, tzinfo=UTC),
            datetime(1890, 2, 1),  # noqa: DTZ001
        ],
    )
    def test_any_other_time_is_not(self, moment: datetime) -> None:
        with pytest.raises(InvalidRecord, match="birthdate: expected a day"):
            User(document="1", birthdate=moment)

    def test_a_time_without_a_zone_is_refused(self) -> None:
        with pytest.raises(InvalidRecord, match=r"createtime: .* or an aware datetime"):
            build(createtime=datetime(2026, 1, 1), prices={"total": 1})  # noqa: DTZ001

    @pytest.mark.parametrize("points", [2.0, Decimal("2.0")])
    def test_a_whole_number_is_an_integer_beside_a_mapping(self, points: Any) -> None:
        found = build(points=points, prices={"total": 1}).points
        assert (found, type(found)) == (2, int)


class TestNames:
    def test_the_probable_field_comes_first(self) -> None:
        found = names_of(lambda: User(emial="a@b.co", points=1.5))  # type: ignore[call-arg]
        assert [*found] == ["emial", "points", ""]
        assert found["emial"] == "is not a field of the schema; did you mean email?"

    def test_in_nested_mappings(self) -> None:
        found = names_of(
            lambda: build(purchase_detail=[item(), LINE | {"unitprice": 1}], prices={"total": 1, "vat": 2})
        )
        assert found["purchase_detail[1].unitprice"].endswith("did you mean unit_price?")
        assert found["prices.vat"] == "is not a field of the schema"

    @pytest.mark.parametrize("nothing", [{"prices": {"total": 1, "tex": None}}, {"tex": None}])
    def test_also_with_none(self, nothing: dict[str, Any]) -> None:
        assert len(names_of(lambda: build(**nothing))) == 1

    def test_it_is_an_error_of_both_kinds(self) -> None:
        for kind in (TypeError, ValueError):
            with pytest.raises(kind, match="did you mean createtime"):
                Purchase(create_time="2026-01-01 00:00:00")  # type: ignore[call-arg]
