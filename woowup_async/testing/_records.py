"""What an account holds beside users and purchases as they are sent: points, families, reports, deletions.

Room: testing. Pure. Bodies are those of the vendor's samples.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from datetime import UTC, datetime
from typing import Any

from woowup_async.testing._account import Answer, SimulatedAccount, answer, refuse
from woowup_async.testing._returned import stored_purchase, totals_of
from woowup_async.testing._schema import IDENTIFIERS

_CONCEPTS = {"manual", "purchase", "gift", "survey_response", "register", "referrer"}
#: Q88: what goes in by one name comes back by another.
_COMES_BACK_AS = {"purchase": "sale-invoice", "manual": "manual-load", "referrer": "refer", "gift": "points-give-away"}
_RELATIONSHIPS = {
    "son", "parent", "grandparent", "sibling", "friend", "espose", "grandson", "nephew", "pet_dog", "pet_cat", "pet",
    "other",
}  # fmt: skip
_NO_USER = answer(404, "user_not_found", "user not found")


class SimulatedRecords:
    """State, and the answers to each operation on it."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self.transactions: dict[int, list[dict[str, Any]]] = {}
        self.members: dict[int, list[dict[str, Any]]] = {}
        self.reports: list[dict[str, Any]] = []
        self.logs: list[dict[str, Any]] = []
        self.segments: dict[int, set[int]] = {}
        self._requests = 100

    # Users.

    def find(self, query: dict[str, str]) -> Answer:
        """GET /multiusers/find."""
        number = self._account.find(query)
        return _NO_USER if number is None else answer(200, "ok", "ok", self._account.returned(number))

    def belongs(self, identifier: str, query: dict[str, str]) -> Answer:
        """GET /users/{id}/belongsToSegment."""
        number = self._by_path(identifier)
        if number is None:
            return _NO_USER
        is_in = number in self.segments.get(int(query.get("segment_id", "0")), set())
        return answer(200, "ok", "ok", {"belongsToSegment": is_in})

    def delete_user(self, body: Any) -> Answer:
        """DELETE /multiusers."""
        number = self._account.find(body) if isinstance(body, dict) else None
        if number is None:
            return _NO_USER
        self._account.forget(number)
        return answer(200, "ok", "ok")

    def delete_segment(self, body: Any) -> Answer:
        """DELETE /multiusers/bulk: the users of a segment, and their purchases with them."""
        if not isinstance(body, dict) or "segment_id" not in body:
            return refuse(['Required properties missing: ["segment_id"]'])
        for number in self.segments.pop(int(body["segment_id"]), set()):
            self._account.forget(number)
        return self._scheduled()

    def add_points(self, body: Any) -> Answer:
        """POST /multiusers/points."""
        if not isinstance(body, dict) or body.get("concept") not in _CONCEPTS or not _is_int(body.get("points")):
            return refuse(["concept and points are required"])
        number = self._account.find(body)
        if number is None:
            return _NO_USER
        history = self.transactions.setdefault(number, [])
        transaction = {
            "id": 900 + sum(map(len, self.transactions.values())), "points": body["points"], "pending_points": 0,
            "createtime": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}", "version": 1, "branch": None,
            "description": body.get("description"), "concept": _COMES_BACK_AS.get(body["concept"], body["concept"]),
            "data": {"purchase": None},
        }  # fmt: skip
        history.append(transaction)
        return answer(200, "ok", "ok", {"transaction_id": transaction["id"]})

    def merge(self, body: Any) -> Answer:
        """POST /multiusers/merge."""
        if not isinstance(body, dict) or not {"from", "to"} <= body.keys():
            return refuse(['Required properties missing: ["from", "to"]'])
        from_, to = self._account.find(body["from"]), self._account.find(body["to"])
        if from_ is None or to is None:
            return _NO_USER
        self.transactions.setdefault(to, []).extend(self.transactions.pop(from_, []))
        self._account.absorb(to, from_)
        return answer(200, "ok", "ok", {})

    def history(self, query: dict[str, str]) -> Answer:
        """GET /multiusers/transactions."""
        number = self._account.find(query)
        if number is None:
            return _NO_USER
        found = [each for each in self.transactions.get(number, []) if query.get("concept") in (None, each["concept"])]
        return answer(200, "ok", "ok", page_of(found, query))

    def search(self, query: dict[str, str]) -> Answer:
        """GET /users/realtime-search."""
        text = query.get("search", "").lower()
        names = (*IDENTIFIERS, "first_name", "last_name")
        found = [
            self._account.returned(number)
            for number, user in self._account.users.items()
            if any(text in str(user.get(name, "")).lower() for name in names)
        ]
        return answer(200, "ok", "ok", page_of(found, query))

    # Families. The owner is in the query.

    def family(self, query: dict[str, str]) -> Answer:
        """GET /multiusers/members."""
        number = self._account.find(query)
        return _NO_USER if number is None else answer(200, "ok", "ok", self.members.get(number, []))

    def add_member(self, query: dict[str, str], body: Any) -> Answer:
        """POST /multiusers/members: a duplicate is a 500 (Q96)."""
        number = self._account.find(query)
        if number is None:
            return _NO_USER
        if not isinstance(body, dict) or body.get("relationship") not in _RELATIONSHIPS:
            return refuse(['Required properties missing: ["relationship"]'])
        family = self.members.setdefault(number, [])
        if _member(family, body):
            return answer(500, "family_member_duplicated", "family member duplicated")
        family.append({"id": 700 + len(family), **body, "relationship_text": body["relationship"]})
        return answer(200, "ok", "ok", family[-1])

    def add_members(self, query: dict[str, str], body: Any) -> Answer:
        """POST /multiusers/members/bulk; its 404 has another code than the single one (Q97)."""
        if self._account.find(query) is None:
            return answer(404, "not_found", "user not found")
        if not isinstance(body, list) or not body:
            return refuse(["Expected array"])
        for member in body:
            status, refusal = self.add_member(query, member)
            if status != 200:
                return status, refusal
        return answer(200, "ok", "ok")

    def change_member(self, query: dict[str, str], body: Any) -> Answer:
        """PUT /multiusers/members: uid and relationship select."""
        number = self._account.find(query)
        if number is None:
            return _NO_USER
        member = _member(self.members.get(number, []), body)
        if member is None:
            return answer(404, "member_not_found", "member not found")
        member |= {name: value for name, value in body.items() if name != "new_relationship"}
        member["relationship"] = member["relationship_text"] = body.get("new_relationship", member["relationship"])
        return answer(200, "ok", "ok", member)

    # Purchases.

    def replace_purchase(self, body: Any) -> Answer:
        """PUT /purchases: enqueued like POST."""
        return self._account.replace_purchase(body)

    def stored_purchases(self, query: dict[str, str]) -> Answer:
        """GET /purchases; by number only the first created comes (Q44)."""
        purchases = self._account.purchases.values()
        if number := query.get("invoice_number"):
            found = [each for each in purchases if str(each["invoice_number"]) == number][:1]
        else:
            found = [each for each in purchases if each.get("service_uid") == query.get("service_uid")]
        return answer(200, "ok", "ok", [stored_purchase(each) for each in found])

    def card(self, digits: str, query: dict[str, str]) -> Answer:
        """GET /purchases/iin/{digits}: unknown parts are empty, not null."""
        bank = {"name": "Banco Ejemplo", "logo": "", "url": "", "phone": "", "city": ""}
        kinds = {"4": ("visa", "credit"), "5": ("mastercard", "debit")}
        scheme, kind = kinds.get(digits[0], ("", ""))
        card = {
            "scheme": scheme,
            "brand": scheme.title(),
            "type": kind,
            "prepaid": False,
            "country": "AR",
            "bank": bank,
        }
        return answer(200, "ok", "ok", card)

    def delete_purchase(self, body: Any) -> Answer:
        """DELETE /purchases."""
        if not isinstance(body, dict) or "invoice_number" not in body:
            return refuse(['Required properties missing: ["invoice_number"]'])
        number = str(body["invoice_number"])
        key = next((key for key in self._account.purchases if key[1] == number), None)
        if key is None:
            return answer(404, "not_found", "purchase not found")
        del self._account.purchases[key]
        return answer(200, "ok", "ok")

    def delete_purchases(self, body: Any) -> Answer:
        """DELETE /purchases/bulk."""
        if not isinstance(body, dict) or not ("branch_name" in body or {"from", "to"} <= body.keys()):
            return refuse(["branch_name, or from and to, is required"])
        if "@" not in body.get("notify_to", "a@b.c"):
            return answer(400, "invalid_email", "invalid email")
        for key, purchase in list(self._account.purchases.items()):
            in_branch = body.get("branch_name") in (None, key[0])
            if in_branch and body.get("from", "") <= purchase.get("createtime", "") <= body.get("to", "~"):
                del self._account.purchases[key]
        return self._scheduled()

    # Reports.

    def report(self, body: Any) -> Answer:
        """POST /integration-stats: 201."""
        self.reports.append(body)
        return answer(201, "ok", "")

    def report_list(self, query: dict[str, str]) -> Answer:
        """GET /integration-stats."""
        return answer(200, "ok", "ok", page_of(self.reports, query))

    def totals(self, query: dict[str, str]) -> Answer:
        """GET /stats: no envelope."""
        held = [
            (key[0], each) for key, each in self._account.purchases.items() if query.get("branch") in (None, key[0])
        ]
        branches = sorted({branch for branch, _ in held if branch})
        per_branches = [
            {"branch": branch, **totals_of([each for name, each in held if name == branch])} for branch in branches
        ]
        totals = totals_of([each for _, each in held])
        return 200, {"total_customers": len(self._account.users), **totals, "per_branches": per_branches}

    def log(self, body: Any) -> Answer:
        """POST /log: an echo with a time, no envelope."""
        if not isinstance(body, dict) or not {"files", "processingtime", "stats"} <= body.keys():
            return refuse(['Required properties missing: ["files", "processingtime", "stats"]'])
        self.logs.append(body | {"createtime": datetime.now(UTC).isoformat(timespec="seconds")})
        return 200, self.logs[-1]

    def log_list(self, query: dict[str, str]) -> tuple[int, Any]:
        """GET /logs: a bare array."""
        return 200, page_of(self.logs, query)

    def _scheduled(self) -> Answer:
        self._requests += 1
        return answer(200, "ok", "ok", {"request_id": self._requests})

    def _by_path(self, identifier: str) -> int | None:
        if identifier.isdigit() and int(identifier) in self._account.users:
            return int(identifier)
        try:
            return self._account.find({"service_uid": b64decode(identifier, validate=True).decode()})
        except (Error, ValueError):
            return None


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _member(family: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any] | None:
    key = (body.get("uid"), body.get("relationship"))
    return next((each for each in family if (each.get("uid"), each["relationship"]) == key), None)


def page_of(items: list[Any], query: dict[str, str]) -> list[Any]:
    """Cut out what was asked for: pages from 0, of 25, and of 100 at most."""
    limit = min(int(query.get("limit") or 25), 100)
    start = int(query.get("page") or 0) * limit
    return items[start : start + limit]
