"""`Purchase` and what it is made of, after the JSON schema of the purchases page.

Room: models. Pure. Encoded by `_wire`; built by users and sources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from woowup_async._text import printable
from woowup_async.errors import InvalidRecord, Reason
from woowup_async.models._absent import is_absent_identifier
from woowup_async.models._base import Model, identifier_rule
from woowup_async.models._fields import Attributes, Email, LooseDate, Number, SixDigits, Sku, Timestamp, Whole, up_to

if TYPE_CHECKING:
    InvoiceNumber = str | int
else:
    InvoiceNumber = Annotated[str, Meta(extra={"expected": "a string or an integer", "integer": True})] | int


class NameValue(Model):
    """One variation or specification of a product, such as Talle: M."""

    name: str
    value: str


class Category(Model):
    """One node of a category path, the root first."""

    id: str
    name: str
    url: str | None = None
    image_url: str | None = None


class Promotion(Model):
    """A promotion that a purchase took part in. It is not on the pages; the vendor's newest client sends it.

    With a longer text, the server drops the whole purchase (from the vendor's client).
    """

    name: Annotated[str, up_to(255)]
    external_id: Annotated[str, up_to(128)] | None = None


class Collection(Model):
    """A collection that a product belongs to. It is not on the pages; the vendor's newest client sends it.

    With a longer text, the server drops the whole purchase (from the vendor's client).
    """

    name: Annotated[str, up_to(256)]
    external_id: Annotated[str, up_to(64)] | None = None


class PurchaseItem(Model):
    """One line of a purchase. `quantity` is whole; zero and negative ones pass (the schema sets no minimum)."""

    sku: Sku
    quantity: int
    unit_price: Number
    product_name: str | None = None
    base_name: str | None = None
    category: list[str | Category] | None = None
    variations: list[NameValue] | None = None
    specifications: list[NameValue] | None = None
    brand: str | None = None
    description: str | None = None
    url: str | None = None
    image_url: str | None = None
    thumbnail_url: str | None = None
    stock: Number | None = None
    available: bool | None = None
    manufacturer_warranty_date: LooseDate | None = None
    extension_warranty_date: LooseDate | None = None
    with_extension_warranty: bool | None = None
    custom_attributes: Attributes | None = None
    collection: list[Collection] | None = None


class Prices(Model):
    """Sums of a purchase, in the account's currency. They are sent as given: the page's own examples disagree."""

    total: Number
    cost: Number | None = None
    shipping: Number | None = None
    gross: Number | None = None
    tax: Number | None = None
    discount: Number | None = None


class Payment(Model):
    """One means of payment. `total` is required where a purchase has a list of them."""

    type: Literal["credit", "debit", "cash", "mercadopago", "other"]
    brand: str | None = None
    bank: str | None = None
    total: Number | None = None
    installments: int | None = None
    card_first_digits: SixDigits | None = None


class Seller(Model):
    """Who sold it."""

    name: str
    email: Email
    external_id: str | None = None


class Purchase(Model):
    """One purchase, known to the server by `branch_name` and `invoice_number`.

    At least one of `service_uid`, `email`, `document` and `telephone` says whose it is; that user must exist.
    `invoice_number` may be given as an int and is always a string afterwards. `createtime` and `approvedtime` are
    `YYYY-MM-DD HH:MM:SS` in UTC, ISO 8601 with offset, or aware datetimes (documented, getting started).
    The largest is 262,144 bytes as sent (documented: 256 KB).

    Raises:
        InvalidRecord: with every broken rule and its path.

    """

    invoice_number: InvoiceNumber
    purchase_detail: Annotated[list[PurchaseItem], Meta(min_length=1)]
    prices: Prices
    service_uid: str | None = None
    email: str | None = None
    document: str | None = None
    telephone: str | None = None
    points: Whole | None = None
    channel: Literal["web", "telephone", "in-store", "corporate", "direct", "other"] | None = None
    payment: Payment | list[Payment] | None = None
    branch_name: str | None = None
    seller: Seller | None = None
    createtime: Timestamp | None = None
    approvedtime: Timestamp | None = None
    metadata: Attributes | None = None
    custom_attributes: Attributes | None = None
    promotion: list[Promotion] | None = None

    @classmethod
    def rules(cls, fields: Mapping[str, Any]) -> Iterator[Reason]:
        """Require an identifier, an invoice number with text in it, and totals in a list of payments."""
        yield from identifier_rule(fields)
        number = fields.get("invoice_number")
        if isinstance(number, str) and is_absent_identifier(number):
            yield Reason("invoice_number", f"is required, got '{printable(number, 40)}'")
        payments = fields.get("payment")
        if isinstance(payments, (list, tuple)):
            for index, payment in enumerate(payments):
                if payment is not None and _total(payment) is None:
                    yield Reason(f"payment[{index}].total", "is required in a list of payments")

    def __post_init__(self) -> None:
        """Hold the rules between fields when decoded, and make the invoice number a string."""
        identified = self.service_uid or self.email or self.document or self.telephone
        if not identified or not self.invoice_number or isinstance(self.payment, list):
            fields = {name: getattr(self, name) for name in self.__struct_fields__}
            reasons = tuple(self.rules(fields))
            if reasons:
                raise InvalidRecord(reasons)
        if not isinstance(self.invoice_number, str):
            msgspec.structs.force_setattr(self, "invoice_number", str(self.invoice_number))


def _total(payment: object) -> object:
    return payment.get("total") if isinstance(payment, Mapping) else getattr(payment, "total", 0)
