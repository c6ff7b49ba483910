"""More operations on users and their data: reads, points, segments, deletions, merges.

Room: testing. Pure. The bodies have the shapes of the vendor's samples.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from woowup_async.testing._account import SimulatedAccount
from woowup_async.testing._answers import (
    Answer,
    BadQuery,
    answer,
    bad_address,
    done,
    has_address,
    missing,
    no_user,
    refuse,
)
from woowup_async.testing._query import Query, has_period, moment_of, now_text, number_in, page_of, period_of
from woowup_async.testing._returned import Fields, stored_purchase, tags_of
from woowup_async.testing._schemas import (
    IDENTIFIERS,
    account_errors,
    change_errors,
    identity_errors,
    merge_errors,
    points_errors,
    segment_errors,
    unidentified,
)

#: The API returns these concepts by another name than they are sent (Q88).
_COMES_BACK_AS = {"purchase": "sale-invoice", "manual": "manual-load", "referrer": "refer", "gift": "points-give-away"}
#: The number of the first transaction of a purchase. Transactions of points have lower numbers.
_FIRST_SALE = 500_000
_SEARCHED = (*IDENTIFIERS, "first_name", "last_name")


class SimulatedRecords:
    """The state of these features, and the answer to each operation on them."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self.transactions: dict[int, list[Fields]] = {}
        self.segments: dict[int, set[int]] = {}
        self._requests, self._last_transaction = 100, 900

    # Reads.

    def find(self, query: Query) -> Answer:
        """GET /multiusers/find."""
        number = self._account.find(query)
        return no_user() if number is None else done(self._account.returned(number))

    def find_by_id(self, identifier: str, query: Query) -> Answer:
        """GET /users/{id}. The answer has another shape."""
        number = self._account.by_path(identifier)
        return no_user() if number is None else done(self._account.returned(number, "by_id"))

    def exists_by_id(self, identifier: str, query: Query) -> Answer:
        """GET /users/{id}/exist."""
        return done({"exist": self._account.by_path(identifier) is not None})

    def belongs(self, identifier: str, query: Query) -> Answer:
        """GET /users/{id}/belongsToSegment."""
        number = self._account.by_path(identifier)
        if number is None:
            return no_user()
        return done({"belongsToSegment": number in self.segments.get(number_in(query, "segment_id", 0), ())})

    def search(self, query: Query) -> Answer:
        """GET /users/realtime-search."""
        return done(page_of(self._found(query), query))

    def listed(self, query: Query) -> Answer:
        """GET /users/: a search, also by segment (N36). The values of `include` and `exclude` are not documented."""
        for name in ("include", "exclude"):
            if query.get(name, "").strip() not in ("", "[]", "{}"):
                raise BadQuery(f"{name}: only an empty value is simulated")
        found = self._found(query)
        if query.get("segment_id"):
            inside = self.segments.get(number_in(query, "segment_id", 0), set())
            found = [each for each in found if each["userapp_id"] in inside]
        return done(page_of(found, query))

    def _found(self, query: Query) -> list[Fields]:
        text = query.get("search", "").lower()
        return [
            self._account.returned(number, "found")
            for number, user in self._account.users.items()
            if any(text in str(user.get(name, "")).lower() for name in _SEARCHED)
        ]

    # Changes.

    def update_by_id(self, identifier: str, body: Any) -> Answer:
        """PUT /users/{id}. `remove_tags` removes tags (N37). Its sample says `birthday` (Q82)."""
        if isinstance(body, dict) and "birthday" in body:
            body = {"birthdate": body["birthday"], **body}
        errors = change_errors(body) or self._account.refuses(body)
        if not errors and not isinstance(body.get("remove_tags", ""), str):
            errors = ["remove_tags: Expected string"]
        if errors:
            return refuse(errors)
        number = self._account.by_path(identifier)
        if number is None:
            return no_user()
        removed = {tag.strip() for tag in body.get("remove_tags", "").split(",")}
        self._account.change(number, {name: value for name, value in body.items() if name != "remove_tags"})
        user = self._account.users[number]
        if "tags" in user:
            user["tags"] = ",".join(tag for tag in tags_of(user) if tag not in removed)
        return done(self._account.returned(number, "changed"))

    def register(self, body: Any) -> Answer:
        """POST /users/register. It creates a user and enters it in the club. The password is not kept."""
        return self._signed_up({"club_inscription_date": now_text(), **body} if isinstance(body, dict) else body, {})

    def newsletter(self, body: Any) -> Answer:
        """POST /users/newsletter. It creates a user with the tag `newsletter`, or adds the tag to an existing user."""
        return self._signed_up(body, {"tags": "newsletter"})

    def _signed_up(self, body: Any, more: Fields) -> Answer:
        if errors := account_errors(body) or unidentified(body) or self._account.refuses(body):
            return refuse(errors)
        fields = {name: value for name, value in body.items() if name != "pass"}
        number, status = self._account.find(fields), 200
        if number is not None and not more:
            return answer(500, "internal_error", "usuario existente")
        if number is None:
            number, status = self._account.added(fields), self._account.created
        if more:
            tags = dict.fromkeys((*tags_of(self._account.users[number]), more["tags"]))
            self._account.change(number, {"tags": ",".join(tags)})
        return done(self._account.returned(number, "brief"), status=status)

    def delete(self, body: Any) -> Answer:
        """DELETE /multiusers."""
        if errors := identity_errors(body) or unidentified(body):
            return refuse(errors)
        number = self._account.find(body)
        if number is None:
            return no_user()
        self._forget(number)
        return done()

    def delete_segment(self, body: Any) -> Answer:
        """DELETE /multiusers/bulk. It deletes the users of a segment and their purchases. The segment stays."""
        if errors := segment_errors(body):
            return refuse(errors)
        if not has_address(body):
            return bad_address()
        members = self.segments.get(body["segment_id"])
        if members is None:
            return missing("segment not found", "segment_not_found")
        for number in members & self._account.users.keys():
            self._forget(number)
        members.clear()
        return self.scheduled()

    def merge(self, body: Any) -> Answer:
        """POST /multiusers/merge."""
        if errors := merge_errors(body) or unidentified(body["from"]) or unidentified(body["to"]):
            return refuse(errors)
        from_, to = self._account.find(body["from"]), self._account.find(body["to"])
        if from_ is None or to is None:
            return no_user()
        if from_ != to:
            self.transactions.setdefault(to, []).extend(self.transactions.pop(from_, []))
            self._account.absorb(to, from_)
            for members in self.segments.values():
                if from_ in members:
                    members ^= {from_} if to in members else {from_, to}
        return done({})

    def _forget(self, number: int) -> None:
        self._account.forget(number)
        self.transactions.pop(number, None)
        for members in self.segments.values():
            members.discard(number)

    def forget_branch(self, name: str) -> None:
        """Drop the purchases of a branch."""
        for key in [key for key in self._account.purchases if key[0] == name]:
            self._account.drop(key)

    def scheduled(self) -> Answer:
        """Return the answer for work that is done later. It has the number of the request."""
        self._requests += 1
        return done({"request_id": self._requests})

    # Points.

    def add_points(self, body: Any) -> Answer:
        """POST /multiusers/points."""
        if errors := points_errors(body) or unidentified(body):
            return refuse(errors)
        return self._credit(self._account.find(body), body)

    def add_points_by_id(self, identifier: str, body: Any) -> Answer:
        """POST /users/{id}/points. Its sample sends the number as text (Q86)."""
        if isinstance(body, dict) and re.fullmatch(r"-?[0-9]{1,18}", str(body.get("points"))):
            body = body | {"points": int(body["points"])}
        if errors := points_errors(body):
            return refuse(errors)
        return self._credit(self._account.by_path(identifier), body)

    def _credit(self, number: int | None, body: Fields) -> Answer:
        if number is None:
            return no_user()
        self._last_transaction += 1
        concept = body["concept"].replace("_", "-")
        transaction = {
            "id": self._last_transaction, "points": body["points"], "pending_points": 0, "createtime": now_text(),
            "version": None, "branch": None, "description": body.get("description") or "",
            "concept": _COMES_BACK_AS.get(concept, concept), "data": {"purchase": None},
        }  # fmt: skip
        self.transactions.setdefault(number, []).append(transaction)
        self._account.kept(number).earned += body["points"]
        return done({"transaction_id": transaction["id"]})

    def history(self, query: Query) -> Answer:
        """GET /multiusers/transactions."""
        return self._history(self._account.find(query), query)

    def history_by_id(self, identifier: str, query: Query) -> Answer:
        """GET /users/{id}/transactions/. Its purchases have other fields (Q91)."""
        return self._history(self._account.by_path(identifier), query, is_old=True)

    def _history(self, number: int | None, query: Query, *, is_old: bool = False) -> Answer:
        if number is None:
            return no_user()
        concept, is_within = query.get("concept"), period_of(query)
        found = [
            each
            for each in [*self.transactions.get(number, []), *self._sales(number, is_old=is_old)]
            if (not concept or each["concept"] == concept)
            and (not has_period(query) or is_within(moment_of(each["createtime"]) or datetime.now(UTC)))
        ]
        return done(page_of(found, query))

    def _sales(self, number: int, *, is_old: bool) -> list[Fields]:
        """Return the purchases of a user, which are transactions too."""
        account = self._account
        mine = [(at, key) for at, (key, each) in enumerate(account.purchases.items()) if account.find(each) == number]
        return [_sale(_FIRST_SALE + at, self.stored(key), is_old=is_old) for at, key in mine]

    def stored(self, key: tuple[str | None, str]) -> Fields:
        """Return a purchase as reads show it."""
        account = self._account
        purchase = account.purchases[key]
        number = account.find(purchase)
        user = account.users[number] if number is not None else {}
        branch = {"id": account.branch_id(key[0]), "name": key[0]} if key[0] else None
        return stored_purchase(purchase, user, account.arrivals.setdefault(key, now_text()), branch)


def _sale(number: int, stored: Fields, *, is_old: bool) -> Fields:
    return {
        "id": number, "points": stored["points"], "pending_points": 0, "createtime": stored["createtime"],
        "version": None, "branch": stored["branch"], "description": "", "concept": "sale-invoice",
        "data": {"purchase": _old_sale(stored) if is_old else _new_sale(stored)},
    }  # fmt: skip


def _new_sale(stored: Fields) -> Fields:
    """Return a purchase as in the sample: without `document` and `email`, and with `metadata` even if it is null."""
    kept = {name: value for name, value in stored.items() if name not in ("document", "email")}
    return {"metadata": None, **kept}


def _old_sale(stored: Fields) -> Fields:
    prices = stored["prices"]
    totals = {f"{name}_total": prices[name] for name in ("gross", "discount", "shipping", "tax")}
    quantity = sum(item["quantity"] for item in stored["purchase_detail"]["items"])
    named = {name: stored[name] for name in ("createtime", "invoice_number", "branch", "payment")}
    priced = {"price": prices["total"], "cost": prices["cost"], "products_quantity": quantity, "affiliate": None}
    return priced | totals | named
