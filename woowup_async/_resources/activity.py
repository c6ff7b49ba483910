"""Events, carts and custom attributes.

Room: _resources. Not on the official pages: see `more_endpoints`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

from woowup_async._resources import more_endpoints as endpoints
from woowup_async._resources.arguments import paging_of, query_of
from woowup_async._resources.base import Resource, body_of
from woowup_async.models.activity import (
    AbandonedCart,
    CustomAttribute,
    Event,
    NewEvent,
    StoredAttribute,
    UserEvent,
)

AttributeOwner = Literal["user", "purchase", "purchase-item", "product"]
_OWNERS = {
    "user": "custom-attributes",
    "purchase": "purchase-custom-attributes",
    "purchase-item": "purchase-item-custom-attributes",
    "product": "product-custom-attributes",
}


class Events(Resource):
    """Kinds of events."""

    def list(self, *, limit: int | None = None, page: int = 0, page_size: int | None = None) -> AsyncIterator[Event]:
        """Yield kinds of events over all pages.

        Args:
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most (documented). The default is 100, or a lower `limit`.

        """
        return self._pages(endpoints.EVENTS_LIST, (), paging_of(limit, page, page_size))

    async def create(self, name: str) -> Event:
        """Create a kind of event. Its name has letters, digits and "-".

        Raises:
            InvalidRecord: the name has other characters.
            BadRequest: the kind exists.

        """
        return await self._ask(endpoints.EVENTS_CREATE, body=body_of(NewEvent(name=name)))


class UserEvents(Resource):
    """Events of users."""

    async def create(self, event: UserEvent) -> None:
        """Report one event of a user.

        Raises:
            ReplyLost: the event may have been reported. It is not repeated after bytes were sent, since nothing
                distinguishes a repeat from a second report.

        """
        await self._ask(endpoints.USER_EVENTS_CREATE, body=body_of(event))


class AbandonedCarts(Resource):
    """Abandoned carts."""

    async def create(self, cart: AbandonedCart) -> None:
        """Report a cart. Its `external_id` identifies it.

        Raises:
            NotFound: its user does not exist (code `user_not_found`).

        """
        await self._ask(endpoints.CARTS_CREATE, body=body_of(cart))


class CustomAttributes(Resource):
    """Definitions of the custom attributes of users, purchases, lines of purchases and products."""

    def list(
        self,
        owner: AttributeOwner = "user",
        *,
        text: str | None = None,
        limit: int | None = None,
        page: int = 0,
        page_size: int | None = None,
    ) -> AsyncIterator[StoredAttribute]:
        """Yield definitions over all pages.

        Args:
            owner: the kind of object that has the attributes.
            text: only attributes that contain this text.
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most (documented). The default is 100, or a lower `limit`.

        """
        path, paging = (_owner(owner),), paging_of(limit, page, page_size)
        return self._pages(endpoints.ATTRIBUTES_LIST, query_of(text=text), paging, path=path)

    async def create(self, attribute: CustomAttribute, owner: AttributeOwner = "user") -> StoredAttribute:
        """Define an attribute."""
        return await self._ask(endpoints.ATTRIBUTES_CREATE, body=body_of(attribute), path=(_owner(owner),))

    async def update(self, name: str, attribute: CustomAttribute, owner: AttributeOwner = "user") -> StoredAttribute:
        """Change a definition. A change of its type may lose data.

        Args:
            name: the attribute's name; the old one if you rename it.
            attribute: the new definition.
            owner: the kind of object that has the attribute.

        Raises:
            NotFound: no attribute has that name.

        """
        return await self._ask(endpoints.ATTRIBUTES_UPDATE, body=body_of(attribute), path=(_owner(owner), name))


def _owner(owner: str) -> str:
    if owner not in _OWNERS:
        raise ValueError(f"owner must be one of {', '.join(_OWNERS)}, got {owner!r}")
    return _OWNERS[owner]
