"""Finds the operation for a method and a path.

Room: testing. Paths end with or without a slash (Q92); `{}` stands for one part. It is decoded after the path was
split, since the base64 of a service_uid may have a slash.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from woowup_async.testing._account import SimulatedAccount
from woowup_async.testing._activity import Activity
from woowup_async.testing._answers import BadQuery, refuse
from woowup_async.testing._audience import Audience
from woowup_async.testing._bodies import form_of, parsed
from woowup_async.testing._families import Families
from woowup_async.testing._query import Query
from woowup_async.testing._records import SimulatedRecords
from woowup_async.testing._reports import Reports
from woowup_async.testing._sales import Sales
from woowup_async.testing._shelves import Shelves

_API, _CONNECTORS = "/apiv3", "/connectors/v1"


@dataclass(frozen=True, slots=True)
class Asked:
    """The parts of one request."""

    method: str
    path: str
    query: Query
    content: bytes = b""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class _Parts:
    arguments: tuple[str, ...]
    query: Query
    body: Any


Operation = Callable[[_Parts], tuple[int, Any]]
Given = Callable[..., tuple[int, Any]]


@dataclass(frozen=True, slots=True)
class SimulatedRoute:
    """One operation. `reads` is the kind of its body. A body that cannot be decoded is refused before the operation."""

    method: str
    path: str
    operation: Operation
    reads: str = ""
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(re.escape(self.path).replace(r"\{\}", "([^/]+)")))

    def answer(self, asked: Asked, arguments: tuple[str, ...]) -> tuple[int, Any]:
        """Return the answer of the operation."""
        try:
            return self.operation(_Parts(arguments, asked.query, self._body(asked)))
        except BadQuery as error:
            return refuse([str(error)])

    def _body(self, asked: Asked) -> Any:
        if self.reads == "form":
            return form_of(asked.content, asked.content_type)
        if not self.reads or (self.reads == "json?" and not asked.content):
            return None
        try:
            return parsed(asked.content)
        except ValueError:
            raise BadQuery("Syntax error") from None


@dataclass(slots=True)
class Server:
    """All operations of one account."""

    account: SimulatedAccount
    records: SimulatedRecords = field(init=False)
    families: Families = field(init=False)
    sales: Sales = field(init=False)
    reports: Reports = field(init=False)
    shelves: Shelves = field(init=False)
    activity: Activity = field(init=False)
    audience: Audience = field(init=False)
    _exact: dict[tuple[str, str], SimulatedRoute] = field(init=False)
    _patterns: list[SimulatedRoute] = field(init=False)

    def __post_init__(self) -> None:
        account = self.account
        self.records = records = SimulatedRecords(account)
        self.shelves = Shelves(account, records)
        self.families, self.reports, self.activity = Families(account), Reports(account), Activity(account)
        self.sales, self.audience = Sales(account, records, self.shelves.branches), Audience(records)
        routes = list(self._routes())
        self._exact = {(each.method, each.path): each for each in routes if "{}" not in each.path}
        self._patterns = [each for each in routes if "{}" in each.path]

    @property
    def operations(self) -> list[tuple[str, str]]:
        """The method and the path of each operation."""
        return [*self._exact, *((each.method, each.path) for each in self._patterns)]

    def answer(self, asked: Asked) -> tuple[int, Any] | None:
        """Answer a request by its encoded path. Return None for an unknown path: the real host shows a web page."""
        path = asked.path.rstrip("/")
        if route := self._exact.get((asked.method, path)):
            return route.answer(asked, ())
        for route in self._patterns:
            if route.method == asked.method and (matched := route.pattern.fullmatch(path)):
                return route.answer(asked, tuple(map(unquote, matched.groups())))
        return None

    def _routes(self) -> Iterator[SimulatedRoute]:
        """Return the routes of the pages in their order, then the others. If two match, the first one answers."""
        yield from _of_reports(self.reports)
        yield from _of_purchases(self.account, self.sales)
        yield from _of_users(self.account, self.records)
        # the pages show these four without /apiv3; the vendor's client calls them with it (Q93, U33)
        for base in (_API, ""):
            yield from _of_families(base, self.families)
        yield from _of_users_by_id(self.records, self.families, self.activity)
        yield from _of_shelves(self.shelves)
        yield from _of_activity(self.activity)
        yield from _of_audience(self.audience)
        yield _read("/users", self.records.listed)


def _of_reports(reports: Reports) -> Iterator[SimulatedRoute]:
    yield _write("POST", "/integration-stats", reports.create)
    yield _read("/integration-stats", reports.listed)
    yield _read("/stats", reports.totals)
    yield _write("POST", "/log", reports.log, base=_CONNECTORS)
    yield _read("/logs", reports.log_list, base=_CONNECTORS)


def _of_purchases(account: SimulatedAccount, sales: Sales) -> Iterator[SimulatedRoute]:
    yield _write("POST", "/purchases", account.create_purchase)
    yield _write("POST", "/purchases/bulk", account.create_purchases)
    yield _write("PUT", "/purchases", account.replace_purchase)
    yield _read("/purchases", sales.found)
    yield _read("/purchases/iin/{}", sales.card)
    yield _write("DELETE", "/purchases", sales.delete)
    yield _write("DELETE", "/purchases/bulk", sales.delete_all)


def _of_users(account: SimulatedAccount, records: SimulatedRecords) -> Iterator[SimulatedRoute]:
    yield _write("POST", "/users", account.create_user)
    yield _read("/multiusers/find", records.find)
    yield _read("/multiusers/exist", account.user_exists)
    yield _write("PUT", "/multiusers", account.update_user)
    yield _write("DELETE", "/multiusers", records.delete)
    yield _write("DELETE", "/multiusers/bulk", records.delete_segment)
    yield _write("POST", "/users/register", records.register)
    yield _write("POST", "/users/newsletter", records.newsletter)
    yield _write("POST", "/multiusers/points", records.add_points)
    yield _write("POST", "/multiusers/merge", records.merge)
    yield _read("/multiusers/transactions", records.history)
    yield _read("/users/realtime-search", records.search)


def _of_families(base: str, families: Families) -> Iterator[SimulatedRoute]:
    def of_owner(method: str, path: str, given: Given) -> SimulatedRoute:
        return SimulatedRoute(method, base + path, lambda parts: given(parts.query, parts.body), "json")

    yield _read("/multiusers/members", families.family, base=base)
    yield of_owner("POST", "/multiusers/members", families.add)
    yield of_owner("PUT", "/multiusers/members", families.change)
    yield of_owner("POST", "/multiusers/members/bulk", families.add_all)


def _of_users_by_id(records: SimulatedRecords, families: Families, activity: Activity) -> Iterator[SimulatedRoute]:
    yield _read("/users/{}/exist", records.exists_by_id)
    yield _read("/users/{}/belongsToSegment", records.belongs)
    yield _write("POST", "/users/{}/points", records.add_points_by_id)
    yield _read("/users/{}/transactions", records.history_by_id)
    yield _read("/users/{}/members", families.family_by_id)
    yield _write("POST", "/users/{}/members/bulk", families.add_all_by_id)
    yield _write("POST", "/users/{}/members", families.add_by_id)
    yield _write("PUT", "/users/{}/members/{}", families.change_by_id)
    yield _write("POST", "/users/{}/abandoned-cart", activity.leave_cart_by_id)
    yield _read("/users/{}", records.find_by_id)
    yield _write("PUT", "/users/{}", records.update_by_id)


def _of_shelves(shelves: Shelves) -> Iterator[SimulatedRoute]:
    yield _read("/products", shelves.product_list)
    yield _read("/products/{}/exist", shelves.product_exists)
    yield _read("/products/{}", shelves.product)
    yield _write("POST", "/products", shelves.create_product)
    yield _write("PUT", "/products/{}", shelves.update_product)
    yield _read("/categories", shelves.category_list)
    yield _write("DELETE", "/categories", shelves.delete_category)
    yield _write("DELETE", "/categories/bulk", shelves.delete_categories)
    yield _read("/branches", shelves.branch_list)
    yield _read("/branches/{}", shelves.branch)
    yield _write("POST", "/branches", shelves.create_branch)
    yield _write("PUT", "/branches/{}", shelves.update_branch)
    yield _write("DELETE", "/branches", shelves.delete_branch)


def _of_activity(activity: Activity) -> Iterator[SimulatedRoute]:
    yield _read("/events", activity.event_list)
    yield _write("POST", "/events", activity.create_event)
    yield _write("POST", "/user-events", activity.tell_event)
    yield _write("POST", "/multiusers/abandoned-cart", activity.leave_cart)
    yield _write("PUT", "/account/{}/{}", activity.update_attribute)
    yield _write("POST", "/account/{}", activity.create_attribute)
    yield _read("/account/{}", activity.attribute_list)


def _of_audience(audience: Audience) -> Iterator[SimulatedRoute]:
    def clear(parts: _Parts) -> tuple[int, Any]:
        return audience.clear_blacklist(parts.query, parts.body)

    yield SimulatedRoute("POST", f"{_API}/account/blacklist", lambda parts: audience.fill_blacklist(parts.body), "form")
    yield SimulatedRoute("DELETE", f"{_API}/account/blacklist", clear, "json?")
    yield _read("/segments", audience.segment_list)
    yield _read("/segments/{}", audience.segment)
    yield _read("/export/segments/{}", audience.export)
    yield SimulatedRoute("POST", f"{_API}/export/segments/{{}}", _asking(audience.order_export))
    yield SimulatedRoute("DELETE", f"{_API}/export/segments/{{}}", _asking(audience.delete_export))
    yield _read("/coupons", audience.coupon_list)
    yield _write("PUT", "/coupons/{}", audience.change_coupon)
    yield _read("/benefits", audience.benefit_list)


def _read(path: str, given: Given, base: str = _API) -> SimulatedRoute:
    return SimulatedRoute("GET", base + path, _asking(given))


def _write(method: str, path: str, given: Given, base: str = _API) -> SimulatedRoute:
    return SimulatedRoute(method, base + path, lambda parts: given(*parts.arguments, parts.body), "json")


def _asking(given: Given) -> Operation:
    return lambda parts: given(*parts.arguments, parts.query)
