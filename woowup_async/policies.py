"""Frozen settings for batching, retries, timeouts, the rate limit and ingestion, and the two lanes for permits.

Room: nouns. Pure. Seconds are floats, sizes are ints in bytes, and `attempts` counts all attempts. A wrong value raises
a `ValueError` at construction that names the field and the rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

#: "Maximum size of data sent is 256KB" (documented, purchases page), read as 256 * 1024.
MAX_PURCHASE_BYTES = 262_144


class Lane(Enum):
    """The queue in which a request waits. Calls on resources are interactive, ingestion is bulk."""

    INTERACTIVE = "interactive"
    BULK = "bulk"

    if not TYPE_CHECKING:
        # each member is one object; an enum's own hash is a slow Python call, and each request needs it often
        __hash__ = object.__hash__


def _require(condition: bool, field: str, rule: str, value: object) -> None:
    if not condition:
        raise ValueError(f"{field} must be {rule}, got {value!r}")


def _is_positive(seconds: float) -> bool:
    return math.isfinite(seconds) and seconds > 0


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The account's budget, counted as in the documented algorithm.

    Args:
        limit: requests per weighted window, used until the server announces its own limit
            (documented: 70 per 30 s window, which is 140 a minute).
        segment: seconds per window segment (documented: 30).
        margin: permits left unused while the server's clock is not certain: for two segments after it jumped or was
            read from memory. If the clock is known exactly, none is left unused.
        reserve: permits that bulk leaves to the interactive lane in the middle of a segment, if that lane was used in
            the last two segments. None means ``min(4, limit // 10)``.
        share: the part of the announced limit that this client may use, in (0, 1].

    """

    limit: int = 70
    segment: float = 30.0
    margin: int = 1
    reserve: int | None = None
    share: float = 1.0

    def __post_init__(self) -> None:
        _require(self.margin >= 0, "RateLimit.margin", "0 or more", self.margin)
        _require(self.limit > self.margin, "RateLimit.limit", f"above the margin of {self.margin}", self.limit)
        _require(_is_positive(self.segment), "RateLimit.segment", "a positive number of seconds", self.segment)
        _require(0 < self.share <= 1, "RateLimit.share", "above 0 and at most 1", self.share)
        if self.reserve is not None:
            rule = f"between 0 and the limit of {self.limit}"
            _require(0 <= self.reserve <= self.limit, "RateLimit.reserve", rule, self.reserve)


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """How items are collected in one bulk request.

    Args:
        max_items: items per bulk request (guessed: the vendor states no maximum, U1).
        max_bytes: bytes of all items and the commas between them, without the brackets
            (guessed: the vendor states only a size per purchase, U2).
        max_item_bytes: bytes of one purchase as sent, UTF-8 JSON (documented: 256 KB).
        linger: the longest time that an open batch waits, in seconds from its first item.
        grow_to: up to how many items a bulk request grows while the account takes larger ones well. None: it does not
            grow. A journal keeps the sizes that were learned. A lost answer then leaves more purchases in doubt.
        grow_bytes_to: up to how many bytes it grows with them (guessed: servers often take a megabyte or more). It does
            nothing without `grow_to`.

    """

    max_items: int = 100
    max_bytes: int = MAX_PURCHASE_BYTES
    max_item_bytes: int = MAX_PURCHASE_BYTES
    linger: float = 1.0
    grow_to: int | None = None
    grow_bytes_to: int = 8 * MAX_PURCHASE_BYTES

    def __post_init__(self) -> None:
        _require(self.max_items >= 1, "BatchPolicy.max_items", "1 or more", self.max_items)
        _require(self.max_item_bytes >= 1, "BatchPolicy.max_item_bytes", "1 or more", self.max_item_bytes)
        _require(self.max_bytes >= 1, "BatchPolicy.max_bytes", "1 or more", self.max_bytes)
        finite = math.isfinite(self.linger) and self.linger >= 0
        _require(finite, "BatchPolicy.linger", "0 or more seconds", self.linger)
        _require(self.grow_bytes_to >= 1, "BatchPolicy.grow_bytes_to", "1 or more", self.grow_bytes_to)
        if self.grow_to is not None:
            rule = f"at least max_items, which is {self.max_items}, or None"
            _require(self.grow_to >= self.max_items, "BatchPolicy.grow_to", rule, self.grow_to)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often one request is repeated, and how long it waits before each repeat.

    The wait before attempt n + 1 is drawn from ``uniform(0, min(cap, base * 2**(n - 1)))`` (full jitter);
    `Retry-After` from the server takes precedence.

    Args:
        attempts: total attempts of one request, the first included (guessed).
        base: upper bound of the first wait, in seconds (guessed).
        cap: upper bound of every wait, in seconds (guessed).

    """

    attempts: int = 8
    base: float = 0.5
    cap: float = 30.0

    def __post_init__(self) -> None:
        _require(self.attempts >= 1, "RetryPolicy.attempts", "1 or more", self.attempts)
        _require(_is_positive(self.base), "RetryPolicy.base", "a positive number of seconds", self.base)
        rule = f"at least the base of {self.base} seconds"
        _require(math.isfinite(self.cap) and self.cap >= self.base, "RetryPolicy.cap", rule, self.cap)


@dataclass(frozen=True, slots=True)
class IngestPolicy:
    """Choices of ingestion, where different users want different things.

    Args:
        strict: refuse a record with a field that the schema does not have (default: send the field, and count it).
        doubt: what to do with a purchase whose answer was lost. "resend" sends it again unchanged, which is harmless,
            since branch and invoice number identify it. "read_back" looks it up first, one request for each purchase.
            "report" leaves it `InDoubt`.
        on_duplicate: what to do with a purchase that the server already has. "keep" reports it as `present`, "update"
            replaces it. Answers to bulk requests do not name duplicates (U6), so only purchases that are sent alone
            show them.
        salvage: send a refused user once more with identifiers and names only, and report what was left out.
        oversize: what to do with a purchase above 256 KB. "reject" refuses it. "shrink" leaves out optional product
            texts until it fits: descriptions, specifications, thumbnails, images, product pages, in this order.
        delta: with a journal, records that the account already has unchanged cost no request.
        approvedtime: "createtime" copies the `createtime` of a purchase to a missing `approvedtime`, so that a
            historical load triggers no campaigns. None leaves it to the server.
        drain: the longest time, in seconds, that a cancelled run waits for the answers to what it sent.
        unknown_users: what to do with a purchase if neither this run nor its journal has seen its customer accepted.
            The server accepts it in a bulk request, and drops it later if the customer does not exist.
            "ask" sends the first purchase of such a customer alone, in a request whose answer says whether the
            customer exists. Then the others are sent in bulk, or are rejected.
            "trust" sends them in bulk. They are `Accepted("unconfirmed")`.
            "auto" asks if this run or its journal has users, for at most 1,000 customers or 5 % of those seen,
            whichever is more (guessed). The rest, and all if there are no users, is sent as with "trust".

    """

    strict: bool = False
    doubt: Literal["resend", "read_back", "report"] = "resend"
    on_duplicate: Literal["keep", "update"] = "keep"
    salvage: bool = False
    oversize: Literal["reject", "shrink"] = "reject"
    delta: bool = True
    approvedtime: Literal["createtime"] | None = None
    drain: float = 30.0
    unknown_users: Literal["auto", "ask", "trust"] = "auto"

    def __post_init__(self) -> None:
        choices: dict[str, tuple[str | None, ...]] = {
            "doubt": ("resend", "read_back", "report"),
            "on_duplicate": ("keep", "update"),
            "oversize": ("reject", "shrink"),
            "approvedtime": ("createtime", None),
            "unknown_users": ("auto", "ask", "trust"),
        }
        for name, allowed in choices.items():
            value = getattr(self, name)
            _require(value in allowed, f"IngestPolicy.{name}", " or ".join(map(repr, allowed)), value)
        finite = math.isfinite(self.drain) and self.drain >= 0
        _require(finite, "IngestPolicy.drain", "0 or more seconds", self.drain)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits on waiting, in seconds.

    Args:
        connect: for a new connection (the vendor's clients use 10).
        total: for one exchange, from the wait for a connection to the last byte (the vendor's clients use 30).
        admit: for the permit of an interactive call. None waits without limit.

    """

    connect: float = 10.0
    total: float = 30.0
    admit: float | None = None

    def __post_init__(self) -> None:
        for name in ("connect", "total"):
            value: float = getattr(self, name)
            _require(_is_positive(value), f"Timeouts.{name}", "a positive number of seconds", value)
        if self.admit is not None:
            finite = math.isfinite(self.admit) and self.admit >= 0
            _require(finite, "Timeouts.admit", "0 or more seconds, or None", self.admit)
