"""`woowup.users`: create, update and look up customers.

Room: _resources. Called by users through `WoowUp`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from woowup_async._resources.base import Resource, Send, encoded_or_raise
from woowup_async._resources.endpoints import USERS_CREATE, USERS_EXISTS, USERS_UPDATE
from woowup_async._wire.encode import UserShape
from woowup_async.errors import InvalidRecord, Reason
from woowup_async.models._base import identifier_rule
from woowup_async.models.user import StoredUser, User
from woowup_async.policies import BatchPolicy


class Users(Resource):
    """Customers of the account, known by any of their four identifiers."""

    def __init__(self, send: Send, policy: BatchPolicy) -> None:
        super().__init__(send)
        self._shape = UserShape(policy.max_item_bytes)

    async def create(self, user: User | Mapping[str, Any] | bytes) -> StoredUser:
        """Create a user.

        Raises:
            InvalidRecord: it breaks the schema; nothing was sent.
            UserExists: one of its identifiers is taken.
            BadRequest: the server's reasons.

        """
        return await self._ask(USERS_CREATE, body=encoded_or_raise(self._shape, user).body)

    async def update(self, user: User | Mapping[str, Any] | bytes) -> StoredUser:
        """Update the user that the identifiers name; absent fields stay as they are.

        Raises:
            InvalidRecord: it breaks the schema; nothing was sent.
            NotFound: there is none.
            BadRequest: the server's reasons.

        """
        return await self._ask(USERS_UPDATE, body=encoded_or_raise(self._shape, user).body)

    async def exists(
        self,
        *,
        email: str | None = None,
        document: str | None = None,
        telephone: str | None = None,
        service_uid: str | None = None,
    ) -> bool:
        """Tell whether a user with these identifiers exists.

        Raises:
            InvalidRecord: none was given.

        """
        given = {"service_uid": service_uid, "email": email, "document": document, "telephone": telephone}
        reasons: list[Reason] = list(identifier_rule(given))
        if reasons:
            raise InvalidRecord(reasons)
        # the vendor's clients send unused identifiers empty; they are left out here (Q79)
        params = tuple((name, value) for name, value in given.items() if value)
        return (await self._ask(USERS_EXISTS, params=params)).exist
