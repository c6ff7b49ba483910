"""Purchases and cards as they come back.

Room: models. Pure. After the samples of the purchases page. What comes back has another shape than what is sent (Q43):
sending it again would lose fields.
"""

from __future__ import annotations

from typing import Any

from woowup_async.models._answer import Answer


class StoredItem(Answer, frozen=True, kw_only=True):
    """One line."""

    product_id: int | str | None = None
    product_name: str | None = None
    sku: str | None = None
    quantity: float | None = None
    price: float | None = None
    custom_attributes: dict[str, Any] = {}


class StoredDetail(Answer, frozen=True):
    """The lines."""

    items: list[StoredItem] = []


class StoredBranch(Answer, frozen=True):
    """Where it was bought."""

    id: int | str | None = None
    name: str | None = None


class StoredPurchase(Answer, frozen=True, kw_only=True):
    """A purchase as the server returns it.

    What `cancel_transaction_id`, `purchase_operator` and `promotions` hold is not documented: the samples show null.
    """

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
    cancel_transaction_id: int | str | None = None
    purchase_operator: Any = None
    pickup_store: Any = None
    promotions: Any = None


class Bank(Answer, frozen=True):
    """Who issued a card; unknown parts are empty, not null."""

    name: str | None = None
    logo: str | None = None
    url: str | None = None
    phone: str | None = None
    city: str | None = None


class Card(Answer, frozen=True, kw_only=True):
    """What is known of a card by its first six digits. `type`, `brand` and `bank.name` are those of a `Payment`."""

    scheme: str | None = None
    brand: str | None = None
    type: str | None = None
    prepaid: bool | str | None = None
    country: str | dict[str, Any] | None = None
    bank: Bank | None = None
