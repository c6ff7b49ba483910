"""`woowup.users`: customers, their points and their transactions.

Room: _resources. Reads name a user by keyword, bodies by `Identity`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date
from typing import Any, TypedDict, Unpack

from woowup_async._resources import endpoints
from woowup_async._resources.base import (
    Params,
    Resource,
    Send,
    body_of,
    count_of,
    day_of,
    encoded_or_raise,
    identity_query,
    query_of,
)
from woowup_async._resources.more_endpoints import USERS_REMOVE_TAGS
from woowup_async._wire.endpoint import encoded_id
from woowup_async._wire.identity import identifiers_of
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import NotFound
from woowup_async.models._base import IDENTIFIERS
from woowup_async.models.identity import Identity
from woowup_async.models.transaction import CONCEPTS, POINTS_CONCEPTS, Concept, PointsConcept, Transaction
from woowup_async.models.user import StoredUser, User
from woowup_async.policies import BatchPolicy


class Identifiers(TypedDict, total=False):
    """Who is meant: at least one of these."""

    email: str | None
    document: str | None
    telephone: str | None
    service_uid: str | None


def query_of_identifiers(identity: Identifiers) -> Params:
    """Write keywords into a query.

    Raises:
        TypeError: a keyword that is not an identifier, or a value that is not text.
        InvalidRecord: none was given.

    """
    for name, value in identity.items():
        if name not in IDENTIFIERS:
            raise TypeError(f"{name!r} is not an identifier; it takes {', '.join(IDENTIFIERS)}")
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} must be a str, got {value!r}: leading zeros are part of it")
    return identity_query({name: value for name, value in identity.items() if isinstance(value, str)})


def _parted(identifier: str) -> tuple[str, str, str]:
    return identifier.partition(":")


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
        body = encoded_or_raise(self._shape, user).body
        created = await self._create(endpoints.USERS_CREATE, body=body)
        if created is not None:
            return created
        identity: dict[str, str | None] = {name: value for name, _, value in map(_parted, identifiers_of(body))}
        try:
            return await self._ask(endpoints.USERS_FIND, params=identity_query(identity))
        except NotFound:
            return StoredUser()  # the user exists, and is found by these identifiers only later

    async def update(self, user: User | Mapping[str, Any] | bytes) -> StoredUser:
        """Update the user that the identifiers name; absent fields stay as they are.

        Raises:
            InvalidRecord: it breaks the schema; nothing was sent.
            NotFound: there is no such user.
            BadRequest: the server's reasons.

        """
        return await self._ask(endpoints.USERS_UPDATE, body=encoded_or_raise(self._shape, user).body)

    async def find(self, **identity: Unpack[Identifiers]) -> StoredUser | None:
        """Return the user with these identifiers, or None. Which one wins is set in the account (Q81).

        Raises:
            InvalidRecord: none was given.

        """
        try:
            user: StoredUser = await self._ask(endpoints.USERS_FIND, params=query_of_identifiers(identity))
        except NotFound:
            return None
        return user

    async def exists(self, **identity: Unpack[Identifiers]) -> bool:
        """Return whether a user with these identifiers exists.

        Raises:
            InvalidRecord: none was given.

        """
        found = await self._ask(endpoints.USERS_EXISTS, params=query_of_identifiers(identity))
        return found.exist

    async def belongs_to_segment(self, id: int | str, segment_id: int | str) -> bool:  # noqa: A002 - the API's word
        """Return whether a user is in a segment.

        Args:
            id: an int is the user's id, a str a service_uid.
            segment_id: of the segment.

        Raises:
            NotFound: there is no such user.

        """
        params, path = query_of(segment_id=segment_id), (encoded_id(id),)
        return (await self._ask(endpoints.USERS_BELONGS_TO_SEGMENT, params=params, path=path)).belongs_to_segment

    async def delete(self, identity: Identity) -> None:
        """Delete a user. It runs later; which identifiers are needed is set in the account (Q83).

        Raises:
            NotFound: there is no such user.

        """
        await self._ask(endpoints.USERS_DELETE, body=body_of(identity))

    async def delete_segment(self, segment_id: int, *, notify_to: str | None = None) -> int | str:
        """Delete all users of a segment, and their purchases with them. It cannot be taken back.

        Args:
            segment_id: of the segment.
            notify_to: an e-mail address that gets a message when it is done.

        Returns:
            The server's `request_id`.

        Raises:
            ReplyLost: perhaps scheduled; never repeated after bytes were sent.

        """
        body = body_of({"segment_id": segment_id, "notify_to": notify_to})
        return (await self._ask(endpoints.USERS_DELETE_SEGMENT, body=body)).request_id

    async def add_points(
        self, identity: Identity, points: int, *, concept: PointsConcept = "manual", description: str | None = None
    ) -> int | str:
        """Give points, or take them where negative.

        Returns:
            The id of the new transaction: each call makes one.

        Raises:
            TypeError: points that are not int; nothing was sent.
            ValueError: an unknown concept; nothing was sent.
            ReplyLost: perhaps done; never repeated after bytes were sent.

        """
        if isinstance(points, bool) or not isinstance(points, int):
            raise TypeError(f"points must be an int, got {points!r}")
        if concept not in POINTS_CONCEPTS:
            raise ValueError(f"concept must be one of {', '.join(POINTS_CONCEPTS)}, got {concept!r}")
        what = {"points": points, "concept": concept, "description": description}
        body = body_of(dict(identity_query(identity)) | what)
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
        await self._ask(USERS_REMOVE_TAGS, body=body, path=(encoded_id(userapp_id),))

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
        **identity: Unpack[Identifiers],
    ) -> AsyncIterator[Transaction]:
        """Yield a user's transactions of points, over all pages.

        Args:
            concept: only these; another vocabulary than that of `add_points` (Q88).
            from_: first day.
            to: last day.
            limit: most items.
            identity: who is meant.

        Raises:
            ValueError: an unknown concept, a text that is not a day, or a limit below 1; nothing was sent.

        """
        if concept is not None and concept not in CONCEPTS:
            raise ValueError(f"concept must be one of {', '.join(CONCEPTS)}, got {concept!r}")
        days = query_of(concept=concept, from_=day_of(from_, "from_"), to=day_of(to, "to"))
        params = (*query_of_identifiers(identity), *days)
        return self._pages(endpoints.USERS_TRANSACTIONS, params, count_of(limit))

    def search(self, text: str, *, limit: int | None = None) -> AsyncIterator[StoredUser]:
        """Yield users whose names, e-mail, document, telephone or service_uid hold `text`: for a point of sale.

        Args:
            text: what to look for.
            limit: most items.

        """
        if not text:
            raise ValueError("text must not be empty: it would walk through every user")
        return self._pages(endpoints.USERS_SEARCH, query_of(search=text), count_of(limit))
