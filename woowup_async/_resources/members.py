"""`woowup.members`: the family of a user.

Room: _resources.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from woowup_async._resources import endpoints
from woowup_async._resources.base import Resource, body_of, identity_query
from woowup_async._resources.users import Identifiers, query_of_identifiers
from woowup_async.models.identity import Identity
from woowup_async.models.member import FamilyMember, StoredMember


class Members(Resource):
    """Family members; each is known by `uid` and `relationship` within its user's family."""

    async def list(self, **identity: Unpack[Identifiers]) -> list[StoredMember]:
        """Return all members of a user's family; not paged.

        Raises:
            NotFound: there is no such user.

        """
        return await self._ask(endpoints.MEMBERS_LIST, params=query_of_identifiers(identity))

    async def create(self, identity: Identity, member: FamilyMember) -> StoredMember:
        """Add a member.

        Where an answer was lost and the repeat finds that the member is there, it is read back and returned.

        Raises:
            NotFound: there is no such user.
            BadRequest: code `family_member_duplicated` where the member is there (a 500 on the wire, Q96).

        """
        params = identity_query(identity)
        created = await self._create(endpoints.MEMBERS_CREATE, params=params, body=body_of(member))
        if created is not None:
            return created
        family: list[StoredMember] = await self._ask(endpoints.MEMBERS_LIST, params=params)
        key = member.uid, member.relationship
        same = [stored for stored in family if (stored.uid, stored.relationship) == key]
        return same[0] if same else StoredMember(uid=member.uid, relationship=member.relationship)

    async def update(self, identity: Identity, member: FamilyMember) -> StoredMember:
        """Change the member with this `uid` and `relationship` (Q95); `new_relationship` changes the latter.

        Raises:
            NotFound: there is no such user or member.

        """
        return await self._ask(endpoints.MEMBERS_UPDATE, params=identity_query(identity), body=body_of(member))

    async def create_bulk(self, identity: Identity, members: Iterable[FamilyMember]) -> None:
        """Add several members to one family. Their number is not documented to be limited.

        Raises:
            ValueError: `members` is empty.
            NotFound: there is no such user.

        """
        family = [*members]
        if not family:
            raise ValueError("create_bulk needs at least one member")
        await self._ask(endpoints.MEMBERS_CREATE_BULK, params=identity_query(identity), body=body_of([*family]))
