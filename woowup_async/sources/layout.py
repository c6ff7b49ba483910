"""Files that need no mapping: columns named like the API's fields, and the vendor's own sample without a header.

Room: sources. It makes a mapping from the names in the header. An unknown name is an error, never a guess. The names
are in docs/files.md.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import msgspec

from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.models._base import IDENTIFIERS
from woowup_async.models.purchase import Payment, Prices, Purchase, PurchaseItem, Seller
from woowup_async.models.user import User
from woowup_async.sources.csv import CsvTable
from woowup_async.sources.mapping import Conversion, EntityRule, FieldRule, JoinedRows, Mapping, Scalar, TableFormat

#: Separates the names of a category path in one cell (our choice; the vendor's pages name none).
PATH_SEPARATOR = ">"
_NESTED = {"metadata", "custom_attributes", "purchase_detail", "prices", "payment", "seller"}
_LISTS = {"variations", "specifications"}
_CONVERSIONS: dict[str, Conversion] = {
    **dict.fromkeys(("unit_price", "stock", *(f"prices.{name}" for name in Prices.__struct_fields__)), "decimal"),
    **dict.fromkeys(("quantity", "points"), "int"),
    **dict.fromkeys(("available", "with_extension_warranty"), "bool"),
    **dict.fromkeys(("createtime", "approvedtime"), "datetime"),
}
_PURCHASE = [name for name in Purchase.__struct_fields__ if name not in _NESTED]
_LINE = [name for name in PurchaseItem.__struct_fields__ if name not in _NESTED | _LISTS]
_USER = [name for name in User.__struct_fields__ if name not in _NESTED]
#: Column → field of a purchase.
_FIELDS = (
    {name: name for name in _PURCHASE}
    | {spelling: f"prices.{name}" for name in Prices.__struct_fields__ for spelling in (name, f"prices.{name}")}
    | {f"seller{mark}{name}": f"seller.{name}" for name in Seller.__struct_fields__ for mark in "._"}
)
_PAYMENT = {f"payment{mark}{name}": name for name in Payment.__struct_fields__ for mark in "._"}
#: A column for a variation, a specification or an attribute, whose name keeps its spelling.
_FREE = re.compile(r"(variation|specification|custom_attribute|metadata)s?[._](.+)", re.IGNORECASE)

#: Times are in UTC and numbers have a point, if the caller does not say otherwise.
FORMAT: TableFormat = TableFormat(
    datetime=["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
)
#: The columns of the vendor's sample `ventas.csv`, which has no header. The meaning of two of them is not known.
_SAMPLE = [
    "branch", "date", "invoice", "sku", "product", "line", "subcategory", "code", "garment", "colour code", "colour",
    "size", "(12)", "customer", "document", "email", "quantity", "price", "(18)", "discount", "total",
    "document type", "card", "bank",
]  # fmt: skip


def mapping_of(path: Path, entity: Entity, written: TableFormat = FORMAT) -> Mapping:
    """Make a mapping for the names in a file's first row.

    Args:
        path: of the file.
        entity: what its rows become.
        written: the time zone and the decimal mark of the file.

    Raises:
        SourceError: its columns are neither the API's names nor the vendor's sample.

    """
    written, header = _read(path, written)
    if not _is_named(header):
        if len(header) != len(_SAMPLE):  # it may be personal data, so it is not shown
            known = f"invoice_number, {', '.join(IDENTIFIERS)}"
            raise SourceError(f"{path}: its first row has none of {known}: it needs a header with the API's names")
        return _sample(written)
    if entity is Entity.USER:
        return Mapping(csv=written, user=_user_rule(path, header))
    rule = _purchase_rule(path, header)
    beside = path.with_name(path.name.replace("ventas", "payments", 1))
    if beside != path and beside.exists():
        rule = msgspec.structs.replace(rule, payment_rows=_joined(beside, written, rule.key))
    return Mapping(csv=written, purchase=rule)


def _read(path: Path, plain: TableFormat) -> tuple[TableFormat, list[str]]:
    """Return the format with the delimiter that gives known names in the first row; a comma if none does."""
    for delimiter in (",", ";", "\t", "|"):
        written = msgspec.structs.replace(plain, delimiter=delimiter)
        header = CsvTable(path, written).header()
        if _is_named(header):
            return written, header
    return plain, CsvTable(path, plain).header()


def _is_named(header: Iterable[str]) -> bool:
    return bool({_plain(column) for column in header} & {"invoice_number", *IDENTIFIERS})


def _plain(column: str) -> str:
    return re.sub(r"[ -]+", "_", column.strip().lower())


def _rule_of(column: str, field: str) -> FieldRule:
    if field == "category":
        return FieldRule(column=column, split=PATH_SEPARATOR)
    return FieldRule(column=column, conversion=_CONVERSIONS.get(field, "text"))


def _payment_rule(column: str, field: str) -> FieldRule:
    conversions: dict[str, Conversion] = {"type": "lower", "total": "decimal", "installments": "int"}
    return FieldRule(column=column, conversion=conversions.get(field, "text"))  # the page's example says "Credit"


def _purchase_rule(path: Path, header: list[str]) -> EntityRule:
    fields, lines, payment = dict[str, FieldRule](), dict[str, FieldRule](), dict[str, FieldRule]()
    pairs: dict[str, dict[str, str]] = {name: {} for name in sorted(_LISTS)}
    for column in header:
        name, free = _plain(column), _FREE.fullmatch(column)
        if name in _FIELDS:
            fields[_FIELDS[name]] = _rule_of(column, _FIELDS[name])
        elif name in _LINE:
            lines[name] = _rule_of(column, name)
        elif name in _PAYMENT:
            payment[_PAYMENT[name]] = _payment_rule(column, _PAYMENT[name])
        elif free and f"{free[1].lower()}s" in pairs:
            pairs[f"{free[1].lower()}s"][free[2]] = column
        elif free:
            fields[f"{_free_table(free[1])}.{free[2]}"] = FieldRule(column=column)
        elif name not in _USER:  # one file may have both
            _fail(path, column, [*_FIELDS, *_LINE, *_PAYMENT])
    for needed in ("invoice_number", "prices.total"):
        if needed not in fields:
            raise SourceError(f"{path} has no column {needed.removeprefix('prices.')!r}, which a purchase needs")
    lines |= {name: FieldRule(pairs=columns) for name, columns in pairs.items() if columns}
    key = [fields[name].column or "" for name in ("branch_name", "invoice_number") if name in fields]
    return EntityRule(key=key, fields=fields, lines=lines, payments=[payment] if payment else [])


def _user_rule(path: Path, header: list[str]) -> EntityRule:
    fields: dict[str, FieldRule] = {}
    of_purchases = "invoice_number" in map(_plain, header)  # then points and attributes belong to the purchase
    for column in header:
        name, free = _plain(column), _FREE.fullmatch(column)
        if name in _USER and not (of_purchases and name in _FIELDS and name not in IDENTIFIERS):
            fields[name] = _rule_of(column, name)
        elif free and free[1].lower() == "custom_attribute" and not of_purchases:
            fields[f"custom_attributes.{free[2]}"] = FieldRule(column=column)
        elif not (free or name in _FIELDS or name in _LINE or name in _PAYMENT):
            _fail(path, column, _USER)
    key = [fields[name].column or "" for name in IDENTIFIERS if name in fields]
    if not key:
        raise SourceError(f"{path} has none of the columns {', '.join(IDENTIFIERS)}, which identify users")
    return EntityRule(key=key, fields=fields)


def _joined(path: Path, written: TableFormat, key: list[str]) -> JoinedRows:
    """Join the vendor's file of payments. It has the columns of a payment and of the purchase's key."""
    header = CsvTable(path, written).header()
    by_name = {_plain(column): column for column in header}
    fields = {name: _payment_rule(by_name[name], name) for name in Payment.__struct_fields__ if name in by_name}
    missing = [column for column in key if _plain(column) not in by_name]
    if missing or "type" not in fields:
        raise SourceError(f"{path} has no column {(*missing, 'type')[0]!r}, which joins it to its purchases")
    return JoinedRows(file=str(path), key=[by_name[_plain(column)] for column in key], fields=fields)


def _free_table(prefix: str) -> str:
    return "metadata" if prefix.lower() == "metadata" else "custom_attributes"


def _fail(path: Path, column: str, known: Iterable[str]) -> NoReturn:
    close = difflib.get_close_matches(_plain(column), list(known), n=1, cutoff=0.75)
    advice = f"name it custom_attributes.{column}, remove it, or write a mapping"
    hint = f"did you mean {close[0]!r}?" if close else advice
    raise SourceError(f"{path} has the column {column!r}, which is not a field of the API: {hint}")


def _sample(written: TableFormat) -> Mapping:
    """Read the vendor's sample as its importer intends, with its sums, but without losing rows."""
    absent: dict[str, dict[str, Scalar]] = {"none": {"NA": "", "N/A": ""}}
    user = {
        "email": FieldRule(column="email"),
        "document": FieldRule(column="document", lookup="none"),
        "first_name": FieldRule(column="customer"),
    }
    fields = {
        "branch_name": FieldRule(column="branch"),
        "invoice_number": FieldRule(column="invoice"),
        "createtime": FieldRule(column="date", conversion="datetime"),
        "email": FieldRule(column="email"),
        "prices.gross": FieldRule(sum=["quantity", "price"], absolute=True),
        "prices.discount": FieldRule(sum=["discount"], absolute=True),
        "prices.total": FieldRule(sum=["quantity", "price"], minus=["discount"], absolute=True),
    }
    lines = {
        "sku": FieldRule(column="sku"),
        "product_name": FieldRule(column="product"),
        "quantity": FieldRule(column="quantity", conversion="int"),
        "unit_price": FieldRule(column="price", conversion="decimal"),
        "category": FieldRule(columns=["line", "subcategory"]),
        "variations": FieldRule(pairs={"Linea": "line", "Color": "colour", "Talle": "size"}),
    }
    return Mapping(
        csv=msgspec.structs.replace(written, header=_SAMPLE),
        user=EntityRule(key=["email"], fields=user),
        purchase=EntityRule(key=["branch", "invoice"], fields=fields, lines=lines),
        lookups=absent,
    )
