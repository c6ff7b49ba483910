"""The decision table: what a reply or a failure means for the request.

Room: _transport. Pure. The code decides before the status: an existing user and a duplicate member both answer 500,
authentication failure is 403, unknown paths answer 200 with HTML. Sources: getting started, purchases and users pages;
the vendor's clients for what the pages leave out.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from woowup_async._wire.endpoint import Replay
from woowup_async._wire.reply import Reply, retry_after
from woowup_async.errors import (
    AccountGone,
    ApiError,
    BadRequest,
    Forbidden,
    NotFound,
    NotSent,
    ServerError,
    Throttled,
    TransportError,
    UnexpectedReply,
    UserExists,
)
from woowup_async.policies import RetryPolicy


class Verdict(Enum):
    """What to do next."""

    DONE = "done"
    COOL = "cool"  # refused for the rate limit: the whole account waits, then the request goes again
    AGAIN = "again"  # may pass later
    REFUSED = "refused"  # will not pass unchanged


#: code → (verdict, error). "ok" outside 2xx and unknown codes fall through to the status.
CODES: dict[str, tuple[Verdict, type[ApiError]]] = {
    "bad_request": (Verdict.REFUSED, BadRequest),
    "invalid_email": (Verdict.REFUSED, BadRequest),
    "client_error": (Verdict.REFUSED, BadRequest),
    "duplicated_purchase_number": (Verdict.REFUSED, BadRequest),
    "family_member_duplicated": (Verdict.REFUSED, BadRequest),
    "not_found": (Verdict.REFUSED, NotFound),
    "user_not_found": (Verdict.REFUSED, NotFound),
    "member_not_found": (Verdict.REFUSED, NotFound),
    "segment_not_found": (Verdict.REFUSED, NotFound),
    "forbidden": (Verdict.REFUSED, Forbidden),
    "account_deleted": (Verdict.REFUSED, AccountGone),
    "too_many_request": (Verdict.COOL, Throttled),
    "too_many_requests": (Verdict.COOL, Throttled),
    "internal_error": (Verdict.AGAIN, ServerError),
    "server_error": (Verdict.AGAIN, ServerError),
}

#: status → (verdict, error), where the code does not decide. A 403 without envelope is a proxy's, not the API's (U51).
STATUSES: dict[int, tuple[Verdict, type[ApiError]]] = {
    403: (Verdict.AGAIN, UnexpectedReply),
    404: (Verdict.REFUSED, NotFound),
    408: (Verdict.AGAIN, ServerError),
    410: (Verdict.REFUSED, AccountGone),
    413: (Verdict.REFUSED, BadRequest),
    429: (Verdict.COOL, Throttled),
}


def judge(reply: Reply) -> tuple[Verdict, type[ApiError]]:
    """Decide by code, then by status, then by the status's class."""
    if reply.is_success:
        return Verdict.DONE, ApiError
    if reply.code == "internal_error" and "existente" in reply.message.lower():
        return Verdict.REFUSED, UserExists
    if reply.code in CODES:
        return CODES[reply.code]
    if reply.status in STATUSES:
        return STATUSES[reply.status]
    if reply.status >= 500:
        return Verdict.AGAIN, ServerError
    if reply.status >= 400 and reply.code:
        return Verdict.REFUSED, BadRequest
    return Verdict.REFUSED, UnexpectedReply


def weighed(
    endpoint: str, reply: Reply, wall: Callable[[], float], *, has_patience: bool
) -> tuple[Verdict, ApiError | None]:
    """Decide, and make the error of a reply that is not a success.

    Args:
        endpoint: name of the call.
        reply: its answer.
        wall: the wall clock, for a `Retry-After` that names a date.
        has_patience: whether a page in place of an answer may pass. One that stays is believed after some times.

    """
    verdict, kind = judge(reply)
    if verdict is Verdict.DONE:
        return verdict, None
    wait = retry_after(reply.headers, wall())
    refusal = kind(endpoint, reply.status, reply.code, reply.message, reply.reasons, wait)
    is_page = isinstance(refusal, UnexpectedReply) and has_patience
    return Verdict.AGAIN if is_page else verdict, refusal


def may_repeat(replay: Replay, failure: TransportError | ApiError) -> bool:
    """Whether the request may go again after this failure. What was surely not processed always may."""
    if isinstance(failure, NotSent | Throttled):
        return True
    return replay is not Replay.UNSAFE


#: Codes that say of a creation that the thing is there.
_THERE = frozenset({"duplicated_purchase_number", "family_member_duplicated"})


def says_it_is_there(refusal: ApiError) -> bool:
    """Whether a creation was refused because what it creates exists."""
    return isinstance(refusal, UserExists) or refusal.code in _THERE


def backoff(policy: RetryPolicy, attempt: int, random: float) -> float:
    """Seconds to wait after a failed `attempt` (from 1): full jitter, drawn after the cap. `random` is in [0, 1)."""
    # past 2**63 the cap is smaller for every base that a policy can hold
    return random * min(policy.cap, policy.base * 2.0 ** min(attempt - 1, 63))
