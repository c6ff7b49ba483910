"""Which operation answers which method and path.

Room: testing. Paths end with or without a slash; `{}` stands for one percent-decoded part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from woowup_async.testing._account import SimulatedAccount, refuse
from woowup_async.testing._records import SimulatedRecords
from woowup_async.testing._shelves import Shelves

_API, _CONNECTORS = "/apiv3", "/connectors/v1"
Operation = Callable[[tuple[str, ...], dict[str, str], Any], tuple[int, Any]]


@dataclass(frozen=True, slots=True)
class SimulatedRoute:
    """One operation. `needs_body`: a body that is not JSON is refused before it is asked."""

    method: str
    pattern: re.Pattern[str]
    operation: Operation
    needs_body: bool

    def answer(self, path: str, query: dict[str, str], content: bytes) -> tuple[int, Any]:
        """Ask the operation."""
        matched = self.pattern.fullmatch(path)
        arguments = matched.groups() if matched else ()
        if not self.needs_body:
            return self.operation(arguments, query, None)
        try:
            body = json.loads(content)
        except ValueError:
            return refuse(["Syntax error"])
        return self.operation(arguments, query, body)


class Routes:
    """All of them."""

    def __init__(self, account: SimulatedAccount, records: SimulatedRecords, shelves: Shelves) -> None:
        self._routes = [*_with_bodies(account, records), *_with_queries(account, records), *_beside_the_pages(shelves)]

    def find(self, method: str, path: str) -> SimulatedRoute | None:
        """Return who answers, or None: the real host shows a web page then."""
        path = path.rstrip("/")
        return next((each for each in self._routes if each.method == method and each.pattern.fullmatch(path)), None)


def _with_bodies(account: SimulatedAccount, records: SimulatedRecords) -> list[SimulatedRoute]:
    def route(method: str, path: str, operation: Callable[[Any], tuple[int, Any]]) -> SimulatedRoute:
        return _route(method, path, lambda _arguments, _query, body: operation(body), needs_body=True)

    def of_owner(method: str, path: str, operation: Callable[[dict[str, str], Any], tuple[int, Any]]) -> SimulatedRoute:
        return _route(method, path, lambda _arguments, query, body: operation(query, body), needs_body=True)

    return [
        route("POST", f"{_API}/users", account.create_user),
        route("PUT", f"{_API}/multiusers", account.update_user),
        route("DELETE", f"{_API}/multiusers", records.delete_user),
        route("DELETE", f"{_API}/multiusers/bulk", records.delete_segment),
        route("POST", f"{_API}/multiusers/points", records.add_points),
        route("POST", f"{_API}/multiusers/merge", records.merge),
        of_owner("POST", f"{_API}/multiusers/members", records.add_member),
        of_owner("PUT", f"{_API}/multiusers/members", records.change_member),
        of_owner("POST", f"{_API}/multiusers/members/bulk", records.add_members),
        route("POST", f"{_API}/purchases", account.create_purchase),
        route("POST", f"{_API}/purchases/bulk", account.create_purchases),
        route("PUT", f"{_API}/purchases", records.replace_purchase),
        route("DELETE", f"{_API}/purchases", records.delete_purchase),
        route("DELETE", f"{_API}/purchases/bulk", records.delete_purchases),
        route("POST", f"{_API}/integration-stats", records.report),
        route("POST", f"{_CONNECTORS}/log", records.log),
    ]


def _with_queries(account: SimulatedAccount, records: SimulatedRecords) -> list[SimulatedRoute]:
    def route(path: str, operation: Callable[[dict[str, str]], tuple[int, Any]]) -> SimulatedRoute:
        return _route("GET", path, lambda _arguments, query, _body: operation(query))

    def of_one(path: str, operation: Callable[[str, dict[str, str]], tuple[int, Any]]) -> SimulatedRoute:
        return _route("GET", path, lambda arguments, query, _body: operation(arguments[0], query))

    return [
        route(f"{_API}/multiusers/find", records.find),
        route(f"{_API}/multiusers/exist", account.user_exists),
        of_one(f"{_API}/users/{{}}/belongsToSegment", records.belongs),
        route(f"{_API}/multiusers/transactions", records.history),
        route(f"{_API}/users/realtime-search", records.search),
        route(f"{_API}/multiusers/members", records.family),
        route(f"{_API}/purchases", records.stored_purchases),
        of_one(f"{_API}/purchases/iin/{{}}", records.card),
        route(f"{_API}/integration-stats", records.report_list),
        route(f"{_API}/stats", records.totals),
        route(f"{_CONNECTORS}/logs", records.log_list),
    ]


def _beside_the_pages(shelves: Shelves) -> list[SimulatedRoute]:
    def read(path: str, operation: Callable[..., tuple[int, Any]]) -> SimulatedRoute:
        return _route("GET", _API + path, lambda arguments, query, _body: operation(*arguments, query))

    def write(method: str, path: str, operation: Callable[..., tuple[int, Any]]) -> SimulatedRoute:
        handle: Operation = lambda arguments, _query, body: operation(*arguments, body)  # noqa: E731 - one of many
        return _route(method, _API + path, handle, needs_body=True)

    return [
        read("/products", shelves.product_list),
        read("/products/{}/exist", shelves.product_exists),
        read("/products/{}", shelves.product),
        write("POST", "/products", shelves.create_product),
        write("PUT", "/products/{}", shelves.update_product),
        read("/branches", shelves.branch_list),
        read("/branches/{}", shelves.branch),
        write("POST", "/branches", shelves.create_branch),
        write("PUT", "/branches/{}", shelves.update_branch),
        read("/events", shelves.event_list),
        write("POST", "/events", shelves.create_event),
        write("POST", "/user-events", shelves.tell_event),
        write("POST", "/multiusers/abandoned-cart", shelves.leave_cart),
        write("PUT", "/account/{}/{}", shelves.update_attribute),
        write("POST", "/account/{}", shelves.create_attribute),
        read("/account/{}", shelves.attribute_list),
        read("/segments", shelves.segment_list),
        read("/segments/{}", shelves.segment),
        write("PUT", "/users/{}", shelves.remove_tags),
    ]


def _route(method: str, path: str, operation: Operation, *, needs_body: bool = False) -> SimulatedRoute:
    # a service_uid in base64 may hold a slash, which came percent-encoded
    pattern = re.compile(re.escape(path).replace(r"\{\}", "(.+)"))
    return SimulatedRoute(method, pattern, operation, needs_body)
