"""Transactions of points, as they come back.

Room: models. Pure. After the samples of the users page.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from woowup_async.models._answer import Answer

#: What one may ask for (users page). Not the vocabulary of `add_points`: its `purchase` comes back as `sale-invoice`
#: (Q88).
Concept = Literal[
    "return", "sale", "manual-load", "register", "refer", "purchase-order", "expiration", "correct-answer", "vtex-sale",
    "survey", "sale-invoice", "points-give-away", "email-campaign", "transactional-email", "survey-response",
    "sms-campaign", "abandoned-cart", "release-by-products", "release-by-sale", "redeemed-points-in-sale",
    "import-customer", "ticket-solved", "share", "want", "buy", "compete", "inquire", "see", "versus", "challenge",
    "share-video", "mobile-challenge", "multiple-choice", "redeem", "check-code", "check-ticket",
]  # fmt: skip
CONCEPTS: tuple[str, ...] = get_args(Concept)
#: What `add_points` takes (users page; the deprecated variant leaves out `manual`, Q86).
PointsConcept = Literal["manual", "purchase", "gift", "survey_response", "register", "referrer"]
POINTS_CONCEPTS: tuple[str, ...] = get_args(PointsConcept)


class TransactionBranch(Answer, frozen=True):
    """Where it happened."""

    id: int | str | None = None
    name: str | None = None


class Transaction(Answer, frozen=True, kw_only=True):
    """Points given or taken. `createtime` has no offset: UTC (Q75). `data` may hold the purchase it came from."""

    id: int | str | None = None
    points: float | None = None
    pending_points: float | None = None
    createtime: str | None = None
    version: int | str | None = None
    branch: TransactionBranch | None = None
    description: str | None = None
    concept: str | None = None
    data: dict[str, Any] = {}
