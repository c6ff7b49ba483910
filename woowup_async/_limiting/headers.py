"""The rate-limit headers of an answer, read leniently.

Room: _limiting. Pure. A value that is missing, malformed or not plausible becomes None, never an error. A header is
text from the network: it must neither stop the limiter nor make it spend without limit.
"""

from __future__ import annotations

import re
from functools import lru_cache

from woowup_async._limiting.spending import Limits
from woowup_async._wire.reply import http_date
from woowup_async.ports import Headers

#: Largest limit that is believed, in requests per window (guessed: the documented one is 70).
#: docs/limiter.md: headers.
MOST_LIMIT = 1_000_000
#: Largest `reset` that is believed, in seconds since 1970 (guessed: the year 5138). docs/limiter.md: headers.
_MOST_RESET = 1e11
#: ASCII digits only: `float` also accepts other scripts, underscores, exponents and "inf".
_number = re.compile(r"\s*([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*", re.ASCII).fullmatch


def limits_of(headers: Headers) -> Limits:
    """Read `x-rate-limit-*` and `Date`."""
    limit = _read(headers.get("x-rate-limit-limit"), MOST_LIMIT)
    return Limits(
        limit=int(limit) if limit is not None and limit >= 1 and limit.is_integer() else None,
        remaining=_read(headers.get("x-rate-limit-remaining"), MOST_LIMIT),
        reset=_read(headers.get("x-rate-limit-reset"), _MOST_RESET),
        date=http_date(headers.get("date")),
    )


@lru_cache(256)  # the limit and the reset of many answers are the same, and the rest counts down from 70
def _read(text: str | None, most: float) -> float | None:
    found = _number(text) if text else None
    if found is None:
        return None
    number = float(found[1])
    return number if number <= most else None
