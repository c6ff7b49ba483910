"""`woowup.legacy`: the seven operations that the pages call deprecated. Each warns and names the newer operation.

Room: _resources.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from woowup_async._resources import endpoints
from woowup_async._resources.arguments import paging_of, text_of
from woowup_async._resources.base import Resource, Send, body_of
from woowup_async._resources.user_arguments import created_user, encoded_user, points_fields, transactions_query
from woowup_async._wire.endpoint import base64_id
from woowup_async._wire.user_shape import ChangesShape
from woowup_async.errors import InvalidRecord, Reason
from woowup_async.models._base import without_absent
from woowup_async.models.transaction import Concept, PointsConcept, Transaction
from woowup_async.models.user import StoredUser, User, UserChanges
from woowup_async.policies import BatchPolicy

P = ParamSpec("P")
R = TypeVar("R")


def _succeeded_by(successor: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Warn at the line that calls the method, not at the line that runs its coroutine."""

    def warning(method: Callable[P, R]) -> Callable[P, R]:
        @wraps(method)
        def warned(*args: P.args, **kwargs: P.kwargs) -> R:
            name = method.__name__
            message = f"the vendor deprecates the operation of legacy.{name}: use woowup.{successor}"
            warnings.warn(message, DeprecationWarning, stacklevel=2)
            return method(*args, **kwargs)

        return warned

    return warning


class Legacy(Resource):
    """Operations that the pages call deprecated. An `id` is an int (the user's id) or a str (a service_uid)."""

    def __init__(self, send: Send, policy: BatchPolicy) -> None:
        super().__init__(send)
        self._shape = ChangesShape(policy.max_item_bytes)

    @_succeeded_by("users.find")
    async def find_user(self, id: int | str) -> StoredUser | None:  # noqa: A002 - the API's word
        """Return a user, or None."""
        return await self._find(endpoints.LEGACY_FIND_USER, path=(base64_id(id),))

    @_succeeded_by("users.exists")
    async def user_exists(self, id: int | str) -> bool:  # noqa: A002 - the API's word
        """Return whether a user exists."""
        return (await self._ask(endpoints.LEGACY_USER_EXISTS, path=(base64_id(id),))).exist

    @_succeeded_by("users.update")
    async def update_user(
        self,
        id: int | str,  # noqa: A002 - the API's word
        user: UserChanges | User | Mapping[str, Any] | bytes,
    ) -> StoredUser:
        """Update a user. Absent fields keep their values. The body needs no identifier, since the path has one.

        Raises:
            InvalidRecord: it breaks the schema, or has `birthday` like the page's sample (Q82). Nothing was sent.
            NotFound: there is no such user.

        """
        body = encoded_user(self._shape, user)
        return await self._ask(endpoints.LEGACY_UPDATE_USER, path=(base64_id(id),), body=body)

    @_succeeded_by("users.create")
    async def register(
        self,
        *,
        service_uid: str | None = None,
        email: str | None = None,
        password: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
    ) -> StoredUser:
        """Create a user and register it for the loyalty club.

        Args:
            service_uid: this or `email` is required.
            email: this or `service_uid` is required.
            password: sent unchanged, under the name `pass` (Q84).
            first_name: the user's first name.
            last_name: the user's last name.

        Raises:
            InvalidRecord: there is no identifier, or one is invalid. Nothing was sent.
            UserExists: one of its identifiers is taken.

        """
        who = _identity(service_uid, email)
        what = {"pass": password, "first_name": first_name, "last_name": last_name}
        what = {name: text_of(value, name) for name, value in what.items()}
        return await created_user(self, endpoints.LEGACY_REGISTER, body_of(who | what))

    @_succeeded_by("users.create, with the tag newsletter")
    async def newsletter(self, *, service_uid: str | None = None, email: str | None = None) -> StoredUser:
        """Create a user with the tag `newsletter`. The answer is not documented, and may be empty (Q85).

        Raises:
            InvalidRecord: there is no identifier, or one is invalid. Nothing was sent.
            UserExists: one of its identifiers is taken.

        """
        return await created_user(self, endpoints.LEGACY_NEWSLETTER, body_of(_identity(service_uid, email)))

    @_succeeded_by("users.add_points")
    async def add_points(
        self,
        id: int | str,  # noqa: A002 - the API's word
        points: float,
        *,
        concept: PointsConcept = "manual",
        description: str | None = None,
    ) -> int | str:
        """Add points, or subtract them if negative. Return the id of the new transaction.

        Raises:
            TypeError: the points are not a whole number, like the text of the page's sample (Q86). Nothing was sent.
            ValueError: the concept is unknown. Nothing was sent.
            ReplyLost: the points may have been added. It is not repeated after bytes were sent.

        """
        body = body_of(points_fields(points, concept, description))
        return (await self._ask(endpoints.LEGACY_ADD_POINTS, path=(base64_id(id),), body=body)).transaction_id

    @_succeeded_by("users.transactions")
    def transactions(
        self,
        id: int | str,  # noqa: A002 - the API's word
        *,
        concept: Concept | None = None,
        from_: date | str | None = None,
        to: date | str | None = None,
        limit: int | None = None,
        page: int = 0,
        page_size: int | None = None,
    ) -> AsyncIterator[Transaction]:
        """Yield a user's transactions of points, over all pages. Their purchases have another shape (Q91).

        Args:
            id: an int is the user's id, a str a service_uid.
            concept: only transactions with this concept.
            from_: the first day.
            to: the last day.
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most (documented). The default is 100, or a lower `limit`.

        Raises:
            ValueError: the concept is unknown, a text is not a day, or the paging is out of bounds. Nothing was sent.

        """
        params, paging = transactions_query(concept, from_, to), paging_of(limit, page, page_size)
        return self._pages(endpoints.LEGACY_TRANSACTIONS, params, paging, path=(base64_id(id),))


def _identity(service_uid: str | None, email: str | None) -> dict[str, Any]:
    """Check the two identifiers of these operations.

    Raises:
        InvalidRecord: neither is given, or the address is invalid.

    """
    fields = without_absent({"service_uid": service_uid, "email": email})
    if not any(fields.values()):
        raise InvalidRecord([Reason("", "needs service_uid or email")])
    return {name: getattr(UserChanges(**fields), name) for name in fields}
