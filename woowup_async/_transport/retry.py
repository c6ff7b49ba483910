"""Decides what a reply or a failure means for its request.

Room: _transport. Pure. The code decides before the status: an existing user and a duplicate member both answer 500, an
authentication failure answers 403, and unknown paths answer 200 with HTML. Sources: the pages on getting started,
purchases and users; the vendor's clients for what these pages leave out.
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
    is_from_gateway,
)
from woowup_async.policies import RetryPolicy


class Verdict(Enum):
    """What to do next."""

    DONE = "done"
    COOL = "cool"  # refused because of the rate limit: the whole account waits, then the request is repeated
    AGAIN = "again"  # may succeed later
    REFUSED = "refused"  # will not succeed unchanged


#: code → (verdict, error). For "ok" outside 2xx and for unknown codes, the status decides.
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

#: status → (verdict, error), if the code does not decide. A 403 without envelope comes from a proxy (U51).
STATUSES: dict[int, tuple[Verdict, type[ApiError]]] = {
    403: (Verdict.AGAIN, UnexpectedReply),
    404: (Verdict.REFUSED, NotFound),
    408: (Verdict.AGAIN, ServerError),
    410: (Verdict.REFUSED, AccountGone),
    413: (Verdict.REFUSED, BadRequest),
    429: (Verdict.COOL, Throttled),
}


def judge(reply: Reply) -> tuple[Verdict, type[ApiError]]:
    """Decide by the code, then by the status, then by the class of the status."""
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
    endpoint: str, reply: Reply, wall: Callable[[], float], *, has_patience: bool, is_known: bool = False
) -> tuple[Verdict, ApiError | None]:
    """Return the verdict on a reply, and its error if it is not a success.

    Args:
        endpoint: name of the call.
        reply: the answer.
        wall: the wall clock, for a `Retry-After` with a date.
        has_patience: whether to repeat a request that was answered with a page. If the page stays, the caller gives up.
        is_known: whether this operation has answered in the API's own words, so that a 404 or 405 without them comes
            from a gateway and may pass (decision 91).

    """
    verdict, kind = judge(reply)
    if verdict is Verdict.DONE:
        return verdict, None
    wait = retry_after(reply.headers, wall())
    refusal = kind(endpoint, reply.status, reply.code, reply.message, reply.reasons, wait)
    may_pass = isinstance(refusal, UnexpectedReply) or (is_known and is_from_gateway(refusal))
    return Verdict.AGAIN if may_pass and has_patience else verdict, refusal


def may_repeat(replay: Replay, failure: TransportError | ApiError) -> bool:
    """Return whether a request may be repeated after a failure. It always may if it was certainly not processed."""
    if isinstance(failure, NotSent | Throttled):
        return True
    return replay is not Replay.UNSAFE


#: Codes that refuse a creation because the record exists.
_THERE = frozenset({"duplicated_purchase_number", "family_member_duplicated"})


def says_it_is_there(refusal: ApiError) -> bool:
    """Return whether a creation was refused because the record exists."""
    return isinstance(refusal, UserExists) or refusal.code in _THERE


def backoff(policy: RetryPolicy, attempt: int, random: float) -> float:
    """Return the seconds to wait after a failed `attempt` (from 1): full jitter below the cap, `random` in [0, 1)."""
    # above 2**63, the cap is smaller for every base that a policy can have
    return random * min(policy.cap, policy.base * 2.0 ** min(attempt - 1, 63))
