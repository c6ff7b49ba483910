"""One record in every form that a source may yield."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.support.official import purchase_line
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import InvalidRecord
from woowup_async.models import Purchase, User
from woowup_async.outcomes import Rejected

PURCHASES, USERS = PurchaseShape(262_144), UserShape(262_144)


LINE = purchase_line(1)


def built(model: Callable[..., Any], fields: dict[str, Any]) -> Any:
    """Build a model, or return the error."""
    try:
        return model(**fields)
    except InvalidRecord as error:
        return error


def faces(fields: dict[str, Any], *, is_user: bool) -> list[Encoded | Rejected]:
    """Encode a record as a mapping, as raw JSON and as a model."""
    shape, model = (USERS, User) if is_user else (PURCHASES, Purchase)
    nested = {} if is_user else {"purchase_detail": lines(fields), "prices": prices(fields)}
    one = built(model, fields | nested)
    reasons = Rejected("client", "invalid", one.reasons) if isinstance(one, InvalidRecord) else None
    return [shape.encode(fields), shape.encode(json.dumps(fields).encode()), reasons or shape.encode(one)]


def lines(fields: dict[str, Any]) -> Any:
    from woowup_async.models import PurchaseItem

    return [PurchaseItem(**line) for line in fields["purchase_detail"]]


def prices(fields: dict[str, Any]) -> Any:
    from woowup_async.models import Prices

    return Prices(**fields["prices"])
