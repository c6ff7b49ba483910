"""Purchases and cards as they come back.

Room: models. Pure. After the samples of the purchases page. What comes back has another shape than what is sent (Q43):
sending it again would lose fields.
"""

from __future__ import annotations

from typing import Any

import msgspec


class StoredItem(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """One line."""

    product_id: int | str | None = None
    product_name: str | None = None
    sku: str | None = None
    quantity: float | None = None
    price: float | None = None
    custom_attributes: dict[str, Any] = {}


class StoredDetail(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """The lines."""

    items: list[StoredItem] = []


class StoredBranch(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """Where it was bought."""

    id: int | str | None = None
    name: str | None = None


class StoredPurchase(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A purchase as the server returns it; names that this version does not know are left out of the way."""

    id: int | str | None = None
    invoice_number: str | int | None = None
    service_uid: str | None = None
    email: str | None = None
    document: str | None = None
    telephone: str | None = None
    points: float | None = None
    channel: str | None = None
    branch: StoredBranch | None = None
    purchase_detail: StoredDetail = StoredDetail()
    prices: dict[str, Any] = {}
    payment: dict[str, Any] | list[dict[str, Any]] | None = None
    seller: dict[str, Any] | None = None
    metadata: dict[str, Any] = {}
    custom_attributes: dict[str, Any] = {}
    createtime: str | None = None
    approvedtime: str | None = None
    downloadtime: str | None = None


class Bank(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """Who issued a card; unknown parts are empty, not null."""

    name: str | None = None
    logo: str | None = None
    url: str | None = None
    phone: str | None = None
    city: str | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """What is known of a card by its first six digits. `type`, `brand` and `bank.name` are those of a `Payment`."""

    scheme: str | None = None
    brand: str | None = None
    type: str | None = None
    prepaid: bool | str | None = None
    country: str | dict[str, Any] | None = None
    bank: Bank | None = None
