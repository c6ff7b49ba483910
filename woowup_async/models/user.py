"""`User` as it is sent, after the JSON schema of the users page, and `StoredUser` as it comes back.

Room: models. Pure. Encoded by `_wire`; built by users and sources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from woowup_async.errors import InvalidRecord, Reason
from woowup_async.models._answer import Answer, PhpObject
from woowup_async.models._base import Model, identifier_rule
from woowup_async.models._fields import (
    Attributes,
    Birthdate,
    ClearableText,
    CountryCode,
    DisabledReason,
    Email,
    Gender,
    LooseDate,
    Switch,
    Whole,
)
from woowup_async.models.member import StoredMember


class UserChanges(Model, kw_only=True):
    """Fields of a customer, all optional, for an update whose path identifies the customer.

    `commited` is the vendor's spelling. `tags` are separated by commas. Custom attributes must be defined in the
    account before. `service_uid=CLEAR` deletes it.

    The last fields are not on the pages; the vendor's clients send them. `new_email` changes the address (N40).
    The newest client sends `*_enabled_reason` (Q66): give it together with `*_disabled_reason` to be sure.

    Raises:
        InvalidRecord: with every broken rule and its path.

    """

    clearable: ClassVar[frozenset[str]] = frozenset({"service_uid"})

    # in this order since the first version: a journal knows a record by the digest of its JSON
    email: Email | None = None
    document_type: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    birthdate: Birthdate | None = None
    gender: Gender | None = None
    street: str | None = None
    address: str | None = None
    postcode: str | None = None
    city: str | None = None
    department: str | None = None
    state: str | None = None
    country: CountryCode | None = None
    marital_status: Literal["single", "commited", "married", "divorced", "widowed"] | None = None
    tags: str | None = None
    points: Whole | None = None
    mailing_enabled: Switch | None = None
    mailing_disabled_reason: DisabledReason | None = None
    whatsapp_enabled: Switch | None = None
    whatsapp_disabled_reason: DisabledReason | None = None
    sms_enabled: Switch | None = None
    sms_disabled_reason: DisabledReason | None = None
    club_inscription_date: LooseDate | None = None
    custom_attributes: Attributes | None = None
    service_uid: ClearableText = None
    document: str | None = None
    telephone: str | None = None
    mailing_enabled_reason: str | None = None
    whatsapp_enabled_reason: str | None = None
    sms_enabled_reason: str | None = None
    new_email: Email | None = None
    whatsapp_phone: str | None = None


class User(UserChanges):
    """One customer. At least one of `service_uid`, `email`, `document` and `telephone` is required.

    Update keeps what is absent (shown by the page's sample). The fields are those of `UserChanges`.

    Raises:
        InvalidRecord: with every broken rule and its path.

    """

    @classmethod
    def rules(cls, fields: Mapping[str, Any]) -> Iterator[Reason]:
        """Require an identifier."""
        return identifier_rule(fields)

    def __post_init__(self) -> None:
        """Hold the rule between fields when decoded."""
        if not (self.service_uid or self.email or self.document or self.telephone):
            raise InvalidRecord(tuple(identifier_rule({})))


class StoredUser(Answer, frozen=True, kw_only=True):
    """A user as the server returns it.

    `birthdate` and `postcode` come back as `birthday` and `postal_code`, and the street as `address` or `street` (Q64).
    `*_enabled` are switches in a request and true or false here (Q67); `*_enabled_reason` is free text.
    """

    userapp_id: int | str | None = None
    user_id: int | str | None = None
    app_id: int | str | None = None
    service_uid: str | None = None
    email: str | None = None
    document: str | None = None
    document_type: str | None = None
    telephone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    birthday: str | None = None
    gender: str | None = None
    address: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    department: str | None = None
    state: str | None = None
    marital_status: str | None = None
    points: int | None = None
    points_pending: int | None = None
    tags: str | list[str] | None = None
    customform: PhpObject | None = None
    custom_attributes: PhpObject | None = None
    club_inscription_date: str | None = None
    blocked: bool | None = None
    notes: str | None = None
    mailing_enabled: bool | None = None
    mailing_enabled_reason: str | None = None
    whatsapp_enabled: bool | None = None
    whatsapp_enabled_reason: str | None = None
    sms_enabled: bool | None = None
    sms_enabled_reason: str | None = None
    family: list[StoredMember] = []
    createtime: str | None = None
    updatetime: str | None = None
