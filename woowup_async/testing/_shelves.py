"""What the vendor's other pages describe: products, branches, events, carts, attributes, segments.

Room: testing. Pure.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

from woowup_async.testing._account import Answer, SimulatedAccount, answer, refuse
from woowup_async.testing._records import SimulatedRecords, page_of

_MISSING = answer(404, "not_found", "not found")
_NO_USER = answer(404, "user_not_found", "user not found")


class Shelves:
    """State by name, and the answers to each operation on it."""

    def __init__(self, account: SimulatedAccount, records: SimulatedRecords) -> None:
        self._account, self._records = account, records
        self.products: dict[str, dict[str, Any]] = {}
        self.branches: dict[str, dict[str, Any]] = {}
        self.events: dict[str, dict[str, Any]] = {}
        self.attributes: dict[tuple[str, str], dict[str, Any]] = {}
        self.user_events: list[dict[str, Any]] = []
        self.carts: list[dict[str, Any]] = []

    def create_product(self, body: Any) -> Answer:
        """POST /products."""
        if not isinstance(body, dict) or not {"sku", "name"} <= body.keys():
            return refuse(['Required properties missing: ["sku", "name"]'])
        self.products[body["sku"]] = {"id": len(self.products) + 1, "custom_attributes": [], **body}
        return answer(200, "ok", "ok", self.products[body["sku"]])

    def update_product(self, name: str, body: Any) -> Answer:
        """PUT /products/{sku}."""
        product = self.products.get(_decoded(name))
        if product is None:
            return _MISSING
        product |= body
        return answer(200, "ok", "ok", product)

    def product(self, name: str, query: dict[str, str]) -> Answer:
        """GET /products/{sku}."""
        product = self.products.get(_decoded(name))
        return _MISSING if product is None else answer(200, "ok", "ok", product)

    def product_exists(self, name: str, query: dict[str, str]) -> Answer:
        """GET /products/{sku}/exist."""
        return answer(200, "ok", "ok", {"exist": _decoded(name) in self.products})

    def product_list(self, query: dict[str, str]) -> Answer:
        """GET /products."""
        wanted = query.get("available")
        found = [p for p in self.products.values() if wanted is None or str(p.get("available", True)).lower() == wanted]
        return answer(200, "ok", "ok", page_of(found, query))

    def create_branch(self, body: Any) -> Answer:
        """POST /branches."""
        if not isinstance(body, dict) or not body.get("name"):
            return refuse(['Required properties missing: ["name"]'])
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        self.branches[body["name"]] = {"id": len(self.branches) + 1, **body, "createtime": now, "updatetime": now}
        return answer(200, "ok", "ok", self.branches[body["name"]])

    def update_branch(self, name: str, body: Any) -> Answer:
        """PUT /branches/{name}."""
        branch = self.branches.pop(_decoded(name), None)
        if branch is None:
            return _MISSING
        self.branches[body["name"]] = branch | body
        return answer(200, "ok", "ok", self.branches[body["name"]])

    def branch(self, name: str, query: dict[str, str]) -> Answer:
        """GET /branches/{id or name}: an unknown one is a 200 with an empty payload."""
        by_id = {str(branch["id"]): branch for branch in self.branches.values()}
        branch = by_id.get(name) if name.isdigit() else self.branches.get(_decoded(name))
        return answer(200, "ok", "ok", branch or [])

    def branch_list(self, query: dict[str, str]) -> Answer:
        """GET /branches: ten a page, unless asked otherwise."""
        return answer(200, "ok", "ok", page_of([*self.branches.values()], {"limit": "10"} | query))

    def create_event(self, body: Any) -> Answer:
        """POST /events."""
        name = body.get("name", "") if isinstance(body, dict) else ""
        if not name or name in self.events:
            return refuse(["invalid or duplicated name"])
        self.events[name] = {"id": len(self.events) + 1, "name": name, "createtime": "2026-01-01 10:00:00"}
        return answer(200, "ok", "ok", self.events[name])

    def event_list(self, query: dict[str, str]) -> tuple[int, Any]:
        """GET /events: a bare array."""
        return 200, page_of([*self.events.values()], query)

    def tell_event(self, body: Any) -> Answer:
        """POST /user-events."""
        if not isinstance(body, dict) or body.get("event") not in self.events:
            return refuse(["unknown event"])
        if self._account.find(body) is None:
            return _NO_USER
        self.user_events.append(body)
        return answer(200, "ok", "ok")

    def leave_cart(self, body: Any) -> Answer:
        """POST /multiusers/abandoned-cart: 201."""
        if not isinstance(body, dict) or not all("sku" in product for product in body.get("products", [{}])):
            return refuse(['Required properties missing: ["sku"]'])
        if self._account.find(body) is None:
            return _NO_USER
        self.carts.append(body)
        return answer(201, "ok", "ok")

    def attribute_list(self, owner: str, query: dict[str, str]) -> Answer:
        """GET /account/{owner}."""
        found = [each for (of, name), each in self.attributes.items() if of == owner and query.get("text", "") in name]
        return answer(200, "ok", "ok", page_of(found, query))

    def create_attribute(self, owner: str, body: Any) -> Answer:
        """POST /account/{owner}."""
        if not isinstance(body, dict) or not {"name", "data_type", "field_type", "label"} <= body.keys():
            return refuse(['Required properties missing: ["name", "data_type", "field_type", "label"]'])
        self.attributes[owner, body["name"]] = body
        return answer(200, "ok", "ok", body)

    def update_attribute(self, owner: str, name: str, body: Any) -> Answer:
        """PUT /account/{owner}/{old name}."""
        if self.attributes.pop((owner, name), None) is None:
            return _MISSING
        return self.create_attribute(owner, body)

    def segment_list(self, query: dict[str, str]) -> Answer:
        """GET /segments."""
        return answer(200, "ok", "ok", [self._segment(number) for number in self._records.segments])

    def segment(self, number: str, query: dict[str, str]) -> Answer:
        """GET /segments/{id}."""
        if int(number) not in self._records.segments:
            return answer(404, "segment_not_found", "segment not found")
        return answer(200, "ok", "ok", self._segment(int(number)))

    def remove_tags(self, number: str, body: Any) -> Answer:
        """PUT /users/{userapp_id}."""
        user = self._account.users.get(int(number))
        if user is None:
            return _NO_USER
        removed = set(body.get("remove_tags", "").split(","))
        user["tags"] = ",".join(tag for tag in user.get("tags", "").split(",") if tag not in removed)
        return answer(200, "ok", "ok")

    def _segment(self, number: int) -> dict[str, Any]:
        return {"id": number, "slug": f"segment-{number}", "title": f"Segment {number}", "type": "static"}


def _decoded(name: str) -> str:
    try:
        return b64decode(name, validate=True).decode()
    except ValueError:
        return ""
