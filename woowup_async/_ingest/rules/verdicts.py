"""What a failed request means: one outcome for all its items, or to split it.

Room: _ingest. Pure.
"""

from __future__ import annotations

from enum import Enum

from woowup_async.errors import (
    AccountGone,
    ApiError,
    Failure,
    Forbidden,
    NotFound,
    NotSent,
    ReplyLost,
    ServerError,
    Throttled,
    TransportError,
    UnexpectedReply,
    is_from_gateway,
)
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released

QUEUED = Accepted("queued")
UNCONFIRMED = Accepted("unconfirmed")
CREATED = Accepted("created")
UPDATED = Accepted("updated")
PRESENT = Accepted("present")
UNCHANGED = Accepted("unchanged")


def unchanged_after(outcome: Outcome | None) -> Accepted:
    """Return the outcome of an identical record that is not sent again: what was left out is still not there."""
    left_out = outcome.left_out if isinstance(outcome, Accepted) else ()
    return Accepted("unchanged", left_out) if left_out else UNCHANGED


class Next(Enum):
    """What a refused bulk request asks for, where it settles nothing yet."""

    SPLIT = "split"
    SMALLER = "smaller"  # the request was too large
    APART = "apart"  # it failed on every attempt, though the server works: something in it, or its size
    SINGLES = "singles"  # it is answered as an unknown path


def after_bulk(failure: Failure, *, has_worked: bool) -> Outcome | Next:
    """Read a failed bulk request of two or more. A refusal says nothing about single items (U5): splitting finds out.

    `has_worked`: a bulk request was accepted before, so that a page in place of an answer is a passing fault.
    """
    if not has_worked and _is_unsupported(failure):
        return Next.SINGLES
    if isinstance(failure, ApiError) and failure.status == 413:
        return Next.SMALLER
    if isinstance(failure, ReplyLost | ServerError) or (has_worked and isinstance(failure, UnexpectedReply)):
        return Next.APART
    outcome = after_single(failure)
    return Next.SPLIT if isinstance(outcome, Rejected | Accepted) else outcome


def after_single(failure: Failure) -> Outcome:
    """Read a failed request about one record."""
    match failure:
        case NotSent():
            return Released(str(failure))
        case Throttled():
            return Released("refused for the rate limit on every attempt")
        case ReplyLost() | ServerError():
            return InDoubt(str(failure))
        case ApiError() if is_from_gateway(failure):
            return InDoubt(str(failure))
        case ApiError(code="duplicated_purchase_number"):
            return PRESENT
        case ApiError():
            return Rejected("server", failure.code or f"status_{failure.status}", failure.reasons)
    return InDoubt(str(failure))


def stops_run(failure: Failure, *, has_answer: bool) -> bool:
    """Whether a failure ends the run: a dead key or account, or a wrong host before the run's first answer."""
    if isinstance(failure, Forbidden | AccountGone):
        return True
    return not has_answer and isinstance(failure, TransportError | UnexpectedReply)


def _is_unsupported(failure: Failure) -> bool:
    # unknown paths answer 200 with HTML, a framework 404 or 405 (design: fall back to single posts)
    if isinstance(failure, UnexpectedReply):
        return failure.status in (200, 404, 405) and not failure.code
    is_plain = isinstance(failure, NotFound) and not failure.code
    return is_plain or (isinstance(failure, ApiError) and failure.status == 405)
