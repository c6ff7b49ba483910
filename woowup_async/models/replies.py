"""Small replies of the API, typed.

Room: models. Pure. Decoded by `_wire.reply`, returned by `_resources`.
"""

from __future__ import annotations

import msgspec

from woowup_async.models._answer import Answer


class Queued(msgspec.Struct, frozen=True):
    """The server accepted one or many purchases to be processed: queued, not yet created.

    `payload` is the raw JSON of the reply's payload: no page documents it.
    """

    code: str
    message: str
    payload: bytes


class Existence(msgspec.Struct, frozen=True):
    """The payload of `exist`, of a product or of a user by id."""

    exist: bool


class UserExistence(Answer, frozen=True):
    """Whether a user exists, and as whom: the payload of `multiusers/exist`."""

    exist: bool
    userapp_id: int | str | None = None


class Scheduled(msgspec.Struct, frozen=True):
    """The payload of deletions that run later; no page says how to ask for the id."""

    request_id: int | str


class Credited(msgspec.Struct, frozen=True):
    """The payload of `multiusers/points`."""

    transaction_id: int | str


class Membership(msgspec.Struct, frozen=True, rename="camel"):
    """The payload of `belongsToSegment`."""

    belongs_to_segment: bool
