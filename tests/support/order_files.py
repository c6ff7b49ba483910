"""Orders as CSV files, with a mapping."""

from __future__ import annotations

from pathlib import Path

from woowup_async._flow import Entity, Record
from woowup_async.sources import Mapping, open_source

RULES = """
[user]
key = ["Mail"]
{user}
[user.fields]
email = {{ column = "Mail", as = "lower" }}
first_name = {{ column = "Name" }}
[purchase]
key = ["Number"]
{purchase}
[purchase.fields]
invoice_number = {{ column = "Number" }}
email = {{ column = "Mail", as = "lower"{agree} }}
branch_name = {{ column = "Shop" }}
"prices.total" = {{ column = "Total", as = "decimal" }}
[purchase.lines]
sku = {{ column = "Sku" }}
quantity = {{ column = "Qty", as = "int" }}
unit_price = {{ column = "Price", as = "decimal" }}
"""


HEADER = "Number,Mail,Name,Shop,Total,Sku,Qty,Price"


def mapping(tmp_path: Path, **options: str) -> Mapping:
    path = tmp_path / "m.toml"
    path.write_text(RULES.format(**({"user": "", "purchase": "", "agree": ""} | options)), encoding="utf-8")
    return Mapping.load(path)


def written(tmp_path: Path, *rows: str, name: str = "a.csv", header: str = HEADER) -> Path:
    path = tmp_path / name
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


async def read(path: Path, rules: Mapping, entity: Entity = Entity.PURCHASE) -> list[Record]:
    return [record async for record in open_source(path, entity, rules)]


def skus(record: Record) -> list[str]:
    assert record.refusal is None, record
    return [line["sku"] for line in record.raw["purchase_detail"]]
