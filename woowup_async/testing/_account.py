"""What one account holds on the server: users and purchases, and the answers to each operation.

Room: testing. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from woowup_async.testing._schema import IDENTIFIERS, MAX_BYTES, purchase_errors, user_errors

Answer = tuple[int, dict[str, Any]]
PurchaseKey = tuple[str | None, str]

#: Names that differ between what is sent and what comes back (Q64).
_RENAMED = {"birthdate": "birthday", "postcode": "postal_code", "street": "address"}
_RETURNED = (
    "service_uid", "email", "first_name", "last_name", "telephone", "birthday", "gender", "document", "document_type",
    "state", "city", "department", "address", "postal_code", "country", "marital_status", "tags",
)  # fmt: skip


def answer(status: int, code: str, message: str, payload: Any = ()) -> Answer:
    """Wrap a payload as the API does."""
    body = {"payload": list(payload) if payload == () else payload, "message": message, "code": code, "time": "7ms"}
    return status, body


def refuse(errors: list[str]) -> Answer:
    """Answer 400 with the errors where the vendor puts them."""
    return answer(400, "bad_request", "bad request", {"errors": errors})


class SimulatedAccount:
    """State, open to inspection.

    Attributes:
        users: as sent, merged by updates, by their `userapp_id`.
        purchases: as sent, by branch and invoice number.
        orphans: purchases of bulk requests whose user does not exist: queued, then dropped.
        duplicates: purchases of bulk requests that were there before.

    """

    def __init__(self, *, names_index: bool = False) -> None:
        self._names_index = names_index
        self.refuses: Callable[[dict[str, Any]], list[str]] = lambda record: []
        self.users: dict[int, dict[str, Any]] = {}
        self.purchases: dict[PurchaseKey, dict[str, Any]] = {}
        self.orphans: list[dict[str, Any]] = []
        self.duplicates = 0
        self._ids: dict[tuple[str, str], int] = {}

    def create_user(self, body: Any) -> Answer:
        """POST /users."""
        if errors := user_errors(body) or self.refuses(body):
            return refuse(errors)
        if self.find(body) is not None:
            return answer(500, "internal_error", "usuario existente")
        number = 30_000_000 + len(self.users) + 1
        self.users[number] = {}
        return answer(200, "ok", "", self._store(number, body))

    def update_user(self, body: Any) -> Answer:
        """PUT /multiusers."""
        if errors := user_errors(body) or self.refuses(body):
            return refuse(errors)
        number = self.find(body)
        if number is None:
            return answer(404, "user_not_found", "user not found")
        return answer(200, "ok", "ok", self._store(number, body))

    def user_exists(self, query: dict[str, str]) -> Answer:
        """GET /multiusers/exist; the id comes as a string here (Q77)."""
        number = self.find(query)
        found = {"exist": number is not None} | ({"userapp_id": str(number)} if number is not None else {})
        return answer(200, "ok", "", found)

    def create_purchase(self, body: Any) -> Answer:
        """POST /purchases."""
        if refusal := self._refusal(body):
            return refusal
        if self.find(body) is None:
            return answer(404, "user_not_found", "user not found")
        if _key(body) in self.purchases:
            return answer(400, "duplicated_purchase_number", "duplicated purchase number")
        self.purchases[_key(body)] = body
        return answer(200, "ok", "ok")

    def create_purchases(self, bodies: Any) -> Answer:
        """POST /purchases/bulk: one bad purchase refuses them all, and the answer does not say which."""
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
                self.purchases[_key(body)] = body
        return answer(200, "ok", "ok")

    def find(self, fields: dict[str, Any]) -> int | None:
        """Return the number of the user whom any identifier names."""
        keys = ((name, str(fields[name])) for name in IDENTIFIERS if fields.get(name))
        return next((self._ids[key] for key in keys if key in self._ids), None)

    def replace_purchase(self, body: Any) -> Answer:
        """PUT /purchases: by branch and invoice number."""
        if refusal := self._refusal(body):
            return refusal
        if self.find(body) is None:
            return answer(404, "user_not_found", "user not found")
        self.purchases[_key(body)] = body
        return answer(200, "ok", "ok")

    def returned(self, number: int) -> dict[str, Any]:
        """Return a user as reads show it."""
        return _returned(number, self.users[number])

    def forget(self, number: int) -> None:
        """Drop a user and the user's purchases."""
        user = self.users.pop(number)
        keys = {(name, str(user[name])) for name in IDENTIFIERS if user.get(name)}
        self._ids = {key: owner for key, owner in self._ids.items() if owner != number}
        for key, purchase in list(self.purchases.items()):
            if keys & {(name, str(purchase.get(name))) for name in IDENTIFIERS}:
                del self.purchases[key]

    def absorb(self, into: int, from_: int) -> None:
        """Make one user of two."""
        self.users[into] = self.users.pop(from_) | self.users[into]
        self._ids = {key: into if owner == from_ else owner for key, owner in self._ids.items()}

    def _refusal(self, purchase: Any, named: str = "") -> Answer | None:
        if len(json.dumps(purchase, ensure_ascii=False, separators=(",", ":")).encode()) > MAX_BYTES:
            return answer(413, "payload_too_large", "payload too large")
        errors = purchase_errors(purchase) or self.refuses(purchase)
        return refuse([f"{named}{error}" for error in errors]) if errors else None

    def _store(self, number: int, body: dict[str, Any]) -> dict[str, Any]:
        self.users[number] |= body
        for name in IDENTIFIERS:
            if body.get(name):
                self._ids[name, str(body[name])] = number
        return _returned(number, self.users[number])


def _key(purchase: dict[str, Any]) -> PurchaseKey:
    return purchase.get("branch_name"), str(purchase["invoice_number"])


def _returned(number: int, user: dict[str, Any]) -> dict[str, Any]:
    renamed = {_RENAMED.get(name, name): value for name, value in user.items()}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "userapp_id": number, "user_id": number, "app_id": 1,
        **{name: renamed.get(name) for name in _RETURNED},
        "points": renamed.get("points", 0), "customform": [], "club_inscription_date": None, "blocked": False,
        "notes": None, "mailing_enabled": True, "mailing_enabled_reason": None, "whatsapp_enabled": True,
        "whatsapp_enabled_reason": None, "sms_enabled": True, "sms_enabled_reason": None,
        "custom_attributes": renamed.get("custom_attributes") or [], "family": [], "createtime": now,
        "updatetime": None,
    }  # fmt: skip
