"""`woowup.users`: customers, their points and their transactions.

Room: _resources. Reads take identifiers as keywords. Bodies take an `Identity`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date
from typing import Any, Unpack

from woowup_async._resources import endpoints
from woowup_async._resources.arguments import (
    address_of,
    identity_query,
    paging_of,
    query_of,
    segment_of,
)
from woowup_async._resources.base import Resource, Send, body_of
from woowup_async._resources.more_endpoints import USERS_LIST, USERS_REMOVE_TAGS
from woowup_async._resources.user_arguments import (
    Identifiers,
    created_user,
    encoded_user,
    points_fields,
    query_of_identifiers,
    transactions_query,
)
from woowup_async._wire.endpoint import base64_id
from woowup_async._wire.user_shape import UserShape
from woowup_async.models.identity import Identity
from woowup_async.models.replies import UserExistence
from woowup_async.models.transaction import Concept, PointsConcept, Transaction
from woowup_async.models.user import StoredUser, User
from woowup_async.policies import BatchPolicy


class Users(Resource):
    """The customers of an account. Each of the four identifiers can identify a customer."""

    def __init__(self, send: Send, policy: BatchPolicy) -> None:
        super().__init__(send)
        self._shape = UserShape(policy.max_item_bytes)

    async def create(self, user: User | Mapping[str, Any] | bytes) -> StoredUser:
        """Create a user.

        If an answer was lost and the repeat finds that the user exists, the user is read back and returned.

        Raises:
            InvalidRecord: it breaks the schema. Nothing was sent.
            UserExists: one of its identifiers is taken.
            BadRequest: the server's reasons.

        """
        return await created_user(self, endpoints.USERS_CREATE, encoded_user(self._shape, user))

    async def update(self, user: User | Mapping[str, Any] | bytes) -> StoredUser:
        """Update the user with these identifiers. Absent fields keep their values.

        Raises:
            InvalidRecord: it breaks the schema. Nothing was sent.
            NotFound: there is no such user.
            BadRequest: the server's reasons.

        """
        return await self._ask(endpoints.USERS_UPDATE, body=encoded_user(self._shape, user))

    async def find(self, **identity: Unpack[Identifiers]) -> StoredUser | None:
        """Return the user with these identifiers, or None. A setting of the account decides which one counts (Q81).

        Raises:
            InvalidRecord: no identifier was given.

        """
        return await self._find(endpoints.USERS_FIND, params=query_of_identifiers(identity))

    async def exists(self, **identity: Unpack[Identifiers]) -> bool:
        """Return whether a user with these identifiers exists.

        Raises:
            InvalidRecord: no identifier was given.

        """
        return (await self.existence(**identity)).exist

    async def existence(self, **identity: Unpack[Identifiers]) -> UserExistence:
        """Return whether a user with these identifiers exists, and its `userapp_id`.

        Raises:
            InvalidRecord: no identifier was given.

        """
        return await self._ask(endpoints.USERS_EXISTS, params=query_of_identifiers(identity))

    async def belongs_to_segment(self, id: int | str, segment_id: int | str) -> bool:  # noqa: A002 - the API's word
        """Return whether a user is in a segment.

        Args:
            id: an int is the user's id, a str a service_uid.
            segment_id: the segment's id.

        Raises:
            ValueError: the segment id is not a whole number above 0. Nothing was sent.
            NotFound: there is no such user.

        """
        params, path = query_of(segment_id=segment_of(segment_id)), (base64_id(id),)
        return (await self._ask(endpoints.USERS_BELONGS_TO_SEGMENT, params=params, path=path)).belongs_to_segment

    async def delete(self, identity: Identity) -> None:
        """Delete a user. The deletion runs later. A setting of the account decides which identifiers it needs (Q83).

        Raises:
            NotFound: there is no such user.

        """
        await self._ask(endpoints.USERS_DELETE, body=body_of(identity))

    async def delete_segment(self, segment_id: int | str, *, notify_to: str | None = None) -> int | str:
        """Delete all users of a segment and their purchases. The deletion cannot be undone.

        Args:
            segment_id: the segment's id.
            notify_to: an e-mail address that gets a message when it is done.

        Returns:
            The server's `request_id`.

        Raises:
            ValueError: the id is not a whole number above 0, or `notify_to` is not an address. Nothing was sent.
            ReplyLost: it may be scheduled. It is not repeated after bytes were sent.

        """
        body = body_of({"segment_id": segment_of(segment_id), "notify_to": address_of(notify_to, "notify_to")})
        return (await self._ask(endpoints.USERS_DELETE_SEGMENT, body=body)).request_id

    async def add_points(
        self, identity: Identity, points: float, *, concept: PointsConcept = "manual", description: str | None = None
    ) -> int | str:
        """Add points, or subtract them if negative. 2.0 is sent as 2.

        Returns:
            The id of the new transaction. Each call makes one.

        Raises:
            TypeError: the points are not a whole number. Nothing was sent.
            ValueError: the concept is unknown. Nothing was sent.
            ReplyLost: the points may have been added. It is not repeated after bytes were sent.

        """
        body = body_of(dict(identity_query(identity)) | points_fields(points, concept, description))
        return (await self._ask(endpoints.USERS_ADD_POINTS, body=body)).transaction_id

    async def remove_tags(self, userapp_id: int, tags: Iterable[str]) -> None:
        """Remove tags from a user. The operation is not on the official pages (N37), and no other one is known.

        Args:
            userapp_id: the user's id, as `find` returns it.
            tags: the tags. A tag has no comma.

        Raises:
            ValueError: there are no tags, or one has a comma, which would make it two.

        """
        names = [tags] if isinstance(tags, str) else [*tags]
        if not names or any(not name or "," in name for name in names):
            raise ValueError(f"tags must have at least one name, and names have no commas; got {names!r}")
        body = body_of({"remove_tags": ",".join(names)})
        await self._ask(USERS_REMOVE_TAGS, body=body, path=(base64_id(userapp_id),))

    async def merge(self, *, from_: Identity, into: Identity) -> None:
        """Merge one user into another. This cannot be undone.

        Raises:
            ValueError: both are the same user.
            ReplyLost: the users may have been merged. It is not repeated after bytes were sent.

        """
        if from_ == into:
            raise ValueError("from_ and into are the same user")
        body = body_of({"from": dict(identity_query(from_)), "to": dict(identity_query(into))})
        await self._ask(endpoints.USERS_MERGE, body=body)

    def transactions(
        self,
        *,
        concept: Concept | None = None,
        from_: date | str | None = None,
        to: date | str | None = None,
        limit: int | None = None,
        page: int = 0,
        page_size: int | None = None,
        **identity: Unpack[Identifiers],
    ) -> AsyncIterator[Transaction]:
        """Yield a user's transactions of points, over all pages.

        Args:
            concept: only transactions with this concept. `add_points` has other names for concepts (Q88).
            from_: the first day.
            to: the last day.
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most (documented). The default is 100, or a lower `limit`.
            identity: the identifiers of the user.

        Raises:
            ValueError: the concept is unknown, a text is not a day, or the paging is out of bounds. Nothing was sent.

        """
        params = (*query_of_identifiers(identity), *transactions_query(concept, from_, to))
        return self._pages(endpoints.USERS_TRANSACTIONS, params, paging_of(limit, page, page_size))

    def search(
        self, text: str, *, limit: int | None = None, page: int = 0, page_size: int | None = None
    ) -> AsyncIterator[StoredUser]:
        """Yield users with `text` in a name, e-mail, document, telephone or service_uid, for a point of sale.

        Args:
            text: the text to search for.
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most (documented). The default is 100, or a lower `limit`.

        """
        if not text:
            raise ValueError("text must not be empty: the search would return all users")
        return self._pages(endpoints.USERS_SEARCH, query_of(search=text), paging_of(limit, page, page_size))

    def list(
        self,
        *,
        segment_id: int | str | None = None,
        search: str | None = None,
        limit: int | None = None,
        page: int = 0,
        page_size: int | None = None,
    ) -> AsyncIterator[StoredUser]:
        """Yield users, by segment or by text, or all users. Not on the official pages (N36).

        Args:
            segment_id: only users of this segment.
            search: only users that have this text in a field.
            limit: the most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: the items of each request, 100 at most (documented). The default is 100, or a lower `limit`.

        Raises:
            ValueError: the segment id is not a whole number above 0, or the paging is out of bounds. Nothing was sent.

        """
        segment = None if segment_id is None else segment_of(segment_id)
        params = query_of(search=search, segment_id=segment)
        return self._pages(USERS_LIST, params, paging_of(limit, page, page_size))
