"""`woowup.users`: customers, their points and their transactions.

Room: _resources. Reads name a user by keyword, bodies by `Identity`.
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
    """Customers of the account, known by any of their four identifiers."""

    def __init__(self, send: Send, policy: BatchPolicy) -> None:
        super().__init__(send)
        self._shape = UserShape(policy.max_item_bytes)

    async def create(self, user: User | Mapping[str, Any] | bytes) -> StoredUser:
        """Create a user.

        Where an answer was lost and the repeat finds that the user exists, the user is read back and returned.

        Raises:
            InvalidRecord: it breaks the schema; nothing was sent.
            UserExists: one of its identifiers is taken.
            BadRequest: the server's reasons.

        """
        return await created_user(self, endpoints.USERS_CREATE, encoded_user(self._shape, user))

    async def update(self, user: User | Mapping[str, Any] | bytes) -> StoredUser:
        """Update the user that the identifiers name; absent fields stay as they are.

        Raises:
            InvalidRecord: it breaks the schema; nothing was sent.
            NotFound: there is no such user.
            BadRequest: the server's reasons.

        """
        return await self._ask(endpoints.USERS_UPDATE, body=encoded_user(self._shape, user))

    async def find(self, **identity: Unpack[Identifiers]) -> StoredUser | None:
        """Return the user with these identifiers, or None. Which one wins is set in the account (Q81).

        Raises:
            InvalidRecord: none was given.

        """
        return await self._find(endpoints.USERS_FIND, params=query_of_identifiers(identity))

    async def exists(self, **identity: Unpack[Identifiers]) -> bool:
        """Return whether a user with these identifiers exists.

        Raises:
            InvalidRecord: none was given.

        """
        return (await self.existence(**identity)).exist

    async def existence(self, **identity: Unpack[Identifiers]) -> UserExistence:
        """Return whether a user with these identifiers exists, and its `userapp_id`.

        Raises:
            InvalidRecord: none was given.

        """
        return await self._ask(endpoints.USERS_EXISTS, params=query_of_identifiers(identity))

    async def belongs_to_segment(self, id: int | str, segment_id: int | str) -> bool:  # noqa: A002 - the API's word
        """Return whether a user is in a segment.

        Args:
            id: an int is the user's id, a str a service_uid.
            segment_id: of the segment.

        Raises:
            ValueError: a segment id that is not a whole number above 0; nothing was sent.
            NotFound: there is no such user.

        """
        params, path = query_of(segment_id=segment_of(segment_id)), (base64_id(id),)
        return (await self._ask(endpoints.USERS_BELONGS_TO_SEGMENT, params=params, path=path)).belongs_to_segment

    async def delete(self, identity: Identity) -> None:
        """Delete a user. It runs later; which identifiers are needed is set in the account (Q83).

        Raises:
            NotFound: there is no such user.

        """
        await self._ask(endpoints.USERS_DELETE, body=body_of(identity))

    async def delete_segment(self, segment_id: int | str, *, notify_to: str | None = None) -> int | str:
        """Delete all users of a segment, and their purchases with them. It cannot be taken back.

        Args:
            segment_id: of the segment.
            notify_to: an e-mail address that gets a message when it is done.

        Returns:
            The server's `request_id`.

        Raises:
            ValueError: an id that is not a whole number above 0, or `notify_to` is not an address; nothing was sent.
            ReplyLost: perhaps scheduled; never repeated after bytes were sent.

        """
        body = body_of({"segment_id": segment_of(segment_id), "notify_to": address_of(notify_to, "notify_to")})
        return (await self._ask(endpoints.USERS_DELETE_SEGMENT, body=body)).request_id

    async def add_points(
        self, identity: Identity, points: float, *, concept: PointsConcept = "manual", description: str | None = None
    ) -> int | str:
        """Give points, or take them where negative. 2.0 is sent as 2.

        Returns:
            The id of the new transaction: each call makes one.

        Raises:
            TypeError: points that are not whole; nothing was sent.
            ValueError: an unknown concept; nothing was sent.
            ReplyLost: perhaps done; never repeated after bytes were sent.

        """
        body = body_of(dict(identity_query(identity)) | points_fields(points, concept, description))
        return (await self._ask(endpoints.USERS_ADD_POINTS, body=body)).transaction_id

    async def remove_tags(self, userapp_id: int, tags: Iterable[str]) -> None:
        """Take tags from a user: the one known way, and not on the official pages (N37).

        Args:
            userapp_id: the user's id, as `find` returns it.
            tags: without commas.

        Raises:
            ValueError: no tags, or one with a comma, which would be two.

        """
        names = [tags] if isinstance(tags, str) else [*tags]
        if not names or any(not name or "," in name for name in names):
            raise ValueError(f"tags must be names without commas, and at least one; got {names!r}")
        body = body_of({"remove_tags": ",".join(names)})
        await self._ask(USERS_REMOVE_TAGS, body=body, path=(base64_id(userapp_id),))

    async def merge(self, *, from_: Identity, into: Identity) -> None:
        """Make one user of two. It cannot be taken back.

        Raises:
            ValueError: both are the same.
            ReplyLost: perhaps done; never repeated after bytes were sent.

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
            concept: only these; another vocabulary than that of `add_points` (Q88).
            from_: first day.
            to: last day.
            limit: most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: items of each request, 100 at most (documented). The default is 100, or `limit` if that is less.
            identity: who is meant.

        Raises:
            ValueError: an unknown concept, a text that is not a day, or paging out of its bounds; nothing was sent.

        """
        params = (*query_of_identifiers(identity), *transactions_query(concept, from_, to))
        return self._pages(endpoints.USERS_TRANSACTIONS, params, paging_of(limit, page, page_size))

    def search(
        self, text: str, *, limit: int | None = None, page: int = 0, page_size: int | None = None
    ) -> AsyncIterator[StoredUser]:
        """Yield users whose names, e-mail, document, telephone or service_uid hold `text`: for a point of sale.

        Args:
            text: what to look for.
            limit: most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: items of each request, 100 at most (documented). The default is 100, or `limit` if that is less.

        """
        if not text:
            raise ValueError("text must not be empty: it would walk through every user")
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
            limit: most items.
            page: the first page, from 0, in pages of `page_size`.
            page_size: items of each request, 100 at most (documented). The default is 100, or `limit` if that is less.

        Raises:
            ValueError: a segment id that is not a whole number above 0, or paging out of its bounds; nothing was sent.

        """
        segment = None if segment_id is None else segment_of(segment_id)
        params = query_of(search=search, segment_id=segment)
        return self._pages(USERS_LIST, params, paging_of(limit, page, page_size))
