"""Segments and their exports, coupons, benefits and categories, as they come back.

Room: models. Pure. Known from the vendor's other pages and clients; not on the five official ones. All other
keys are in `extra`.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from woowup_async.models._answer import Answer

#: What a coupon may be (N15).
CouponStatus = Literal["available", "assigned", "pending", "cancelled", "used"]
COUPON_STATUSES: tuple[str, ...] = get_args(CouponStatus)


class SegmentExport(Answer, frozen=True, kw_only=True):
    """The address and the time of a file with a segment's users."""

    id: int | str | None = None
    title: str | None = None
    url: str | None = None
    last_update: str | None = None


class ExportedSegment(Answer, frozen=True):
    """The payload of a segment's export."""

    segment: SegmentExport = SegmentExport()


class Coupon(Answer, frozen=True, kw_only=True):
    """A coupon."""

    code: str | int | None = None
    status: str | None = None
    assign_date: str | None = None


class Benefits(Answer, frozen=True, kw_only=True):
    """Benefits of the loyalty club: current ones, those that are sold out, and future ones."""

    current: list[dict[str, Any]] = []
    outofstock: list[dict[str, Any]] = []
    comingbenefits: list[dict[str, Any]] = []


class CategoryNode(Answer, frozen=True, kw_only=True):
    """One node of the tree of categories. Categories are created with products."""

    id: int | str | None = None
    path: str | list[Any] | None = None
    name: str | None = None
