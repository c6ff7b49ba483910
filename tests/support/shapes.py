"""Helpers that encode a record and expect success or a refusal."""

import json
from typing import Any

from tests.support.official import purchase_line
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import UserShape
from woowup_async.outcomes import Rejected

SHAPE = PurchaseShape(262_144)


def encoded(raw: object, shape: PurchaseShape | UserShape = SHAPE) -> Encoded:
    result = shape.encode(raw)
    assert isinstance(result, Encoded), result
    return result


def refused(raw: object, shape: PurchaseShape | UserShape = SHAPE) -> Rejected:
    result = shape.encode(raw)
    assert isinstance(result, Rejected)
    assert result.by == "client"
    return result


def raw_line(**fields: Any) -> bytes:
    return json.dumps(purchase_line() | fields).encode()
