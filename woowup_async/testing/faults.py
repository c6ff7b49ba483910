"""Faults between a client and a server, scripted or at random.

Room: testing. Random faults depend on a seed, so that a run can be repeated.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

_HTML = b"<!doctype html><title>trouble</title>"
_THROTTLED = json.dumps({"payload": [], "message": "too many request", "code": "too_many_request"}).encode()
_FAILED = json.dumps({"payload": [], "message": "", "code": "internal_error", "time": "7ms"}).encode()


@dataclass(frozen=True, slots=True)
class Scripted:
    """A fixed answer.

    Args:
        status: the HTTP status.
        body: the body.
        content_type: the content type of the body.
        headers: additional headers.
        drop: close the connection instead of answering.
        process: process the request before the fault.
        genuine: process the request and send the account's answer. `status`, `body` and `content_type` are ignored.
        delay: the seconds before the answer.
        truncate: close the connection in the middle of the body.
        drip: the seconds in which the body is sent, in small pieces.
        bare: send no rate-limit headers.

    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    process: bool = False
    genuine: bool = False
    delay: float = 0.0
    truncate: bool = False
    drip: float = 0.0
    bare: bool = False


#: Faults by name. The times of `late`, `slow` and `throttled` come from `Faults`.
KINDS: dict[str, Scripted] = {
    "throttled": Scripted(429, _THROTTLED),
    "internal_error": Scripted(500, _FAILED),
    "bad_gateway": Scripted(502, _HTML, "text/html"),
    "unavailable": Scripted(503, _HTML, "text/html"),
    "gateway_timeout": Scripted(504, _HTML, "text/html"),
    "gateway_timeout_processed": Scripted(504, _HTML, "text/html", process=True),
    "reset_before": Scripted(drop=True),
    "reset_after": Scripted(drop=True, process=True),
    "late": Scripted(genuine=True),
    "truncated": Scripted(genuine=True, truncate=True),
    "slow": Scripted(genuine=True),
    "page": Scripted(200, _HTML, "text/html"),
    "no_headers": Scripted(genuine=True, bare=True),
}


@dataclass(slots=True)
class Faults:
    """Random faults.

    Args:
        rate: the share of requests with a fault.
        seed: the seed of the random numbers.
        kinds: the names in `KINDS` to choose from, by default all.
        late: the delay of a late answer, in seconds. If the client's timeout is shorter, the answer is lost.
        slow: the seconds in which a slow answer is sent.
        retry_after: the seconds that a 429 asks to wait.

    """

    rate: float
    seed: int = 0
    kinds: Sequence[str] = tuple(KINDS)
    late: float = 1.0
    slow: float = 0.05
    retry_after: float = 1.0
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        if unknown := set(self.kinds) - KINDS.keys():
            raise ValueError(f"Faults.kinds must be among {', '.join(KINDS)}; got {', '.join(sorted(unknown))}")
        if not 0 <= self.rate <= 1:
            raise ValueError(f"Faults.rate must be in [0, 1], got {self.rate!r}")
        self._random = Random(self.seed)  # noqa: S311 - faults that can be repeated

    def draw(self) -> Scripted | None:
        """Return the fault of the next request; None if it has no fault."""
        if self._random.random() >= self.rate:
            return None
        return self.of(self._random.choice(self.kinds))

    def of(self, kind: str) -> Scripted:
        """Return one fault by name, with the times of this object, for `Simulator.script`."""
        fault = KINDS[kind]
        if kind == "throttled":
            return replace(fault, headers={"Retry-After": f"{self.retry_after:g}"})
        return replace(fault, delay=self.late if kind == "late" else 0.0, drip=self.slow if kind == "slow" else 0.0)
