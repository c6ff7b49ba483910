"""`User` as it is sent, after the JSON schema of the users page, and `StoredUser` as it comes back.

Room: models. Pure. Encoded by `_wire`; built by users and sources.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from woowup_async.models._base import Identified
from woowup_async.models._fields import (
    Attributes,
    Birthdate,
    CountryCode,
    DisabledReason,
    Email,
    Gender,
    LooseDate,
    Switch,
)


class User(Identified):
    """One customer. At least one of `service_uid`, `email`, `document` and `telephone` is required.

    `commited` is the vendor's spelling. `tags` are separated by commas. Custom attributes must be defined in the
    account before. Update keeps what is absent (shown by the page's sample).

    Raises:
        InvalidRecord: with every broken rule and its path.

    """

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
    points: int | None = None
    mailing_enabled: Switch | None = None
    mailing_disabled_reason: DisabledReason | None = None
    whatsapp_enabled: Switch | None = None
    whatsapp_disabled_reason: DisabledReason | None = None
    sms_enabled: Switch | None = None
    sms_disabled_reason: DisabledReason | None = None
    club_inscription_date: LooseDate | None = None
    custom_attributes: Attributes | None = None


class StoredUser(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A user as the server returns it; names that this version does not know are left out of the way.

    `birthdate` and `postcode` come back as `birthday` and `postal_code`, and the street as `address` or `street` (Q64).
    """

    userapp_id: int | str | None = None
    user_id: int | str | None = None
    service_uid: str | None = None
    email: str | None = None
    document: str | None = None
    telephone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    birthday: str | None = None
    gender: str | None = None
    address: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    state: str | None = None
    points: int | None = None
    tags: str | list[str] | None = None
    custom_attributes: dict[str, Any] | list[Any] | None = None
    createtime: str | None = None
    updatetime: str | None = None
