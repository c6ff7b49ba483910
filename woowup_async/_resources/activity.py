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
            limit: most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: items of each request, 100 at most (documented). The default is 100, or `limit` if that is less.

        """
        return self._pages(endpoints.EVENTS_LIST, (), paging_of(limit, page, page_size))

    async def create(self, name: str) -> Event:
        """Create a kind of event: letters, digits and "-".

        Raises:
            InvalidRecord: another name.
            BadRequest: it exists.

        """
        return await self._ask(endpoints.EVENTS_CREATE, body=body_of(NewEvent(name=name)))


class UserEvents(Resource):
    """What users did."""

    async def create(self, event: UserEvent) -> None:
        """Report one event of a user.

        Raises:
            ReplyLost: perhaps reported. It is not repeated once bytes were sent, since nothing distinguishes a repeat
                from a second report.

        """
        await self._ask(endpoints.USER_EVENTS_CREATE, body=body_of(event))


class AbandonedCarts(Resource):
    """Carts that were left behind."""

    async def create(self, cart: AbandonedCart) -> None:
        """Report a cart, known by its `external_id`.

        Raises:
            NotFound: code `user_not_found`: its user must exist.

        """
        await self._ask(endpoints.CARTS_CREATE, body=body_of(cart))


class CustomAttributes(Resource):
    """Definitions of custom attributes, of users, purchases, their lines and products."""

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
            owner: what they belong to.
            text: only those that hold it.
            limit: most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: items of each request, 100 at most (documented). The default is 100, or `limit` if that is less.

        """
        path, paging = (_owner(owner),), paging_of(limit, page, page_size)
        return self._pages(endpoints.ATTRIBUTES_LIST, query_of(text=text), paging, path=path)

    async def create(self, attribute: CustomAttribute, owner: AttributeOwner = "user") -> StoredAttribute:
        """Define an attribute."""
        return await self._ask(endpoints.ATTRIBUTES_CREATE, body=body_of(attribute), path=(_owner(owner),))

    async def update(self, name: str, attribute: CustomAttribute, owner: AttributeOwner = "user") -> StoredAttribute:
        """Change a definition; changing its type may lose data.

        Args:
            name: the old one, if it is renamed.
            attribute: as it shall be.
            owner: what it belongs to.

        Raises:
            NotFound: no attribute has that name.

        """
        return await self._ask(endpoints.ATTRIBUTES_UPDATE, body=body_of(attribute), path=(_owner(owner), name))


def _owner(owner: str) -> str:
    if owner not in _OWNERS:
        raise ValueError(f"owner must be one of {', '.join(_OWNERS)}, got {owner!r}")
    return _OWNERS[owner]
