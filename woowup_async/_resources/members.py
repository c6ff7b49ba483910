"""`woowup.members`: the family of a user.

Room: _resources.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Unpack

from woowup_async._resources import endpoints
from woowup_async._resources.arguments import identity_query
from woowup_async._resources.base import Resource, body_of
from woowup_async._resources.user_arguments import Identifiers, query_of_identifiers
from woowup_async._wire.endpoint import base64_id
from woowup_async.models.identity import Identity
from woowup_async.models.member import FamilyMember, StoredMember


class Members(Resource):
    """Family members. `uid` and `relationship` identify a member in the family of a user."""

    async def list(self, **identity: Unpack[Identifiers]) -> list[StoredMember]:
        """Return all members of a user's family. The list has no pages.

        Raises:
            NotFound: there is no such user.

        """
        return await self._ask(endpoints.MEMBERS_LIST, params=query_of_identifiers(identity))

    async def create(self, identity: Identity, member: FamilyMember) -> StoredMember:
        """Add a member.

        If an answer was lost and the repeat finds that the member exists, it is read back and returned.

        Raises:
            NotFound: there is no such user.
            BadRequest: the member exists (code `family_member_duplicated`, a 500 on the wire, Q96).

        """
        params = identity_query(identity)
        created = await self._create(endpoints.MEMBERS_CREATE, params=params, body=body_of(member))
        if created is not None:
            return created
        return _same(member, await self._ask(endpoints.MEMBERS_LIST, params=params))

    async def update(self, identity: Identity, member: FamilyMember) -> StoredMember:
        """Change the member with this `uid` and `relationship` (Q95). `new_relationship` changes the relationship.

        Raises:
            NotFound: there is no such user or member.

        """
        return await self._ask(endpoints.MEMBERS_UPDATE, params=identity_query(identity), body=body_of(member))

    async def create_bulk(self, identity: Identity, members: Iterable[FamilyMember]) -> None:
        """Add several members to one family. No limit to their number is documented.

        Raises:
            ValueError: `members` is empty.
            NotFound: there is no such user.

        """
        body = _body_of_all(members)
        await self._ask(endpoints.MEMBERS_CREATE_BULK, params=identity_query(identity), body=body)

    async def list_by_id(self, id: int | str) -> builtins.list[StoredMember]:  # noqa: A002 - the API's word
        """Return all members of a user's family. The list has no pages.

        Args:
            id: an int is the user's id, a str a service_uid.

        Raises:
            NotFound: there is no such user.

        """
        return await self._ask(endpoints.MEMBERS_LIST_BY_ID, path=(base64_id(id),))

    async def create_by_id(self, id: int | str, member: FamilyMember) -> StoredMember:  # noqa: A002 - the API's word
        """Add a member. The answer is not documented and may be empty.

        If an answer was lost and the repeat finds that the member exists, it is read back and returned.

        Args:
            id: an int is the user's id, a str a service_uid.
            member: the member to add.

        Raises:
            NotFound: there is no such user.
            BadRequest: the member exists (code `family_member_duplicated`, a 500 on the wire, Q96).

        """
        path = (base64_id(id),)
        created = await self._create(endpoints.MEMBERS_CREATE_BY_ID, path=path, body=body_of(member))
        return created if created is not None else _same(member, await self.list_by_id(id))

    async def update_by_id(
        self,
        id: int | str,  # noqa: A002 - the API's word
        member_id: int | str,
        member: FamilyMember,
    ) -> StoredMember:
        """Change a member. The answer is not documented and may be empty.

        Args:
            id: an int is the user's id, a str a service_uid.
            member_id: an int is the member's id, a str its uid.
            member: the new values. `new_relationship` changes the relationship.

        Raises:
            NotFound: code `user_not_found` or `member_not_found`.

        """
        path = base64_id(id), base64_id(member_id)
        return await self._ask(endpoints.MEMBERS_UPDATE_BY_ID, path=path, body=body_of(member))

    async def create_bulk_by_id(
        self,
        id: int | str,  # noqa: A002 - the API's word
        members: Iterable[FamilyMember],
    ) -> None:
        """Add several members to one family. No limit to their number is documented (U34).

        Args:
            id: an int is the user's id, a str a service_uid.
            members: the members to add.

        Raises:
            ValueError: `members` is empty.
            NotFound: there is no such user.

        """
        body = _body_of_all(members)
        await self._ask(endpoints.MEMBERS_CREATE_BULK_BY_ID, path=(base64_id(id),), body=body)


def _body_of_all(members: Iterable[FamilyMember]) -> bytes:
    family = [*members]
    if not family:
        raise ValueError("create_bulk needs at least one member")
    return body_of([*family])


def _same(member: FamilyMember, family: builtins.list[StoredMember]) -> StoredMember:
    """Return the stored member with the same uid and relationship."""
    key = member.uid, member.relationship
    same = [stored for stored in family if (stored.uid, stored.relationship) == key]
    return same[0] if same else StoredMember(uid=member.uid, relationship=member.relationship)
