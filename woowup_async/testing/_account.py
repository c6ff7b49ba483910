"""The state of one account on the server: users, purchases, and the answers to the operations that send them.

Room: testing. Pure.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from woowup_async.testing._answers import Answer, answer, done, no_user, refuse
from woowup_async.testing._query import moment_of, now_iso, now_text
from woowup_async.testing._returned import Fields, Kept, stored_user
from woowup_async.testing._schemas import (
    IDENTIFIERS,
    MAX_BYTES,
    change_errors,
    purchase_errors,
    unidentified,
    user_errors,
)

PurchaseKey = tuple[str | None, str]


class SimulatedAccount:
    """The state of the account. Tests may read it.

    Attributes:
        users: users as sent, with their updates merged in, by `userapp_id`.
        purchases: purchases as sent, by branch and invoice number.
        members: family members as sent, each with an `id`, by the `userapp_id` of their user.
        orphans: purchases of bulk requests whose user does not exist. They were queued, then dropped.
        duplicates: purchases of bulk requests that were stored before.
        arrivals: when each purchase arrived.
        unshelved: purchases whose products were not read yet.
        created: the HTTP status of the answer after something is created.
        branch_ids: the id of each branch that was created or that a purchase names.

    """

    def __init__(self, *, names_index: bool = False, answers_201: bool = False) -> None:
        self._names_index, self.created = names_index, 201 if answers_201 else 200
        self.refuses: Callable[[Fields], list[str]] = lambda record: []
        self.users: dict[int, Fields] = {}
        self.purchases: dict[PurchaseKey, Fields] = {}
        self.members: dict[int, list[Fields]] = {}
        self.orphans: list[Fields] = []
        self.duplicates = 0
        self.arrivals: dict[PurchaseKey, str] = {}
        self.unshelved: list[Fields] = []
        self.branch_ids: dict[str, int] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._kept: dict[int, Kept] = {}
        self._last_number, self._last_branch = 30_000_000, 0

    # Users.

    def create_user(self, body: Any) -> Answer:
        """POST /users."""
        if errors := user_errors(body) or self.refuses(body):
            return refuse(errors)
        if self.find(body) is not None:
            return answer(500, "internal_error", "usuario existente")
        return done(self.returned(self.added(body)), "", self.created)

    def update_user(self, body: Any) -> Answer:
        """PUT /multiusers. `new_email` replaces the e-mail address that identifies the user (N40)."""
        if errors := change_errors(body) or unidentified(body) or self.refuses(body):
            return refuse(errors)
        number = self.find(body)
        if number is None:
            return no_user()
        self.change(number, body)
        return done(self.returned(number))

    def user_exists(self, query: dict[str, str]) -> Answer:
        """GET /multiusers/exist. The id is a string here (Q77)."""
        number = self.find(query)
        found = {"exist": number is not None} | ({"userapp_id": str(number)} if number is not None else {})
        return done(found, "")

    def find(self, fields: Fields) -> int | None:
        """Return the number of the user that one of the identifiers names."""
        keys = ((name, str(fields[name])) for name in IDENTIFIERS if fields.get(name))
        return next((self._ids[key] for key in keys if key in self._ids), None)

    def by_path(self, identifier: str) -> int | None:
        """Return the number of the user that a part of a path names: by id, or by `service_uid` in base64."""
        if identifier.isascii() and identifier.isdigit() and len(identifier) < 19 and int(identifier) in self.users:
            return int(identifier)
        return self.find({"service_uid": decoded(identifier)})

    def added(self, body: Fields) -> int:
        """Store a new user and return its number."""
        self._last_number += 1
        self.users[self._last_number] = {}
        self._kept[self._last_number] = Kept(self._last_number, now_iso())
        self._store(self._last_number, body)
        return self._last_number

    def change(self, number: int, body: Fields) -> None:
        """Merge the sent values into a user."""
        if body.get("new_email"):
            body = {name: value for name, value in body.items() if name != "new_email"} | {"email": body["new_email"]}
        self._store(number, body)
        self.kept(number).updatetime = now_iso()

    def kept(self, number: int) -> Kept:
        """Return the data that the server keeps about a user in addition to the sent fields."""
        return self._kept.setdefault(number, Kept(number, now_iso()))

    def returned(self, number: int, shape: str = "whole") -> Fields:
        """Return a user as reads show it."""
        return stored_user(self.users[number], self.kept(number), self.members.get(number, []), shape)

    def forget(self, number: int) -> None:
        """Drop a user and the user's purchases."""
        for key in [key for key, each in self.purchases.items() if self.find(each) == number]:
            self.drop(key)
        for held in (self.users, self.members, self._kept):
            held.pop(number, None)
        self._ids = {key: owner for key, owner in self._ids.items() if owner != number}

    def absorb(self, into: int, from_: int) -> None:
        """Merge one user into another, with its identifiers, points and family members."""
        self.kept(into).earned += int(self.users[from_].get("points") or 0) + self.kept(from_).earned
        gone = {name: value for name, value in self.users.pop(from_).items() if name != "points"}
        self.users[into] = gone | self.users[into]
        self.members.setdefault(into, []).extend(self.members.pop(from_, []))
        self._kept.pop(from_, None)
        self._ids = {key: into if owner == from_ else owner for key, owner in self._ids.items()}

    # Purchases.

    def create_purchase(self, body: Any) -> Answer:
        """POST /purchases."""
        if refusal := self._refusal(body):
            return refusal
        if self.find(body) is None:
            return no_user()
        if _key(body) in self.purchases:
            return answer(400, "duplicated_purchase_number", "duplicated purchase number")
        self._keep(body)
        return done(status=self.created)

    def create_purchases(self, bodies: Any) -> Answer:
        """POST /purchases/bulk. If one purchase is bad, all are refused, and the answer does not say which one."""
        if not isinstance(bodies, list) or not bodies:
            return refuse(["Expected array"])
        for index, body in enumerate(bodies):
            if refusal := self._refusal(body, f"[{index}] " if self._names_index else ""):
                return refusal
        for body in bodies:
            if self.find(body) is None:
                self.orphans.append(body)
            elif _key(body) in self.purchases:
                self.duplicates += 1
            else:
                self._keep(body)
        return done(status=self.created)

    def replace_purchase(self, body: Any) -> Answer:
        """PUT /purchases: by branch and invoice number."""
        if refusal := self._refusal(body):
            return refusal
        if self.find(body) is None:
            return no_user()
        if old := self.purchases.get(_key(body)):
            self._earn(old, -1)
        self._keep(body, self.arrivals.get(_key(body)))  # it keeps its place: the first with a number is the oldest
        return done()

    def drop(self, key: PurchaseKey) -> None:
        """Delete a purchase and its points."""
        purchase = self.purchases.pop(key, None)
        self.arrivals.pop(key, None)
        if purchase is not None:
            self._earn(purchase, -1)

    def branch_id(self, name: str) -> int:
        """Return the id of a branch. An unknown branch gets the next id."""
        if name not in self.branch_ids:
            self._last_branch += 1
            self.branch_ids[name] = self._last_branch
        return self.branch_ids[name]

    def made(self, key: PurchaseKey) -> datetime:
        """Return the `createtime` of a purchase, or its arrival if `createtime` is missing or is not a time."""
        createtime = self.purchases[key].get("createtime")
        return moment_of(createtime) or moment_of(self.arrivals.get(key)) or datetime.now(UTC)

    def _keep(self, purchase: Fields, arrived: str | None = None) -> None:
        key = _key(purchase)
        self.purchases[key] = purchase
        self.arrivals[key] = arrived or now_text()
        if key[0]:
            self.branch_id(key[0])
        self.unshelved.append(purchase)
        self._earn(purchase, 1)

    def _earn(self, purchase: Fields, sign: int) -> None:
        if purchase.get("points") and (number := self.find(purchase)) is not None:
            self.kept(number).earned += sign * int(purchase["points"])

    def _refusal(self, purchase: Any, named: str = "") -> Answer | None:
        if len(json.dumps(purchase, ensure_ascii=False, separators=(",", ":")).encode()) > MAX_BYTES:
            return answer(413, "payload_too_large", "payload too large")
        errors = purchase_errors(purchase) or self.refuses(purchase)
        return refuse([f"{named}{error}" for error in errors]) if errors else None

    def _store(self, number: int, body: Fields) -> None:
        user = self.users[number]
        for name in IDENTIFIERS:
            if value := body.get(name):
                if user.get(name) and self._ids.get((name, str(user[name]))) == number:
                    del self._ids[name, str(user[name])]
                self._ids[name, str(value)] = number
        if "points" in body:
            self.kept(number).earned = 0  # the sent value is taken as the balance (U37)
        for channel in ("mailing", "whatsapp", "sms"):
            if f"{channel}_enabled" in body:  # an old reason does not explain a new state
                user.pop(f"{channel}_enabled_reason", None)
                user.pop(f"{channel}_disabled_reason", None)
        user |= body


def decoded(part: str) -> str:
    """Decode a part of a path from base64. Return an empty text if it is not base64."""
    try:
        return b64decode(part, validate=True).decode()
    except ValueError:
        return ""


def _key(purchase: Fields) -> PurchaseKey:
    return purchase.get("branch_name"), str(purchase["invoice_number"])
