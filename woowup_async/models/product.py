"""Products and branches: as sent, and as they come back.

Room: models. Pure. Known from the vendor's other pages and clients; not on the five official ones.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from woowup_async.models._answer import Answer
from woowup_async.models._base import Model
from woowup_async.models._fields import AnyCountryCode, Attributes, Number, up_to
from woowup_async.models.purchase import Category, NameValue

_Sku = Annotated[str, msgspec.Meta(pattern=r"(?s)^.+\Z", extra={"expected": "text that is not empty"})]
_Name = Annotated[str, up_to(100)]


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


class StoredProduct(Answer, frozen=True, kw_only=True):
    """A product as the server returns it."""

    id: int | str | None = None
    sku: str | None = None
    name: str | None = None
    base_name: str | None = None
    brand: str | None = None
    base_sku: str | None = None
    description: str | None = None
    url: str | None = None
    image_url: str | None = None
    thumbnail_url: str | None = None
    price: float | None = None
    offer_price: float | None = None
    stock: float | None = None
    available: bool | None = None
    release_date: str | None = None
    category: Any = None
    specifications: list[dict[str, Any]] = []
    metadata: dict[str, Any] = {}
    with_extension_warranty: bool | None = None
    custom_attributes: dict[str, Any] = {}


class Country(Model):
    """ISO 3166-1 code."""

    code: AnyCountryCode


class BranchZone(Model):
    """A zone by its code (the vendor's client) and name."""

    code: str
    name: str | None = None


class BranchChanges(Model):
    """Fields of a branch, all optional, for an update whose path names the branch.

    The vendor's newer client sends the fields from `status` on; what their texts mean is not documented.
    """

    name: Annotated[str, up_to(128)] | None = None
    description: _Name | None = None
    display_name: Annotated[str, up_to(128)] | None = None
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
    holder: str | None = None
    state: str | None = None
    city: str | None = None
    shopping_center: str | None = None
    location_type: str | None = None
    m2: Number | None = None
    m2_cost: Number | None = None
    employees_quantity: int | None = None
    group: str | None = None
    is_web: bool | None = None


class Branch(BranchChanges):
    """One branch; purchases name it by `name`."""

    name: Annotated[str, up_to(128)]


class BranchRecord(Answer, frozen=True, kw_only=True):
    """A branch as the server returns it."""

    id: int | str | None = None
    name: str | None = None
    display_name: str | None = None
    description: str | None = None
    email: str | None = None
    telephone: str | None = None
    address: str | None = None
    working_hours: str | None = None
    notes: str | None = None
    status: str | None = None
    branch_zone_name: str | None = None
    created: str | None = None
    modified: str | None = None
    createtime: str | None = None
    updatetime: str | None = None
