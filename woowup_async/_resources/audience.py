"""Segments and their exports, blacklists, coupons, benefits and categories.

Room: _resources. Not on the official pages: see `more_endpoints`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import date
from typing import Any, Literal

from woowup_async._resources import more_endpoints as endpoints
from woowup_async._resources.arguments import (
    address_of,
    checked_values,
    count_of,
    day_of,
    one_of,
    paging_of,
    query_of,
    segment_of,
    text_of,
)
from woowup_async._resources.base import Resource, body_of, decoded
from woowup_async._transport.call import Call
from woowup_async._wire.endpoint import Endpoint
from woowup_async._wire.multipart import multipart
from woowup_async.models.activity import Segment
from woowup_async.models.audience import COUPON_STATUSES, Benefits, CategoryNode, Coupon, CouponStatus, SegmentExport

BlacklistKind = Literal["email", "telephone"]
_KINDS = ("email", "telephone")


class Segments(Resource):
    """Segments of users. `users.list(segment_id=…)` yields the users of one; an export is a file of them."""

    async def list(self) -> list[Segment]:
        """Return all segments; not paged."""
        return await self._ask(endpoints.SEGMENTS_LIST)

    async def find(self, id: int | str) -> Segment | None:  # noqa: A002 - the API's word
        """Return a segment, or None.

        Raises:
            ValueError: an id that is not a whole number above 0; nothing was sent.

        """
        return await self._find(endpoints.SEGMENTS_FIND, path=(str(segment_of(id)),))

    async def export(self, id: int | str) -> SegmentExport | None:  # noqa: A002 - the API's word
        """Return the address of a segment's export, or None if none was ordered or it is not ready."""
        found = await self._find(endpoints.SEGMENTS_EXPORT, path=(str(segment_of(id)),))
        return None if found is None else found.segment

    async def schedule_export(self, id: int | str) -> None:  # noqa: A002 - the API's word
        """Order an export, which is ready within a day (the vendor's page).

        Raises:
            BadRequest: code `client_error`: it was ordered before.

        """
        await self._ask(endpoints.SEGMENTS_SCHEDULE_EXPORT, path=(str(segment_of(id)),))

    async def delete_export(self, id: int | str) -> None:  # noqa: A002 - the API's word
        """Delete an export, so that a new one can be ordered.

        Raises:
            NotFound: there is none.

        """
        await self._ask(endpoints.SEGMENTS_DELETE_EXPORT, path=(str(segment_of(id)),))


class Blacklist(Resource):
    """Addresses and telephones that get no messages."""

    async def create(self, kind: BlacklistKind, values: Iterable[str]) -> None:
        """Add values to a list.

        Args:
            kind: which list.
            values: at least one. They are sent as a file with one value on each line.

        Raises:
            ValueError: another kind, no values, or one that is empty or has a line break; nothing was sent.

        """
        await self._upload(endpoints.BLACKLIST_CREATE, kind, "create", values)

    async def replace(self, kind: BlacklistKind, values: Iterable[str]) -> None:
        """Replace a list by these values.

        Raises:
            ValueError: another kind, no values, or one that is empty or has a line break; nothing was sent.

        """
        await self._upload(endpoints.BLACKLIST_REPLACE, kind, "delete-create", values)

    async def delete(self, kind: BlacklistKind) -> None:
        """Empty a list. It is named in the query and in the body, since the vendor's sources disagree (N30).

        Raises:
            ValueError: another kind; nothing was sent.

        """
        which = one_of(kind, _KINDS, "kind")
        await self._ask(endpoints.BLACKLIST_DELETE, params=query_of(type=which), body=body_of({"blacklist": which}))

    async def _upload(self, endpoint: Endpoint[object], kind: str, action: str, values: Iterable[str]) -> None:
        file = "\n".join(checked_values(values)).encode()
        fields = {"blacklist": one_of(kind, _KINDS, "kind"), "type": action}
        content_type, body = multipart(fields, file)
        decoded(endpoint, await self._send(Call(endpoint, body=body, content_type=content_type)))


class Coupons(Resource):
    """Coupons of the loyalty club."""

    def list(
        self,
        *,
        status: CouponStatus | None = None,
        from_: date | str | None = None,
        to: date | str | None = None,
        limit: int | None = None,
        page: int = 0,
        page_size: int | None = None,
    ) -> AsyncIterator[Coupon]:
        """Yield coupons over all pages.

        Args:
            status: only these.
            from_: first day of their assignment, in UTC.
            to: last day of their assignment, in UTC.
            limit: most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: items of each request, 100 at most. The default is 100, or `limit` if that is less.

        Raises:
            ValueError: another status, a text that is not a day, or paging out of its bounds; nothing was sent.

        """
        which = None if status is None else one_of(status, COUPON_STATUSES, "status")
        params = query_of(status=which, from_=day_of(from_, "from_"), to=day_of(to, "to"))
        return self._pages(endpoints.COUPONS_LIST, params, paging_of(limit, page, page_size))


class BenefitsOfClub(Resource):
    """Benefits of the loyalty club."""

    async def list(
        self, *, current: int | None = None, out_of_stock: int | None = None, coming: int | None = None
    ) -> Benefits:
        """Return benefits of three kinds; not paged.

        Args:
            current: most current benefits.
            out_of_stock: most benefits that are sold out.
            coming: most future benefits.

        Raises:
            ValueError: a number below 0; nothing was sent.

        """
        params = query_of(
            currentbenefits=count_of(current, "current"),
            outofstockbenefits=count_of(out_of_stock, "out_of_stock"),
            comingbenefits=count_of(coming, "coming"),
        )
        return await self._ask(endpoints.BENEFITS_LIST, params=params)


class Categories(Resource):
    """The tree of categories. Products make them; here they are read and deleted."""

    async def list(self) -> list[CategoryNode]:
        """Return every node of the tree; not paged."""
        return await self._ask(endpoints.CATEGORIES_LIST)

    async def delete(self, code: str, *, notify_to: str | None = None) -> int | str | None:
        """Delete a category and those below it. It runs later, and cannot be taken back; products stay.

        Args:
            code: the code of the category.
            notify_to: an e-mail address that gets a message when it is done.

        Returns:
            The server's `request_id`, if it gave one.

        Raises:
            ValueError: no code, or `notify_to` is not an address; nothing was sent.
            NotFound: there is no such category.
            ReplyLost: perhaps scheduled; never repeated after bytes were sent.

        """
        if not text_of(code, "code"):
            raise ValueError("code must not be empty: delete_bulk deletes all categories")
        body = body_of({"code": code, "notify_to": address_of(notify_to, "notify_to")})
        return _request_id(await self._ask(endpoints.CATEGORIES_DELETE, body=body))

    async def delete_bulk(self, *, notify_to: str | None = None) -> int | str | None:
        """Delete all categories of the account. It runs later, and cannot be taken back; products stay.

        Args:
            notify_to: an e-mail address that gets a message when it is done.

        Returns:
            The server's `request_id`, if it gave one.

        Raises:
            ValueError: `notify_to` is not an address; nothing was sent.
            ReplyLost: perhaps scheduled; never repeated after bytes were sent.

        """
        body = body_of({"notify_to": address_of(notify_to, "notify_to")})
        return _request_id(await self._ask(endpoints.CATEGORIES_DELETE_BULK, body=body))


def _request_id(payload: dict[str, Any]) -> int | str | None:
    given = payload.get("request_id")
    return given if isinstance(given, int | str) else None
