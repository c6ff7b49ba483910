"""Reports of a run to the vendor: processing stats, and the data-processing record.

Room: cli. A run does not fail if its report cannot be posted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from woowup_async import RetryPolicy, WoowUp, WoowUpError
from woowup_async._flow import PUSHED, Entity, Settled
from woowup_async.events import RunEvent
from woowup_async.models import (
    BranchPurchases,
    CustomersLog,
    EntityStats,
    FailedElement,
    FileStats,
    IntegrationStats,
    InvalidLine,
    LogStats,
    ProcessingLog,
    PurchasesLog,
    PurchaseStats,
)
from woowup_async.outcomes import Accepted, Rejected

#: Most rejected records of an entity, and lines of a file, in a report (guessed: a body of about 100 KB).
_FAILED = 100
#: Most branches and files that are counted separately (guessed).
_MOST = 1_000
_NO_BRANCH = ""
#: Attempts at a report (guessed).
_ATTEMPTS = 3


@dataclass(slots=True)
class _Count:
    created: int = 0
    updated: int = 0
    duplicated: int = 0
    failed: int = 0
    revenue: Decimal = Decimal(0)
    units: int = 0
    rows: int = 0
    rows_failed: int = 0
    invalid: list[InvalidLine] = field(default_factory=list)
    customers: int = 0


class _Line(msgspec.Struct, frozen=True):
    quantity: int = 0


class _Prices(msgspec.Struct, frozen=True):
    total: Decimal | int = 0


class _Money(msgspec.Struct):
    prices: _Prices = _Prices()
    purchase_detail: list[_Line] = []
    branch_name: str | None = None


class VendorStats:
    """Counts as the vendor does: a queued or unconfirmed purchase counts as created, an existing one as duplicated.

    Args:
        stats: post the processing stats, with rejected records in full or "redacted" to position and key.
        log: post the data-processing record.

    """

    posts_stats: bool
    posts_log: bool

    def __init__(self, stats: Literal["full", "redacted"] | None, *, log: bool) -> None:
        self.posts_stats, self.posts_log = stats is not None, log
        self._has_elements = stats == "full"
        self._counts = {entity: _Count() for entity in PUSHED}
        self._failed: dict[Entity, list[FailedElement]] = {entity: [] for entity in PUSHED}
        self._files: dict[str, _Count] = {}
        self._branches: dict[str, _Count] = {}
        self._began = datetime.now(UTC)

    def hear(self, event: RunEvent) -> None:
        """Count a settled record."""
        if not isinstance(event, Settled) or event.outcome == Accepted("unchanged"):
            return
        money = _money(event.record.raw) if event.entity is Entity.PURCHASE else None
        counts = [self._counts[event.entity], _of(self._files, event.record.position.source)]
        if money is not None:
            counts.append(_of(self._branches, money.branch_name or _NO_BRANCH))
        for count in counts:
            _add(count, event, money)
        if isinstance(event.outcome, Rejected):
            self._reject(event, event.outcome)

    def stats(self) -> IntegrationStats:
        """Return the body of `POST /integration-stats`."""
        users, purchases = (self._counts[entity] for entity in PUSHED)
        return IntegrationStats(
            customers=EntityStats(created=users.created, updated=users.updated, failed=self._failed[Entity.USER]),
            purchases=PurchaseStats(
                created=purchases.created, updated=purchases.updated, duplicated=purchases.duplicated,
                failed=self._failed[Entity.PURCHASE], revenue=purchases.revenue, units=purchases.units,
            ),
            files_stats=[
                FileStats(
                    filename=name, read_lines=count.rows, valid_lines=count.rows - count.rows_failed,
                    unique_registers=count.created + count.updated + count.duplicated, invalid_lines=count.invalid,
                    revenue=count.revenue, units=count.units, orders_customers=count.customers,
                )
                for name, count in self._files.items()
            ],
            createtime=self._began,
        )  # fmt: skip

    def log(self) -> ProcessingLog:
        """Return the body of `POST /log` on the connectors host. Revenue is rounded to a whole number, as required."""
        users, purchases = (self._counts[entity] for entity in PUSHED)
        branches = {name: count for name, count in self._branches.items() if name != _NO_BRANCH}
        return ProcessingLog(
            files=list(self._files),
            processingtime=datetime.now(UTC),
            stats=LogStats(
                customers=CustomersLog(
                    total_created=users.created, total_updated=users.updated, total_failed=users.failed
                ),
                purchases=PurchasesLog(
                    **_purchase_totals(purchases),
                    per_branches=[
                        BranchPurchases(branch=name, **_purchase_totals(each)) for name, each in branches.items()
                    ],
                ),
            ),
        )

    def _reject(self, event: Settled, outcome: Rejected) -> None:
        failed, reasons = self._failed[event.entity], "; ".join(map(str, outcome.reasons)) or outcome.code
        raw = event.record.raw
        if len(failed) < _FAILED:
            element = {"position": str(event.record.position), "key": event.key}
            if self._has_elements:
                element = _element(raw) or element
            failed.append(
                FailedElement(
                    element=element, message=f"{outcome.code}: {reasons}" if self._has_elements else outcome.code
                )
            )
        file = _of(self._files, event.record.position.source)
        if len(file.invalid) < _FAILED:
            file.invalid.append(InvalidLine(line=event.record.position.number, message=outcome.code))


async def post(woowup: WoowUp, vendor: VendorStats) -> list[str]:
    """Post the reports with few retries, and return the errors as text."""
    failures, woowup = list[str](), woowup.with_options(retry=RetryPolicy(attempts=_ATTEMPTS))
    if vendor.posts_stats:
        try:
            await woowup.integration_stats.create(vendor.stats())
        except WoowUpError as error:
            failures.append(f"the integration stats were not posted: {error}")
    if vendor.posts_log:
        try:
            await woowup.connectors.log(vendor.log())
        except WoowUpError as error:
            failures.append(f"the data-processing record was not posted: {error}")
    return failures


def _of(counts: dict[str, _Count], name: str) -> _Count:
    return counts.setdefault(name if name in counts or len(counts) < _MOST else "others", _Count())


def _add(count: _Count, event: Settled, money: _Money | None) -> None:
    count.rows += event.record.rows
    if isinstance(event.outcome, Accepted):
        effect = event.outcome.effect
        count.created += effect in ("created", "queued", "unconfirmed")
        count.updated += effect == "updated"
        count.duplicated += effect == "present"
        count.customers += event.entity is Entity.USER
        if money is not None and effect != "present":
            count.revenue += money.prices.total
            count.units += sum(line.quantity for line in money.purchase_detail)
    elif isinstance(event.outcome, Rejected):
        count.failed += 1
        count.rows_failed += event.record.rows


def _purchase_totals(count: _Count) -> dict[str, int]:
    return {
        "total_created": count.created,
        "total_updated": count.updated,
        "total_failed": count.failed,
        "total_revenue": round(count.revenue),
        "total_invoice_items": count.units,
    }


def _money(raw: Any) -> _Money | None:
    try:
        return (
            msgspec.json.decode(raw, type=_Money)
            if isinstance(raw, bytes)
            else msgspec.convert(raw, _Money, from_attributes=True)
        )
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _element(raw: Any) -> dict[str, Any] | None:
    if isinstance(raw, bytes):
        try:
            raw = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
    return dict(raw) if isinstance(raw, Mapping) else None
