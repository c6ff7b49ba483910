"""Coupons, benefits, exports and categories in answers."""

from woowup_async.models import Benefits, CategoryNode, Coupon
from woowup_async.models._answer import fitted
from woowup_async.models.audience import COUPON_STATUSES, ExportedSegment, SegmentExport


def test_undocumented_keys_are_kept() -> None:
    coupon = fitted({"code": "A-1", "status": "used", "benefit": {"id": 3}}, Coupon)
    assert (coupon.code, coupon.status, coupon.extra) == ("A-1", "used", {"benefit": {"id": 3}})
    node = fitted({"id": "a-b", "path": ["a", "a-b"], "name": "Linea blanca", "level": 2}, CategoryNode)
    assert (node.path, node.extra) == (["a", "a-b"], {"level": 2})


def test_all_fields_may_be_missing() -> None:
    assert fitted({}, ExportedSegment).segment == SegmentExport()
    assert fitted({"segment": []}, ExportedSegment).segment == SegmentExport()
    assert fitted({"current": None, "outofstock": []}, Benefits) == Benefits()


def test_a_coupon_has_one_of_five_states() -> None:
    assert COUPON_STATUSES == ("available", "assigned", "pending", "cancelled", "used")
