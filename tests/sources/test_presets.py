"""The presets: each one reads the export of its system, to the cent and to the second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from woowup_async._flow import Entity, Record
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async.errors import SourceError
from woowup_async.models import User
from woowup_async.sources import open_source, presets

SAMPLES = Path(__file__).parents[1] / "samples" / "exports"
LIA, RUI = {"email": "lia.rey@example.com"}, {"email": "rui@exemplo.com", "document": "11144477735"}
FIRST_ORDERS = {
    "shopify": ("#2001", "2026-03-02 02:30:05", "44.50", LIA | {"telephone": "+5493410000001"},
                [("GOR-R", 1, "20.00"), ("Media-larga", 3, "10.00")]),
    "shopify-json": ("#3001", "2026-03-02 02:30:05", "44.50", LIA | {"service_uid": "7700000000001"},
                     [("GOR-R", 1, "20.00"), ("44", 3, "10.00")]),
    "woocommerce": ("9001", "2026-03-01 20:15:00", "1060.00", LIA,
                    [("SIL-1", 2, "1000.00"), ("Cojin-azul", 1, "50.00")]),
    "woocommerce-json": ("612", "2026-03-02 01:15:30", "105.00", LIA, [("Silla-Roja", 2, "50")]),
    "tiendanube": ("501", "2026-01-01 01:45:10", "13000.00", LIA | {"document": "30111222"},
                   [("REM-A-L", 1, "12300.50"), ("Bolsa-nandu", 2, "0.00")]),
    "tiendanube-json": ("1501", "2026-03-02 02:30:05", "13000.00", LIA | {"document": "30111222"},
                        [("58208780", 1, "12300.50")]),
    "nuvemshop": ("801", "2026-03-01 00:15:00", "102.00", RUI, [("SAB-1", 2, "45.05")]),
    "nuvemshop-json": ("1503", "2026-03-02 02:30:05", "13000.00", LIA | {"document": "30111222"},
                       [("58208780", 1, "12300.50")]),
    "vtex": ("v910001-01", "2026-03-01 23:30:05", "230.10", RUI, [("CAD-1", 2, "105.05"), ("88", 1, "0.00")]),
    "vtex-json": ("v900001-01", "2026-03-01 23:30:05", "230.1", RUI, [("CAD-1", 2, "110")]),
    "mercadolibre": ("2000099900000001", "2026-03-09 11:05:00", "29970",
                     {"service_uid": "mercadolibre-2000099900000001"}, [("Cuaderno-A5", 3, "9990")]),
    "mercadolibre-ar": ("2000099900000001", "2026-03-09 11:05:00", "29970.00",
                        {"service_uid": "mercadolibre-2000099900000001"}, [("Cuaderno-A5", 3, "9990.00")]),
    "mercadolibre-br": ("2000099900000001", "2026-03-09 11:05:00", "29970.00",
                        {"service_uid": "mercadolibre-2000099900000001"}, [("Cuaderno-A5", 3, "9990.00")]),
    "mercadolibre-co": ("2000099900000001", "2026-03-09 13:05:00", "29970.00",
                        {"service_uid": "mercadolibre-2000099900000001"}, [("Cuaderno-A5", 3, "9990.00")]),
    "mercadolibre-mx": ("2000099900000001", "2026-03-09 14:05:00", "29970.00",
                        {"service_uid": "mercadolibre-2000099900000001"}, [("Cuaderno-A5", 3, "9990.00")]),
    "mercadolibre-pe": ("2000099900000001", "2026-03-09 13:05:00", "29970.00",
                        {"service_uid": "mercadolibre-2000099900000001"}, [("Cuaderno-A5", 3, "9990.00")]),
    "mercadolibre-uy": ("2000099900000001", "2026-03-09 11:05:00", "29970.00",
                        {"service_uid": "mercadolibre-2000099900000001"}, [("Cuaderno-A5", 3, "9990.00")]),
    "mercadolibre-json": ("2000099900000003", "2026-03-09 12:05:09", "29.97", {"service_uid": "mercadolibre-321"},
                          [("C-5", 3, "9.99")]),
    "magento": ("000000071", "2026-03-01 23:05:07", "200.0000", LIA, [("order-000000071", 1, "200.0000")]),
    "magento-json": ("000000081", "2026-03-01 23:30:05", "200.0", LIA, [("CAM-R-M", 2, "100")]),
    "prestashop": ("XKBKNABJK", "2026-03-01 23:30:05", "1107.35", {"service_uid": "prestashop-order-41"},
                   [("order-41", 1, "1107.35")]),
    "prestashop-associations-json": ("XKBKNABJK", "2026-03-01 23:30:05", "107.35", {"service_uid": "prestashop-12"},
                                     [("Tetera", 2, "50.00")]),
    "prestashop-json": ("XKBKNABJK", "2026-03-01 23:30:05", "107.35", {"service_uid": "prestashop-12"},
                        [("Tetera", 2, "50.00")]),
}  # fmt: skip
#: The first customer, and the reason if the last one is left out.
CUSTOMERS: dict[str, dict[str, Any]] = {
    "shopify": {"country": "ARG", "street": "Calle Sur 9, 2 B", "postcode": "2000"},
    "shopify-customers": {"service_uid": "7700000000001", "postcode": "02000", "mailing_enabled": "enabled"},
    "shopify-json": {"service_uid": "7700000000001", "telephone": "+5493410000001"},
    "shopify-customers-json": {"tags": "vip", "mailing_enabled": "enabled", "sms_enabled": "disabled"},
    "woocommerce": {"telephone": "+5110000001", "country": "PER"},
    "woocommerce-customers": {"last_name": "Rey", "country": "PER", "postcode": "15001"},
    "woocommerce-json": {"street": "Calle Sur 9", "country": "PER"},
    "woocommerce-customers-json": {"first_name": "Lia", "country": "PER"},
    "tiendanube": {"street": "Calle Sur 9, 2 B", "document": "30111222", "country": "ARG"},
    "tiendanube-customers": {"document": "30111222", "street": "Calle Sur 9, 2 B", "mailing_enabled": "enabled"},
    "tiendanube-json": {"street": "Calle Sur 9", "last_name": "Rey"},
    "tiendanube-customers-json": {"mailing_enabled": "enabled"},
    "nuvemshop": {"first_name": "Rui", "last_name": "dos Santos", "street": "Rua das Flores, 10"},
    "nuvemshop-customers": {"document": "11144477735", "state": "SP", "mailing_enabled": "disabled"},
    "nuvemshop-json": {"city": "Rosario"},
    "nuvemshop-customers-json": {"mailing_enabled": "disabled"},
    "vtex": {"email": "rui@exemplo.com", "document": "11144477735", "street": "Rua das Flores 10", "state": "SP"},
    "vtex-customers": {"document": "11144477735", "document_type": "CPF", "birthdate": "1990-02-01", "gender": "m"},
    "vtex-customers-json": {"document": "11144477735", "telephone": "+5511900000001", "mailing_enabled": "enabled"},
    "vtex-json": {"email": "rui@exemplo.com", "country": "BRA", "street": "Rua das Flores 10"},
    "mercadolibre": {"state": "Valparaíso", "country": "CHL"},
    "mercadolibre-ar": {"country": "ARG", "first_name": "Lia"},
    "mercadolibre-br": {"country": "BRA", "first_name": "Lia"},
    "mercadolibre-co": {"country": "COL", "first_name": "Lia"},
    "mercadolibre-mx": {"country": "MEX", "first_name": "Lia"},
    "mercadolibre-pe": {"country": "PER", "first_name": "Lia"},
    "mercadolibre-uy": {"country": "URY", "first_name": "Lia"},
    "mercadolibre-json": {"first_name": "Lia"},
    "magento": {"first_name": "Lia", "last_name": "Rey"},
    "magento-customers": {"document": "20123456786", "birthdate": "1990-02-01", "gender": "f", "country": "PER",
                          "street": "Calle Sur 9 2 B"},
    "magento-main-customers": {"email": "lia.rey@example.com", "document": "30111222", "gender": "f"},
    "magento-customers-json": {"document": "30111222", "gender": "f", "street": "Calle Sur 9, 2 B", "state": "Lima"},
    "magento-json": {"street": "Calle Sur 9, 2 B", "country": "PER"},
    "prestashop": {"service_uid": "prestashop-order-41", "last_name": "Rey", "country": "COL"},
    "prestashop-customers": {"service_uid": "prestashop-12", "gender": "f", "mailing_enabled": "enabled"},
    "prestashop-associations-json": {"service_uid": "prestashop-12"},
    "prestashop-json": {"service_uid": "prestashop-12"},
    "prestashop-customers-json": {"email": "lia.rey@example.com", "mailing_enabled": "enabled"},
}  # fmt: skip


def sample(name: str) -> Path:
    return next(path for path in SAMPLES.iterdir() if path.stem == name)


async def read(name: str, entity: Entity) -> list[Record]:
    return [record async for record in open_source(sample(name), entity, presets.mapping_of(name))]


def test_every_mapping_has_a_sample_and_is_tested() -> None:
    with_orders = {name for name in presets.names() if presets.mapping_of(name).purchase is not None}
    assert with_orders == set(FIRST_ORDERS)
    assert set(presets.names()) == set(CUSTOMERS) == {path.stem for path in SAMPLES.iterdir() if path.suffix != ".md"}
    assert {name.split("-")[0] for name in presets.names()} == set(presets.SYSTEMS)


@pytest.mark.parametrize("name", FIRST_ORDERS)
async def test_the_first_order_of_each_export(name: str) -> None:
    first, *others = await read(name, Entity.PURCHASE)
    number, at, total, who, lines = FIRST_ORDERS[name]
    raw = first.raw
    assert first.refusal is None
    assert (raw["invoice_number"], raw["createtime"], str(raw["prices"]["total"])) == (number, at, total)
    assert {key: raw[key] for key in ("service_uid", "email", "document", "telephone") if key in raw} == who
    assert [(line["sku"], line["quantity"], str(line["unit_price"])) for line in raw["purchase_detail"]] == lines
    assert isinstance(PurchaseShape(262_144).encode(raw), Encoded)
    for other in others:
        assert other.refusal is not None
        assert other.refusal.code == "left_out"


@pytest.mark.parametrize("name", CUSTOMERS)
async def test_the_first_customer_of_each_export(name: str) -> None:
    first, *others = await read(name, Entity.USER)
    assert first.refusal is None
    assert CUSTOMERS[name].items() <= first.raw.items()
    assert all(other.refusal is None or other.refusal.code == "left_out" for other in others)
    for record in (first, *others):
        if record.refusal is None:
            User(**record.raw)


@pytest.mark.parametrize(
    ("preset", "file", "entity", "name"),
    [
        ("shopify", "shopify", Entity.PURCHASE, "shopify"),
        ("shopify", "shopify", Entity.USER, "shopify"),
        ("shopify", "shopify-customers", Entity.USER, "shopify-customers"),
        ("shopify", "shopify-customers-json", Entity.USER, "shopify-customers-json"),
        ("shopify", "shopify-json", Entity.USER, "shopify-json"),
        ("woocommerce-json", "woocommerce-json", Entity.PURCHASE, "woocommerce-json"),
        ("woocommerce", "woocommerce-customers", Entity.USER, "woocommerce-customers"),
        ("vtex", "vtex-customers-json", Entity.USER, "vtex-customers-json"),
        ("vtex", "vtex", Entity.USER, "vtex"),
        ("mercadolibre", "mercadolibre", Entity.PURCHASE, "mercadolibre"),
        ("mercadolibre", "mercadolibre-mx", Entity.PURCHASE, "mercadolibre-mx"),
        ("mercadolibre", "mercadolibre-br", Entity.USER, "mercadolibre-br"),
        ("magento", "magento-main-customers", Entity.USER, "magento-main-customers"),
        ("magento", "magento-customers-json", Entity.USER, "magento-customers-json"),
        ("prestashop", "prestashop-associations-json", Entity.PURCHASE, "prestashop-associations-json"),
        ("prestashop", "prestashop-json", Entity.PURCHASE, "prestashop-json"),
    ],
)
def test_a_system_has_a_mapping_for_each_of_its_files(preset: str, file: str, entity: Entity, name: str) -> None:
    assert presets.mapping_for(preset, sample(file), entity) is presets.mapping_of(name)


def test_a_file_that_fits_no_mapping(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the preset vtex-json has no mapping of purchases for tables; it has vtex"):
        presets.mapping_for("vtex-json", sample("shopify"), Entity.PURCHASE)
    with pytest.raises(SourceError, match=r"has no column 'Order Number', .* \(preset woocommerce\)"):
        presets.mapping_for("woocommerce", sample("shopify"), Entity.PURCHASE)
    with pytest.raises(SourceError, match="there is no preset 'wix'; there are presets for shopify, woocommerce"):
        presets.mapping_of("wix")
    with pytest.raises(SourceError, match=r"there is no preset 'shopfy'; did you mean shopify\?$"):
        presets.mapping_of("shopfy")


def test_every_preset_is_on_the_page_and_says_what_is_left_out() -> None:
    page = (Path(__file__).parents[2] / "docs" / "presets.md").read_text(encoding="utf-8")
    for name in presets.names():
        assert f"| `{name}` |" in page
        assert presets.text_of(name).startswith("# ")
