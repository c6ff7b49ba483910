"""Rows of other libraries as records: pandas, numpy, polars, databases, dataclasses and pydantic."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pydantic
import pytest

from tests.support.hostile_values import Silent
from woowup_async._wire.identity import identifiers_of
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.rows import fields_of
from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import UserShape
from woowup_async.outcomes import Rejected

SHAPE = UserShape(262_144)
FRAME = pd.DataFrame(
    {
        "email": ["ana@b.co", "eva@b.co"],
        "first_name": ["Ana", None],
        "points": [3.0, np.nan],
        "birthdate": [pd.Timestamp("1990-02-01"), pd.NaT],
    }
)
ANA = {"email": "ana@b.co", "first_name": "Ana", "points": 3, "birthdate": "1990-02-01"}
EVA = {"email": "eva@b.co"}


def sent(record: object) -> Any:
    """Return the body of a user, in which no name was unknown."""
    result = SHAPE.encode(record)
    assert isinstance(result, Encoded), result
    assert not result.unknown
    return json.loads(result.body)


class TestPandas:
    def test_series(self) -> None:
        assert [sent(row) for _, row in FRAME.iterrows()] == [ANA, EVA]

    def test_tuples(self) -> None:
        assert [sent(row) for row in FRAME.itertuples(index=False)] == [ANA, EVA]

    def test_nan_in_a_dict_is_refused_since_json_has_none(self) -> None:
        first, second = FRAME.to_dict("records")
        assert sent(first) == ANA
        refused = SHAPE.encode(second)
        assert isinstance(refused, Rejected)
        assert "points" in {reason.path for reason in refused.reasons}

    def test_nullable_types(self) -> None:
        frame = FRAME.convert_dtypes().assign(gender=pd.Categorical(["f", None]))
        assert [sent(row) for _, row in frame.iterrows()] == [ANA | {"gender": "f"}, EVA]


class TestNumpy:
    ROWS = np.array(
        [("ana@b.co", "Ana", 3.0, "1990-02-01"), ("eva@b.co", "", np.nan, "NaT")],
        [("email", "U20"), ("first_name", "U9"), ("points", "f8"), ("birthdate", "M8[D]")],
    )

    @pytest.mark.parametrize("rows", [ROWS, ROWS.view(np.recarray)], ids=["structured", "recarray"])
    def test_rows(self, rows: Any) -> None:
        assert [sent(row) for row in rows] == [ANA, EVA | {"first_name": ""}]


def test_polars() -> None:
    frame = pl.DataFrame(
        {
            "email": ["ana@b.co", "eva@b.co"], "first_name": ["Ana", None], "points": [3, None],
            "birthdate": [date(1990, 2, 1), None], "custom_attributes": [{"a": Decimal("1.50")}, None],
        }
    )  # fmt: skip
    first, second = frame.iter_rows(named=True)
    assert sent(first) == ANA | {"custom_attributes": {"a": 1.5}}
    assert sent(second) == EVA
    encoded = SHAPE.encode(first)
    assert isinstance(encoded, Encoded)
    assert b'"a":1.50' in encoded.body


def test_a_row_of_a_database() -> None:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    row = database.execute("SELECT 'ana@b.co' AS email, NULL AS points").fetchone()
    database.close()
    assert sent(row) == {"email": "ana@b.co"}


@dataclass
class Customer:
    email: str
    points: float | None = None


class Pair(NamedTuple):
    email: str
    points: float


class Row(Sequence[Any]):
    """Like a row of SQLAlchemy, which is not a tuple."""

    def _asdict(self) -> dict[str, Any]:
        return {"email": "ana@b.co", "points": 3.0}

    def __getitem__(self, place: Any) -> Any:
        return [*self._asdict().values()][place]

    def __len__(self) -> int:
        return 2


@pytest.mark.parametrize("row", [Customer("ana@b.co", 3), Pair("ana@b.co", 3), Row()])
def test_dataclasses_and_tuples_with_names(row: object) -> None:
    assert sent(row) == {"email": "ana@b.co", "points": 3}


class Channel(Enum):
    WEB = "web"


class Line(pydantic.BaseModel):
    sku: str
    quantity: int
    unit_price: Decimal


class Order(pydantic.BaseModel):
    """An order with a name of its own for a field."""

    mail: str = pydantic.Field(alias="email")
    number: UUID = pydantic.Field(serialization_alias="invoice_number")
    lines: list[Line] = pydantic.Field(serialization_alias="purchase_detail")
    prices: dict[str, Decimal]
    channel: Channel = Channel.WEB
    seller: str | None = None


class TestPydantic:
    ORDER = Order(
        email="ana@b.co",
        number=UUID(int=7),
        lines=[Line(sku="AB", quantity=1, unit_price=Decimal("1.50"))],
        prices={"total": Decimal("1.50")},
    )

    def test_a_model_by_its_aliases_with_exact_decimals(self) -> None:
        encoded = PurchaseShape(262_144, strict=True).encode(self.ORDER)
        assert isinstance(encoded, Encoded)
        assert encoded.key == str(UUID(int=7))
        assert b'"unit_price":1.50' in encoded.body
        fields = json.loads(encoded.body)
        assert fields.keys() == {"email", "invoice_number", "purchase_detail", "prices", "channel"}
        assert fields["channel"] == "web"

    def test_its_customer_is_found(self) -> None:
        assert identifiers_of(self.ORDER) == ("email:ana@b.co",)

    def test_a_root_that_is_a_list_is_no_record(self) -> None:
        assert isinstance(SHAPE.encode(pydantic.RootModel[list[int]]([1])), Rejected)


class Failing:
    def keys(self) -> Iterator[str]:
        raise RuntimeError("the connection is closed")

    def __getitem__(self, name: str) -> str:
        return name


class TestOthers:
    @pytest.mark.parametrize(
        "value",
        [FRAME, FRAME["email"], pl.from_pandas(FRAME[["email"]]), TestNumpy.ROWS, Customer, Order, ("a", "b"), ["a"], 5,
         None, "ana@b.co", object(), Silent()],
        ids=lambda value: type(value).__name__,
    )  # fmt: skip
    def test_they_are_refused_one_by_one(self, value: object) -> None:
        refused = SHAPE.encode(value)
        assert isinstance(refused, Rejected)
        assert refused.by == "client"

    @pytest.mark.parametrize("table", [FRAME, pl.from_pandas(FRAME[["email"]])], ids=["pandas", "polars"])
    def test_a_table_is_not_read_as_one_record(self, table: object) -> None:
        assert fields_of(table) is None

    def test_a_row_that_fails_harms_itself_only(self) -> None:
        refused = SHAPE.encode(Failing())
        assert isinstance(refused, Rejected)
        assert "cannot be encoded: RuntimeError" in str(refused.reasons)
        assert fields_of(Failing()) is None
        assert identifiers_of(Failing()) == ()

    def test_a_refused_row_is_salvaged(self) -> None:
        saved = SHAPE.salvaged(FRAME.assign(gender="?").iloc[0])
        assert saved is not None
        assert json.loads(saved.body) == {"email": "ana@b.co", "first_name": "Ana"}
        assert set(saved.left_out) == {"points", "birthdate", "gender"}

    def test_the_last_word_of_days(self) -> None:
        line = {"sku": "AB", "quantity": 1, "unit_price": 1, "manufacturer_warranty_date": pd.Timestamp("2027-01-02")}
        order = {"email": "a@b.co", "invoice_number": 1, "prices": {"total": 1}, "purchase_detail": [None, line]}
        encoded = PurchaseShape(262_144).encode(order)
        assert isinstance(encoded, Encoded)
        assert json.loads(encoded.body)["purchase_detail"] == [line | {"manufacturer_warranty_date": "2027-01-02"}]
