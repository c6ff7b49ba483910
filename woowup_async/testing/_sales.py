"""Operations that read and delete purchases.

Room: testing. Pure.
"""

from __future__ import annotations

from typing import Any

from woowup_async.testing._account import SimulatedAccount
from woowup_async.testing._answers import Answer, BadQuery, bad_address, done, has_address, missing, refuse
from woowup_async.testing._query import Query, number_in, page_of, period_of
from woowup_async.testing._records import SimulatedRecords
from woowup_async.testing._schemas import IDENTIFIERS, bulk_delete_errors, delete_errors

_BANK = {"name": "Banco Ejemplo", "logo": "", "url": "", "phone": "", "city": ""}
_KINDS = {"4": ("visa", "Visa", "credit"), "5": ("mastercard", "Mastercard", "debit")}


class Sales:
    """The answers about the purchases of an account. `branches` has its created branches, by name."""

    def __init__(self, account: SimulatedAccount, records: SimulatedRecords, branches: dict[str, Any]) -> None:
        self._account, self._records, self._branches = account, records, branches

    def found(self, query: Query) -> Answer:
        """GET /purchases. A number finds only the oldest purchase (Q44), or the oldest of a branch (N38)."""
        keys = list(self._account.purchases)
        if query.get("branch_id"):
            branch = number_in(query, "branch_id", 0)
            keys = [key for key in keys if self._account.branch_ids.get(key[0] or "") == branch]
        if number := query.get("invoice_number"):
            keys = [key for key in keys if key[1] == number][:1]
        elif any(query.get(name) for name in IDENTIFIERS):
            owner, held = self._account.find(query), self._account.purchases
            keys = [key for key in keys if owner is not None and self._account.find(held[key]) == owner]
        return done([self._records.stored(key) for key in page_of(keys, query)])

    def card(self, digits: str, query: Query) -> Answer:
        """GET /purchases/iin/{digits}. Unknown parts are empty, not null."""
        if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
            return refuse(["firstSixDigits: does not match pattern"])
        scheme, brand, kind = _KINDS.get(digits[0], ("", "", ""))
        return done({"scheme": scheme, "brand": brand, "type": kind, "prepaid": "", "country": "AR", "bank": _BANK})

    def delete(self, body: Any) -> Answer:
        """DELETE /purchases. It deletes the oldest with a number, or the one of a branch (N39)."""
        if errors := delete_errors(body):
            return refuse(errors)
        branch, number = body.get("branch_name"), str(body["invoice_number"])
        if branch and not self._knows(branch):
            return missing("branch not found")
        keys = [key for key in self._account.purchases if key[1] == number and branch in (None, "", key[0])]
        if not keys:
            return missing("purchase not found")
        self._account.drop(keys[0])
        return done()

    def delete_all(self, body: Any) -> Answer:
        """DELETE /purchases/bulk. It deletes by branch, by a period of `createtime`, or by both (Q49)."""
        if errors := bulk_delete_errors(body):
            return refuse(errors)
        if not has_address(body):
            return bad_address()
        try:
            is_within = period_of({name: body.get(name, "") for name in ("from", "to")})
        except BadQuery as error:
            return refuse([str(error)])
        branch = body.get("branch_name")
        if branch and not self._knows(branch):
            return missing("branch not found")
        for key in list(self._account.purchases):
            if branch in (None, "", key[0]) and is_within(self._account.made(key)):
                self._account.drop(key)
        return self._records.scheduled()

    def _knows(self, branch: str) -> bool:
        return branch in self._branches or any(key[0] == branch for key in self._account.purchases)
