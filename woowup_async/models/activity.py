"""Events, abandoned carts, custom attributes and segments.

Room: models. Pure. Known from the vendor's other pages and clients; not on the five official ones.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from woowup_async.models._answer import Answer
from woowup_async.models._base import Identified, Model
from woowup_async.models._fields import Number, Timestamp

EventName = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]+\Z", extra={"expected": "letters, digits and '-', and nothing else"})
]


class Event(Answer, frozen=True):
    """A kind of event, as the server returns it."""

    id: int | str | None = None
    name: str | None = None
    createtime: str | None = None


class NewEvent(Model):
    """A kind of event to be created."""

    name: EventName


class UserEvent(Identified, kw_only=True):
    """Something that a user did. The event must have been created before."""

    event: EventName
    datetime: Timestamp
    metadata: dict[str, Any] | None = None


class CartProduct(Model):
    """One line of a cart."""

    sku: str
    quantity: int | None = None
    unit_price: Number | None = None
    offer_price: Number | None = None


class AbandonedCart(Identified, kw_only=True):
    """A cart that was left behind, known by its `external_id`. The newer client requires `createtime`, the page not."""

    products: list[CartProduct]
    external_id: str
    createtime: Timestamp | None = None
    total_price: Number | None = None
    source: str | None = None
    recovered: bool | None = None
    recover_url: str | None = None


class AttributeOption(Model):
    """One choice of a select."""

    value: str
    text: str


class CustomAttribute(Model):
    """The definition of a custom attribute. The server slugs the name: `Baño` becomes `bano`."""

    name: str
    label: str
    data_type: Literal["string", "integer", "timestamp", "float"]
    field_type: Literal["text", "select", "datetime", "checkbox"]
    options: list[AttributeOption] | None = None
    group: str | None = None


class StoredAttribute(Answer, frozen=True, kw_only=True):
    """A definition as the server returns it."""

    name: str | None = None
    label: str | None = None
    data_type: str | None = None
    field_type: str | None = None
    options: list[dict[str, Any]] = []
    group: str | dict[str, Any] | None = None


class Segment(Answer, frozen=True, kw_only=True):
    """A segment of users."""

    id: int | str | None = None
    slug: str | None = None
    title: str | None = None
    type: str | None = None
    definition: Any = None
    advanced: Any = None
