"""Activity of customers and definitions of attributes: events, carts, custom attributes.

Room: testing. Pure. Written from the vendor's other pages and its clients.
"""

from __future__ import annotations

import re
from typing import Any

from woowup_async.testing._account import SimulatedAccount
from woowup_async.testing._answers import Answer, done, missing, no_user, refuse
from woowup_async.testing._query import Query, now_text, page_of
from woowup_async.testing._returned import Fields
from woowup_async.testing._schemas import attribute_errors, cart_errors, unidentified, user_event_errors

#: Users, purchases, lines of purchases and products have custom attributes (N24).
_OWNERS = {f"{owner}custom-attributes" for owner in ("", "purchase-", "purchase-item-", "product-")}


class Activity:
    """The state of these features, and the answer to each operation on them."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self.events: dict[str, Fields] = {}
        self.user_events: list[Fields] = []
        self.carts: list[Fields] = []
        self.attributes: dict[tuple[str, str], Fields] = {}

    def create_event(self, body: Any) -> Answer:
        """POST /events. A name consists of letters, digits and dashes (N22)."""
        name = body.get("name") if isinstance(body, dict) else None
        if not isinstance(name, str) or not re.fullmatch("[A-Za-z0-9-]+", name) or name in self.events:
            return refuse(["invalid or duplicated name"])
        self.events[name] = {"id": len(self.events) + 1, "name": name, "createtime": now_text()}
        return done(self.events[name])

    def event_list(self, query: Query) -> Answer:
        """GET /events. The answer is a bare array."""
        return 200, page_of([*self.events.values()], query)

    def tell_event(self, body: Any) -> Answer:
        """POST /user-events."""
        if errors := user_event_errors(body) or unidentified(body):
            return refuse(errors)
        if body["event"] not in self.events:
            return refuse(["unknown event"])
        if self._account.find(body) is None:
            return no_user()
        self.user_events.append(body)
        return done()

    def leave_cart(self, body: Any) -> Answer:
        """POST /multiusers/abandoned-cart. The status is 201."""
        if errors := cart_errors(body) or unidentified(body):
            return refuse(errors)
        return self._kept(self._account.find(body), body)

    def leave_cart_by_id(self, identifier: str, body: Any) -> Answer:
        """POST /users/{uid}/abandoned-cart, the older form (N28)."""
        if errors := cart_errors(body):
            return refuse(errors)
        return self._kept(self._account.by_path(identifier), body)

    def _kept(self, number: int | None, cart: Fields) -> Answer:
        if number is None:
            return no_user()
        self.carts.append(cart)
        return done(status=201)

    def attribute_list(self, owner: str, query: Query) -> Answer:
        """GET /account/{owner}."""
        text = query.get("text", "").lower()
        found = [each for (of, name), each in self.attributes.items() if of == owner and text in name.lower()]
        return done(page_of(found, query))

    def create_attribute(self, owner: str, body: Any) -> Answer:
        """POST /account/{owner}."""
        if owner not in _OWNERS:
            return missing("not found")
        if errors := attribute_errors(body):
            return refuse(errors)
        self.attributes[owner, body["name"]] = body
        return done(body)

    def update_attribute(self, owner: str, name: str, body: Any) -> Answer:
        """PUT /account/{owner}/{old name}."""
        if errors := attribute_errors(body):
            return refuse(errors)
        if self.attributes.pop((owner, name), None) is None:
            return missing("not found")
        return self.create_attribute(owner, body)
