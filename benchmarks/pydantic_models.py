"""The purchase as pydantic models, for `hot_path`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

Number = int | float


class NameValue(BaseModel):
    """A variation or a specification."""

    name: str
    value: str


class Category(BaseModel):
    """A node of a category path."""

    id: str
    name: str
    url: str | None = None
    image_url: str | None = None


class Line(BaseModel):
    """One line of a purchase."""

    sku: Annotated[str, Field(pattern=r"^[^-][a-zA-Z0-9_%-]+$")]
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
    manufacturer_warranty_date: str | None = None
    extension_warranty_date: str | None = None
    with_extension_warranty: bool | None = None
    custom_attributes: dict[str, Any] | None = None


class Prices(BaseModel):
    """The prices of a purchase."""

    total: Number
    cost: Number | None = None
    shipping: Number | None = None
    gross: Number | None = None
    tax: Number | None = None
    discount: Number | None = None


class Payment(BaseModel):
    """A means of payment."""

    type: Literal["credit", "debit", "cash", "mercadopago", "other"]
    brand: str | None = None
    bank: str | None = None
    total: Number | None = None
    installments: int | None = None
    card_first_digits: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None


class Seller(BaseModel):
    """The seller of a purchase."""

    name: str
    email: str
    external_id: str | None = None


class PydanticPurchase(BaseModel):
    """One purchase."""

    invoice_number: str
    purchase_detail: Annotated[list[Line], Field(min_length=1)]
    prices: Prices
    service_uid: str | None = None
    email: str | None = None
    document: str | None = None
    telephone: str | None = None
    points: int | None = None
    channel: Literal["web", "telephone", "in-store", "corporate", "direct", "other"] | None = None
    payment: Payment | list[Payment] | None = None
    branch_name: str | None = None
    seller: Seller | None = None
    createtime: str | None = None
    approvedtime: str | None = None
    metadata: dict[str, Any] | None = None
    custom_attributes: dict[str, Any] | None = None
