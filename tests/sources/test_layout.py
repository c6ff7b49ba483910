"""Files without a mapping: the API's own names, and the vendor's sample, without losing an invoice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from woowup_async._flow import Entity, Record
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import SourceError
from woowup_async.sources import open_source

NAMED = """\
invoice_number;Branch Name;email;createtime;total;shipping;points;sku;quantity;unit_price;category;variation_Talle;\
seller_name;seller_email;custom_attributes.cupón
1;Centro;a@b.co;2020-01-01;5;1.5;7;AB;1;2.5;Ropa > Remera;M;Eva;e@x.co;VERANO
1;Centro;a@b.co;2020-01-01;5;1.5;7;AC;1;2.5;;;Eva;e@x.co;VERANO
"""


def line(invoice: int, sku: str, quantity: str = "1", price: str = "10.50", discount: str = ".00") -> str:
    """Return a row like those of the vendor's sample: 24 columns, no header."""
    return (
        f"Centro,2018-03-05,{invoice},{sku},Remera lisa,Hombre,12,33,Remera,1,Azul,M,x,"
        f'"Gómez, Ana",NA,ana@x.com,{quantity},{price},,{discount},100.00,FC,Visa,Galicia'
    )


SAMPLE = [line(376, "AB1"), *(line(377, f"AB{n}", "2", "10.50", "1.00") for n in range(5)), line(378, "AB1", "-1")]


async def read(path: Path, entity: Entity = Entity.PURCHASE) -> list[Record]:
    return [record async for record in open_source(path, entity, layout="woowup")]


def written(tmp_path: Path, name: str, text: str) -> Path:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


class TestTheSample:
    async def test_the_last_invoice_is_there_and_no_rows_are_mixed(self, tmp_path: Path) -> None:
        path = written(tmp_path, "ventas.csv", "\n".join(SAMPLE))

        found = await read(path)

        assert [(record.raw["invoice_number"], record.rows) for record in found] == [("376", 1), ("377", 5), ("378", 1)]
        assert [record.raw["prices"]["total"] for record in found] == [Decimal("10.50"), Decimal(100), Decimal("10.50")]
        assert [[row["sku"] for row in record.raw["purchase_detail"]] for record in found] == [
            ["AB1"], ["AB0", "AB1", "AB2", "AB3", "AB4"], ["AB1"],
        ]  # fmt: skip
        assert all(isinstance(PurchaseShape(262_144, strict=True).encode(record.raw), Encoded) for record in found)

    async def test_an_unsorted_one_gives_the_same_invoices(self, tmp_path: Path) -> None:
        path = written(tmp_path, "ventas.csv", "\n".join([SAMPLE[1], SAMPLE[0], SAMPLE[6], *SAMPLE[2:6]]))

        assert {record.raw["invoice_number"]: record.rows for record in await read(path)} == {
            "376": 1,
            "377": 5,
            "378": 1,
        }

    async def test_every_column_with_a_name_is_sent(self, tmp_path: Path) -> None:
        (record, *_) = await read(written(tmp_path, "ventas.csv", "\n".join(SAMPLE)))

        assert record.raw == {
            "branch_name": "Centro", "invoice_number": "376", "createtime": "2018-03-05 00:00:00", "email": "ana@x.com",
            "prices": {"gross": Decimal("10.50"), "discount": Decimal(0), "total": Decimal("10.50")},
            "purchase_detail": [{
                "sku": "AB1", "product_name": "Remera lisa", "quantity": 1, "unit_price": Decimal("10.50"),
                "category": ["Hombre", "12"],
                "variations": [{"name": "Linea", "value": "Hombre"}, {"name": "Color", "value": "Azul"},
                               {"name": "Talle", "value": "M"}],
            }],
        }  # fmt: skip

    async def test_its_customers(self, tmp_path: Path) -> None:
        (record,) = await read(written(tmp_path, "ventas.csv", "\n".join(SAMPLE)), Entity.USER)

        assert record.raw == {"email": "ana@x.com", "first_name": "Gómez, Ana"}


