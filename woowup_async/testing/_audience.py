"""Audience features: segments and their exports, blacklists, coupons, benefits.

Room: testing. Pure. Written from the vendor's other pages and its clients. The vendor's admin creates segments, coupons
and benefits; here a test does.
"""

from __future__ import annotations

from typing import Any

from woowup_async.testing._answers import Answer, BadQuery, answer, done, missing, refuse
from woowup_async.testing._query import Query, has_period, moment_of, now_text, number_in, page_of, period_of
from woowup_async.testing._records import SimulatedRecords
from woowup_async.testing._returned import Fields

_STATUSES = ("available", "assigned", "pending", "cancelled", "used")
_KINDS = ("email", "telephone")
#: The parameters, and the keys of the answer, as the page spells them (N17).
_BENEFITS = {"current": "currentbenefits", "outofstock": "outofstockbenefits", "comingbenefits": "comingbenefits"}


class Audience:
    """The state of these features, and the answer to each operation on them."""

    def __init__(self, records: SimulatedRecords) -> None:
        self._records = records
        self.exports: dict[int, str] = {}
        self.blacklist: dict[str, list[str]] = {kind: [] for kind in _KINDS}
        self.coupons: list[Fields] = []
        self.benefits: dict[str, list[Fields]] = {name: [] for name in _BENEFITS}

    # Segments (N31-N35).

    def segment_list(self, query: Query) -> Answer:
        """GET /segments."""
        return done([_segment(number) for number in self._records.segments])

    def segment(self, part: str, query: Query) -> Answer:
        """GET /segments/{id}."""
        number = self._segment_number(part)
        return missing("segment not found", "segment_not_found") if number is None else done(_segment(number))

    def export(self, part: str, query: Query) -> Answer:
        """GET /export/segments/{id}. The answer has the URL of the file, if an export was ordered."""
        number = self._segment_number(part)
        if number is None or number not in self.exports:
            return missing("export not found")
        url = f"https://files.example.com/segment-{number}.csv"
        segment = {"id": number, "title": f"Segment {number}", "url": url, "last_update": self.exports[number]}
        return done({"segment": segment})

    def order_export(self, part: str, query: Query) -> Answer:
        """POST /export/segments/{id}. Here the file is ready at once; the real API needs up to a day."""
        number = self._segment_number(part)
        if number is None:
            return missing("segment not found", "segment_not_found")
        if number in self.exports:
            return answer(400, "client_error", "Export already scheduled", {"errors": ["Export already scheduled"]})
        self.exports[number] = now_text()
        return done(message="Scheduled")

    def delete_export(self, part: str, query: Query) -> Answer:
        """DELETE /export/segments/{id}."""
        number = self._segment_number(part)
        if number is None or self.exports.pop(number, None) is None:
            return missing("export not found")
        return done()

    def _segment_number(self, part: str) -> int | None:
        number = int(part) if part.isascii() and part.isdigit() and len(part) < 19 else None
        return number if number in self._records.segments else None

    # Blacklists (N29, N30).

    def fill_blacklist(self, form: dict[str, bytes]) -> Answer:
        """POST /account/blacklist. The file has one value on each line."""
        absent = [name for name in ("file", "blacklist", "type") if name not in form]
        if absent:
            quoted = ", ".join(f'"{name}"' for name in absent)
            return refuse([f"Required properties missing: [{quoted}]"])
        kind, action = (form[name].decode(errors="replace").strip() for name in ("blacklist", "type"))
        if kind not in _KINDS or action not in ("create", "delete-create"):
            return refuse(["blacklist or type: value not in enum"])
        given = (line.strip() for line in form["file"].decode(errors="replace").splitlines())
        kept = self.blacklist[kind] if action == "create" else []
        self.blacklist[kind] = list(dict.fromkeys([*kept, *(line for line in given if line)]))
        return done()

    def clear_blacklist(self, query: Query, body: Any) -> Answer:
        """DELETE /account/blacklist. The page names the list in the body, the vendor's client in the query (N30)."""
        kind = body.get("blacklist") if isinstance(body, dict) else query.get("type")
        if kind not in _KINDS:
            return refuse(["blacklist: value not in enum"])
        self.blacklist[str(kind)] = []
        return done()

    # Coupons and benefits (N15-N17).

    def coupon_list(self, query: Query) -> Answer:
        """GET /coupons. The answer is a bare array, and the period is of `assign_date`."""
        status, is_within = query.get("status"), period_of(query)
        if status and status not in _STATUSES:
            raise BadQuery("status: value not in enum")
        found = [coupon for coupon in self.coupons if not status or coupon.get("status") == status]
        if has_period(query):
            times = [(coupon, moment_of(coupon.get("assign_date"))) for coupon in found]
            found = [coupon for coupon, moment in times if moment is not None and is_within(moment)]
        return 200, page_of(found, query)

    def change_coupon(self, code: str, body: Any) -> Answer:
        """PUT /coupons/{code}. It changes the status."""
        if not isinstance(body, dict) or body.get("status") not in _STATUSES:
            return refuse(["status: value not in enum"])
        coupon = next((each for each in self.coupons if str(each.get("code")) == code), None)
        if coupon is None:
            return missing("coupon not found")
        coupon["status"] = body["status"]
        return done(coupon)

    def benefit_list(self, query: Query) -> Answer:
        """GET /benefits. The parameters are the number of benefits of each kind."""
        return done(
            {
                name: self.benefits.get(name, [])[: number_in(query, parameter, 25)]
                for name, parameter in _BENEFITS.items()
            },
            "",
        )


def _segment(number: int) -> Fields:
    named = {"id": number, "slug": f"segment-{number}", "title": f"Segment {number}", "type": "static"}
    return named | {"definition": None, "advanced": False}
