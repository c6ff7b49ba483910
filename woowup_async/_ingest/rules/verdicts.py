"""Decides what a failed request means: one outcome for all its items, or a next step.

Room: _ingest. Pure.
"""

from __future__ import annotations

import re
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

#: Words for a request that is too large.
_SIZE = re.compile(
    r"too[ _](?:many|large)|(?:payload|body|request|batch)[ _](?:size|limit|length)|max_?items"
    r"|(?:max(?:imum)?|at most|more than|up to|limit of|exceed\w*)\D{0,30}"
    r"\d+ ?(?:items|purchases|elements|bytes|[km]b)",
    re.IGNORECASE,
).search

QUEUED = Accepted("queued")
UNCONFIRMED = Accepted("unconfirmed")
CREATED = Accepted("created")
UPDATED = Accepted("updated")
PRESENT = Accepted("present")
UNCHANGED = Accepted("unchanged")


def unchanged_after(outcome: Outcome | None) -> Accepted:
    """Return the outcome of an identical record that is not sent again. Fields that were left out stay left out."""
    left_out = outcome.left_out if isinstance(outcome, Accepted) else ()
    return Accepted("unchanged", left_out) if left_out else UNCHANGED


def twin_of(outcome: Outcome) -> Outcome:
    """Return the outcome of a record that was merged with one that has this outcome."""
    is_sure = isinstance(outcome, Accepted) and outcome.effect != "unconfirmed"
    return unchanged_after(outcome) if is_sure else outcome


class Next(Enum):
    """The next step after a bulk request that failed and settled nothing."""

    SPLIT = "split"
    SMALLER = "smaller"  # the request was too large
    APART = "apart"  # every attempt failed, though the server works: an item or the size is the cause
    SINGLES = "singles"  # the answer is that of an unknown path


def after_bulk(failure: Failure, *, has_worked: bool) -> Outcome | Next:
    """Return the outcome or next step of a failed bulk request of two or more items.

    A refusal says nothing about single items (U5), so the request is split. `has_worked`: a bulk request was accepted
    before, so a page instead of an answer is a temporary fault.
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
    """Return the outcome of a failed request about one record."""
    match failure:
        case NotSent():
            return Released(str(failure))
        case Throttled():
            return Released("every attempt was refused by the rate limit")
        case ReplyLost() | ServerError():
            return InDoubt(str(failure))
        case ApiError() if is_from_gateway(failure):
            return InDoubt(str(failure))
        case ApiError(code="duplicated_purchase_number"):
            return PRESENT
        case ApiError():
            return Rejected("server", failure.code or f"status_{failure.status}", failure.reasons)
    return InDoubt(str(failure))


def names_size(failure: ApiError) -> bool:
    """Return whether a refusal of a bulk request may be about its size. No page shows one (U1), so this is a guess.

    A reason with a path is about a field of a record.
    """
    reasons = [reason.message for reason in failure.reasons if not reason.path]
    return any(map(_SIZE, (failure.code, failure.message, *reasons)))


def stops_run(failure: Failure, *, has_answer: bool) -> bool:
    """Return whether a failure ends the run: an invalid key or account, or a wrong host (before the first answer)."""
    if isinstance(failure, Forbidden | AccountGone):
        return True
    return not has_answer and isinstance(failure, TransportError | UnexpectedReply)


def _is_unsupported(failure: Failure) -> bool:
    # an unknown path answers 200 with HTML, a framework answers 404 or 405; then purchases are sent one by one
    if isinstance(failure, UnexpectedReply):
        return failure.status in (200, 404, 405) and not failure.code
    is_plain = isinstance(failure, NotFound) and not failure.code
    return is_plain or (isinstance(failure, ApiError) and failure.status == 405)
