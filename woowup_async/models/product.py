"""Products and branches: as sent, and as they come back.

Room: models. Pure. Known from the vendor's other pages and clients; not on the five official ones.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from woowup_async.models._base import Model
from woowup_async.models._fields import Attributes, Number
from woowup_async.models.purchase import Category, NameValue


def _up_to(length: int) -> msgspec.Meta:
    return msgspec.Meta(pattern=rf"(?s)^.{{1,{length}}}\Z", extra={"expected": f"1 to {length} characters"})


_Sku = Annotated[str, msgspec.Meta(pattern=r"(?s)^.+\Z", extra={"expected": "text that is not empty"})]
_Name = Annotated[str, _up_to(100)]


class Product(Model):
    """One product. Its `sku` has no pattern here, unlike a purchase's (Q22)."""

    sku: _Sku
    name: _Name
    base_sku: str | None = None
    base_name: str | None = None
    brand: str | None = None
    description: str | None = None
    url: str | None = None
    image_url: str | None = None
    thumbnail_url: str | None = None
    price: Number | None = None
    offer_price: Number | None = None
    stock: Number | None = None
    available: bool | None = None
    release_date: str | None = None
    category: list[str | Category] | None = None
    specifications: list[NameValue] | None = None
    metadata: dict[str, Any] | None = None
    with_extension_warranty: bool | None = None
    custom_attributes: Attributes | None = None


class StoredProduct(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A product as the server returns it; names that this version does not know are left out of the way."""

    id: int | str | None = None
    sku: str | None = None
    name: str | None = None
    base_name: str | None = None
    brand: str | None = None
    price: float | None = None
    offer_price: float | None = None
    stock: float | None = None
    available: bool | None = None
    custom_attributes: dict[str, Any] = {}


class Country(Model):
    """ISO 3166-1 code."""

    code: str


class BranchZone(Model):
    """A zone by its code (the vendor's client) and name."""

    code: str
    name: str | None = None


class Branch(Model):
    """One branch; purchases name it by `name`."""

    name: Annotated[str, _up_to(128)]
    description: _Name | None = None
    display_name: Annotated[str, _up_to(128)] | None = None
    email: str | None = None
    telephone: str | None = None
    address: str | None = None
    working_hours: str | None = None
    notes: str | None = None
    status: Literal["active", "inactive"] | None = None
    business_type: Literal["own", "franchisee"] | None = None
    format: Literal["brand_branch", "multibrand_branch", "brand_island", "multibrand_island", "outlet"] | None = None
    country: Country | None = None
    branch_zone: BranchZone | None = None


class BranchRecord(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A branch as the server returns it."""

    id: int | str | None = None
    name: str | None = None
    display_name: str | None = None
    description: str | None = None
    status: str | None = None
    createtime: str | None = None
    updatetime: str | None = None
