"""The rate-limit headers of an answer, read leniently.

Room: _limiting. Pure. Called by `limiter`. What is missing or malformed is None, never an error.
"""

from __future__ import annotations

import math

from woowup_async._flow import Headers
from woowup_async._limiting.window import Limits
from woowup_async._wire.reply import http_date


def limits_of(headers: Headers) -> Limits:
    """Read `x-rate-limit-*` and `Date`."""
    limit = _number(headers.get("x-rate-limit-limit"))
    return Limits(
        limit=int(limit) if limit is not None and limit >= 1 else None,
        remaining=_number(headers.get("x-rate-limit-remaining")),
        reset=_number(headers.get("x-rate-limit-reset")),
        date=http_date(headers.get("date")),
    )


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
