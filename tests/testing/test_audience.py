"""Segments and their exports, coupons, benefits (N15-N17, N31-N35)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.plain_client import Direct


@pytest.fixture
def direct() -> Direct:
    opened = Direct()
    opened.server.records.segments[7] = set()
    return opened


def test_segments(direct: Direct) -> None:
    (segment,) = direct.payload("GET", "/segments")
    assert [*segment] == ["id", "slug", "title", "type", "definition", "advanced"]
    assert direct.payload("GET", "/segments/7") == segment
    for part in ("8", "x", "٧", "9" * 30):
        assert direct.code("GET", f"/segments/{part}") == (404, "segment_not_found", ["segment not found"])


def test_an_export_is_ordered_read_and_deleted(direct: Direct) -> None:
    path = "/export/segments/7"
    assert direct.code("GET", path) == direct.code("DELETE", path) == (404, "not_found", ["export not found"])
    assert direct.ask("POST", path)[1]["message"] == "Scheduled"
    assert direct.code("POST", path) == (400, "client_error", ["Export already scheduled"])
    assert [*direct.payload("GET", path)["segment"]] == ["id", "title", "url", "last_update"]
    direct.payload("DELETE", path)
    assert direct.code("GET", path)[0] == 404
    assert direct.code("POST", "/export/segments/8")[1] == "segment_not_found"


def test_coupons(direct: Direct) -> None:
    days = {"A": ("used", "2026-01-01"), "B": ("used", None), "C": ("available", "2026-02-01 10:00:00")}
    for code, (state, day) in days.items():
        direct.server.audience.coupons.append({"code": code, "status": state, "assign_date": day})

    def codes(**query: Any) -> str:
        status, found = direct.ask("GET", "/coupons", **query)
        assert status == 200
        return "".join(coupon["code"] for coupon in found)

    assert (codes(), codes(status="", from_=""), codes(status="used")) == ("ABC", "ABC", "AB")
    assert (codes(from_="2026-01-01", to="2026-01-31"), codes(page=1, limit=2)) == ("A", "C")
    assert direct.code("GET", "/coupons", status="gone")[1] == "bad_request"
    direct.payload("PUT", "/coupons/C", {"status": "cancelled"})
    assert codes(status="cancelled") == "C"
    assert direct.code("PUT", "/coupons/D", {"status": "used"})[1] == "not_found"
    body: Any
    for body in ({}, [], {"status": ["used"]}):
        assert direct.code("PUT", "/coupons/C", body)[1] == "bad_request"


def test_benefits(direct: Direct) -> None:
    """The parameters are the number of benefits of each kind."""
    direct.server.audience.benefits["current"] = [{"id": number} for number in range(3)]
    found = direct.payload("GET", "/benefits", currentbenefits=2, outofstockbenefits="")
    assert found == {"current": [{"id": 0}, {"id": 1}], "outofstock": [], "comingbenefits": []}
