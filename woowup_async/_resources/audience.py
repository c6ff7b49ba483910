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
    """Segments of users. `users.list(segment_id=…)` yields the users of a segment. An export is a file with them."""

    async def list(self) -> list[Segment]:
        """Return all segments. The list has no pages."""
        return await self._ask(endpoints.SEGMENTS_LIST)

    async def find(self, id: int | str) -> Segment | None:  # noqa: A002 - the API's word
        """Return a segment, or None.

        Raises:
            ValueError: the id is not a whole number above 0. Nothing was sent.

        """
        return await self._find(endpoints.SEGMENTS_FIND, path=(str(segment_of(id)),))

    async def export(self, id: int | str) -> SegmentExport | None:  # noqa: A002 - the API's word
        """Return the URL of a segment's export, or None if no export was ordered or it is not ready."""
        found = await self._find(endpoints.SEGMENTS_EXPORT, path=(str(segment_of(id)),))
        return None if found is None else found.segment

    async def schedule_export(self, id: int | str) -> None:  # noqa: A002 - the API's word
        """Order an export, which is ready within a day (the vendor's page).

        Raises:
            BadRequest: the export was ordered before (code `client_error`).

        """
        await self._ask(endpoints.SEGMENTS_SCHEDULE_EXPORT, path=(str(segment_of(id)),))

    async def delete_export(self, id: int | str) -> None:  # noqa: A002 - the API's word
        """Delete an export, so that a new one can be ordered.

        Raises:
            NotFound: there is no export.

        """
        await self._ask(endpoints.SEGMENTS_DELETE_EXPORT, path=(str(segment_of(id)),))


class Blacklist(Resource):
    """The e-mail addresses and telephone numbers that get no messages."""

    async def create(self, kind: BlacklistKind, values: Iterable[str]) -> None:
        """Add values to a list.

        Args:
            kind: the list.
            values: at least one value. They are sent as a file with one value on each line.

        Raises:
            ValueError: the kind is unknown, there are no values, or one is empty or has a line break. Nothing was sent.

        """
        await self._upload(endpoints.BLACKLIST_CREATE, kind, "create", values)

    async def replace(self, kind: BlacklistKind, values: Iterable[str]) -> None:
        """Replace a list by these values.

        Raises:
            ValueError: the kind is unknown, there are no values, or one is empty or has a line break. Nothing was sent.

        """
        await self._upload(endpoints.BLACKLIST_REPLACE, kind, "delete-create", values)

    async def delete(self, kind: BlacklistKind) -> None:
        """Remove all values of a list. Both query and body name the list, since the vendor's sources disagree (N30).

        Raises:
            ValueError: the kind is unknown. Nothing was sent.

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
            status: only coupons with this status.
            from_: the first day of assignment, in UTC.
            to: the last day of assignment, in UTC.
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most. The default is 100, or a lower `limit`.

        Raises:
            ValueError: the status is unknown, a text is not a day, or the paging is out of bounds. Nothing was sent.

        """
        which = None if status is None else one_of(status, COUPON_STATUSES, "status")
        params = query_of(status=which, from_=day_of(from_, "from_"), to=day_of(to, "to"))
        return self._pages(endpoints.COUPONS_LIST, params, paging_of(limit, page, page_size))


class BenefitsOfClub(Resource):
    """Benefits of the loyalty club."""

    async def list(
        self, *, current: int | None = None, out_of_stock: int | None = None, coming: int | None = None
    ) -> Benefits:
        """Return benefits of three kinds. The list has no pages.

        Args:
            current: the most current benefits.
            out_of_stock: the most benefits that are sold out.
            coming: the most future benefits.

        Raises:
            ValueError: a number is below 0. Nothing was sent.

        """
        params = query_of(
            currentbenefits=count_of(current, "current"),
            outofstockbenefits=count_of(out_of_stock, "out_of_stock"),
            comingbenefits=count_of(coming, "coming"),
        )
        return await self._ask(endpoints.BENEFITS_LIST, params=params)


class Categories(Resource):
    """The tree of categories. Products create categories. These methods read and delete them."""

    async def list(self) -> list[CategoryNode]:
        """Return every node of the tree. The list has no pages."""
        return await self._ask(endpoints.CATEGORIES_LIST)

    async def delete(self, code: str, *, notify_to: str | None = None) -> int | str | None:
        """Delete a category and those below it. The deletion runs later and cannot be undone. Products stay.

        Args:
            code: the code of the category.
            notify_to: an e-mail address that gets a message when it is done.

        Returns:
            The server's `request_id`, if it gave one.

        Raises:
            ValueError: there is no code, or `notify_to` is not an address. Nothing was sent.
            NotFound: there is no such category.
            ReplyLost: it may be scheduled. It is not repeated after bytes were sent.

        """
        if not text_of(code, "code"):
            raise ValueError("code must not be empty: delete_bulk deletes all categories")
        body = body_of({"code": code, "notify_to": address_of(notify_to, "notify_to")})
        return _request_id(await self._ask(endpoints.CATEGORIES_DELETE, body=body))

    async def delete_bulk(self, *, notify_to: str | None = None) -> int | str | None:
        """Delete all categories of the account. The deletion runs later and cannot be undone. Products stay.

        Args:
            notify_to: an e-mail address that gets a message when it is done.

        Returns:
            The server's `request_id`, if it gave one.

        Raises:
            ValueError: `notify_to` is not an address. Nothing was sent.
            ReplyLost: it may be scheduled. It is not repeated after bytes were sent.

        """
        body = body_of({"notify_to": address_of(notify_to, "notify_to")})
        return _request_id(await self._ask(endpoints.CATEGORIES_DELETE_BULK, body=body))


def _request_id(payload: dict[str, Any]) -> int | str | None:
    given = payload.get("request_id")
    return given if isinstance(given, int | str) else None
