"""Family members of a user. The query or the path names the user.

Room: testing. Pure.
"""

from __future__ import annotations

from typing import Any

from woowup_async.testing._account import SimulatedAccount, decoded
from woowup_async.testing._answers import Answer, answer, done, missing, no_user, refuse
from woowup_async.testing._query import Query
from woowup_async.testing._returned import Fields, stored_member
from woowup_async.testing._schemas import member_errors

_DUPLICATED = "The members already exist with that uid and relationship"


class Families:
    """The answers about the family members of an account."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account, self._last_id = account, 5_000

    # Operations whose query names the user.

    def family(self, query: Query) -> Answer:
        """GET /multiusers/members."""
        return self._family(self._account.find(query))

    def add(self, query: Query, body: Any) -> Answer:
        """POST /multiusers/members."""
        return self._add(self._account.find(query), body)

    def add_all(self, query: Query, body: Any) -> Answer:
        """POST /multiusers/members/bulk."""
        return self._add_all(self._account.find(query), body, [])

    def change(self, query: Query, body: Any) -> Answer:
        """PUT /multiusers/members. The uid and the relationship select the member (Q95)."""
        return self._change(self._account.find(query), None, body)

    # Operations whose path names the user.

    def family_by_id(self, owner: str, query: Query) -> Answer:
        """GET /users/{id}/members."""
        return self._family(self._account.by_path(owner))

    def add_by_id(self, owner: str, body: Any) -> Answer:
        """POST /users/{id}/members."""
        return self._add(self._account.by_path(owner), body)

    def add_all_by_id(self, owner: str, body: Any) -> Answer:
        """POST /users/{id}/members/bulk. Its payload is an object."""
        return self._add_all(self._account.by_path(owner), body, {})

    def change_by_id(self, owner: str, member: str, body: Any) -> Answer:
        """PUT /users/{id}/members/{memberid}. An id, or a uid in base64, selects the member (Q98)."""
        return self._change(self._account.by_path(owner), member, body)

    def _family(self, owner: int | None) -> Answer:
        if owner is None:
            return no_user()
        return done([stored_member(each) for each in self._account.members.get(owner, [])])

    def _add(self, owner: int | None, body: Any) -> Answer:
        """Add a member. The answer to a duplicate is a 500 (Q96)."""
        if errors := member_errors(body):
            return refuse(errors)
        if owner is None:
            return no_user()
        family = self._account.members.setdefault(owner, [])
        if _is_taken(family, body):
            return answer(500, "family_member_duplicated", _DUPLICATED)
        self._last_id += 1
        kept = {name: value for name, value in body.items() if name != "new_relationship"}
        family.append(kept | {"id": self._last_id})
        return done(stored_member(family[-1]))

    def _add_all(self, owner: int | None, body: Any, payload: Any) -> Answer:
        """Add members. If one is bad, all are refused. The code of the 404 is not that of a single member (Q97)."""
        if not isinstance(body, list) or not body:
            return refuse(["Expected array"])
        if errors := [error for member in body for error in member_errors(member)]:
            return refuse(errors)
        if owner is None:
            return missing("user not found")
        family = list(self._account.members.get(owner, []))
        for member in body:
            if _is_taken(family, member):
                return answer(500, "family_member_duplicated", _DUPLICATED)
            family.append(member)
        for member in body:
            self._add(owner, member)
        return done(payload, "ok" if payload == {} else "")  # as in the two samples

    def _change(self, owner: int | None, named: str | None, body: Any) -> Answer:
        if errors := member_errors(body):
            return refuse(errors)
        if owner is None:
            return no_user()
        family = self._account.members.get(owner, [])
        member = _selected(family, body) if named is None else _named(family, named, body)
        if member is None:
            return missing("member not found", "member_not_found")
        kept = {name: value for name, value in body.items() if name != "new_relationship"}
        changed = member | kept | {"relationship": body.get("new_relationship", body["relationship"])}
        if _is_taken([each for each in family if each is not member], changed):
            return answer(500, "family_member_duplicated", _DUPLICATED)
        member.update(changed)
        return done(stored_member(member))


def _selected(family: list[Fields], body: Fields) -> Fields | None:
    key = (body.get("uid"), body["relationship"])
    return next((each for each in family if (each.get("uid"), each["relationship"]) == key), None)


def _is_taken(family: list[Fields], body: Fields) -> bool:
    """Return whether a member has this uid and relationship. A member without a uid is never a duplicate."""
    return body.get("uid") is not None and _selected(family, body) is not None


def _named(family: list[Fields], named: str, body: Fields) -> Fields | None:
    """Return the member that a path names. If several members share a uid, the relationship decides."""
    uid = decoded(named)
    found = [each for each in family if str(each["id"]) == named]
    found = found or [each for each in family if uid and each.get("uid") == uid]
    return next((each for each in found if each["relationship"] == body["relationship"]), found[0] if found else None)