class TestTheApisNames:
    async def test_purchases(self, tmp_path: Path) -> None:
        (record,) = await read(written(tmp_path, "ventas_1.csv", NAMED))

        assert record.raw == {
            "invoice_number": "1", "branch_name": "Centro", "email": "a@b.co", "createtime": "2020-01-01 00:00:00",
            "prices": {"total": Decimal(5), "shipping": Decimal("1.5")}, "points": 7,
            "seller": {"name": "Eva", "email": "e@x.co"}, "custom_attributes": {"cupón": "VERANO"},
            "purchase_detail": [
                {"sku": "AB", "quantity": 1, "unit_price": Decimal("2.5"), "category": ["Ropa", "Remera"],
                 "variations": [{"name": "Talle", "value": "M"}]},
                {"sku": "AC", "quantity": 1, "unit_price": Decimal("2.5")},
            ],
        }  # fmt: skip
        assert isinstance(PurchaseShape(262_144, strict=True).encode(record.raw), Encoded)

    async def test_users_of_a_file_of_purchases_take_no_points_of_a_purchase(self, tmp_path: Path) -> None:
        (record,) = await read(written(tmp_path, "ventas_1.csv", NAMED), Entity.USER)

        assert record.raw == {"email": "a@b.co"}

    async def test_users(self, tmp_path: Path) -> None:
        text = "Service_UID,EMAIL,first name,points,custom_attributes.talle\n7,a@b.co,Ana,3,M\n"
        (record,) = await read(written(tmp_path, "clientes.csv", text), Entity.USER)

        assert record.raw == {
            "service_uid": "7", "email": "a@b.co", "first_name": "Ana", "points": 3,
            "custom_attributes": {"talle": "M"},
        }  # fmt: skip
        assert isinstance(UserShape(262_144, strict=True).encode(record.raw), Encoded)

    async def test_payments_from_the_file_in_the_same_folder(self, tmp_path: Path) -> None:
        path = written(tmp_path, "ventas_20240101.csv", NAMED)
        written(
            tmp_path,
            "payments_20240101.csv",
            "invoice_number;branch_name;type;brand;Bank;Total;Installments;card_first_digits\n"
            "1;Centro;Credit;visa;Galicia;3;6;123456\n2;Centro;Cash;;;9;;\n1;Centro;Cash;;;2;;\n",
        )
        (record,) = await read(path)

        assert record.raw["payment"] == [
            {"type": "credit", "brand": "visa", "bank": "Galicia", "total": Decimal(3), "installments": 6,
             "card_first_digits": "123456"},
            {"type": "cash", "total": Decimal(2)},
        ]  # fmt: skip

    async def test_payments_in_columns_of_the_file(self, tmp_path: Path) -> None:
        text = NAMED.replace("seller_name;seller_email", "payment_type;payment_total").replace("Eva;e@x.co", "Cash;5")
        (record,) = await read(written(tmp_path, "v.csv", text))

        assert record.raw["payment"] == [{"type": "cash", "total": Decimal(5)}]

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (
                ("createtime", "create_time"),
                r"the column 'create_time', which is not a field of the API: did you mean 'createtime'\?",
            ),
            (("shipping", "loyalty"), "name it custom_attributes.loyalty, remove it, or write a mapping"),
            (("total", "gross"), "no column 'total', which a purchase needs"),
            (
                ("invoice_number;Branch Name;email", "Ana;b;c"),
                "has none of invoice_number, service_uid.* with the API's names$",
            ),
        ],
    )
    async def test_an_unknown_name_is_an_error(self, tmp_path: Path, change: tuple[str, str], said: str) -> None:
        with pytest.raises(SourceError, match=said):
            await read(written(tmp_path, "v.csv", NAMED.replace(*change, 1)))

    async def test_users_need_an_identifier(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="has none of the columns service_uid"):
            await read(written(tmp_path, "c.csv", "invoice_number,first_name\n1,Ana\n"), Entity.USER)


async def test_without_a_layout_a_csv_needs_a_mapping(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a CSV needs a mapping, or a layout"):
        open_source(written(tmp_path, "v.csv", NAMED), Entity.PURCHASE)


class TestHowItIsWritten:
    TEXT = "invoice_number,email,createtime,total,sku,quantity,unit_price\n{rows}"

    async def read(self, tmp_path: Path, rows: str, **how: str) -> list[Record]:
        path = written(tmp_path, "v.csv", self.TEXT.format(rows=rows).replace(",", ";").replace("|", ","))
        return [
            record
            async for record in open_source(path, Entity.PURCHASE, layout="woowup", **how)  # type: ignore[arg-type]
        ]

    async def test_times_are_in_the_named_zone_and_numbers_have_the_named_mark(self, tmp_path: Path) -> None:
        rows = "1,a@b.co,2026-01-31 23:30:05,1.234|50,AB,2,617|25\n2,a@b.co,2026-01-31T23:30:05-0500,3,AB,1,3\n"
        first, second = await self.read(tmp_path, rows, timezone="America/Argentina/Buenos_Aires", decimal=",")
        assert (first.raw["createtime"], first.raw["prices"]["total"]) == ("2026-02-01 02:30:05", Decimal("1234.50"))
        assert first.raw["purchase_detail"][0]["unit_price"] == Decimal("617.25")
        assert second.raw["createtime"] == "2026-02-01 04:30:05"

    async def test_without_them_times_are_in_utc_and_numbers_have_a_point(self, tmp_path: Path) -> None:
        (record,) = await self.read(tmp_path, "1,a@b.co,2026-01-31 23:30:05,1234.50,AB,2,617.25\n")
        assert (record.raw["createtime"], record.raw["prices"]["total"]) == ("2026-01-31 23:30:05", Decimal("1234.50"))

    async def test_the_vendors_sample(self, tmp_path: Path) -> None:
        path = written(tmp_path, "ventas.csv", SAMPLE[0].replace("2018-03-05", "2018-03-05 22:00:00"))
        source = open_source(path, Entity.PURCHASE, layout="woowup", timezone="America/Bogota")
        assert [record.raw["createtime"] async for record in source] == ["2018-03-06 03:00:00"]

    async def test_a_file_with_tabs_and_one_with_a_line_sep(self, tmp_path: Path) -> None:
        text = self.TEXT.format(rows="1,a@b.co,2026-01-31 23:30:05,3,AB,1,3\n")
        for name, data in (("v.txt", text.replace(",", "\t")), ("v.csv", "sep=;\n" + text.replace(",", ";"))):
            source = open_source(written(tmp_path, name, data), Entity.PURCHASE, layout="woowup")
            assert [record.raw["invoice_number"] async for record in source] == ["1"]

    async def test_an_unknown_zone(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="--timezone: unknown time zone 'Buenos Aires'"):
            await self.read(tmp_path, "", timezone="Buenos Aires")
