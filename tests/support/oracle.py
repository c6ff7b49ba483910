"""The vendor's pseudo-code over a list of all timestamps: slow but obviously correct."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class Oracle:
    """A server whose clock is `skew` ahead of ours, with segments on multiples of `segment` plus `offset`."""

    limit: int = 70
    segment: float = 30.0
    skew: float = 0.0
    offset: float = 0.0
    counts_refused: bool = False
    weighs_remaining: bool = False
    whole_seconds: bool = True
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def arrive(self, now: float) -> tuple[int, dict[str, str]]:
        """Answer one request at our time `now` with status and headers."""
        clock = now + self.skew
        number = math.floor((clock - self.offset) / self.segment)
        start = self.offset + number * self.segment
        elapsed = clock - start
        counted = self.accepted + (self.refused if self.counts_refused else [])
        current = sum(start <= at for at in counted)
        previous = sum(start - self.segment <= at < start for at in counted)
        estimated = previous * (1 - elapsed / self.segment) + current
        is_refused = estimated >= self.limit
        (self.refused if is_refused else self.accepted).append(clock)
        used = current + (not is_refused) + (previous * (1 - elapsed / self.segment) if self.weighs_remaining else 0)
        end = start + self.segment
        headers = {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(max(0, math.floor(self.limit - used))),
            "x-rate-limit-reset": f"{end:.0f}" if self.whole_seconds else f"{end:.6f}",
            "date": http_date(clock),
        }
        if is_refused:
            headers["retry-after"] = str(math.ceil(end - clock))
        return (429 if is_refused else 200), headers


def http_date(seconds: float) -> str:
    """Return a date in the fixed format of RFC 9110."""
    from email.utils import formatdate

    return formatdate(math.floor(seconds), usegmt=True)
