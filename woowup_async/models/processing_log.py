"""`ProcessingLog`: what a connector did with its files, on the connectors host; and the account's totals.

Room: models. Pure. After the schema and samples of the connectors page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from woowup_async.errors import InvalidRecord
from woowup_async.models._answer import Answer
from woowup_async.models._base import Model
from woowup_async.models._examine import examine
from woowup_async.models._fields import Timestamp


class BranchCustomers(Model):
    """Customers of one branch."""

    branch: str
    total_created: int
    total_updated: int
    total_failed: int


class BranchPurchases(BranchCustomers):
    """Purchases of one branch. Revenue is a whole number here (Q15): round it yourself."""

    total_revenue: int
    total_invoice_items: int


class CustomersLog(Model):
    """Customers of all files."""

    total_created: int
    total_updated: int
    total_failed: int
    per_branches: list[BranchCustomers] | None = None


class PurchasesLog(Model):
    """Purchases of all files, and of each branch. Revenue is a whole number here (Q15): round it yourself."""

    total_created: int
    total_updated: int
    total_failed: int
    total_revenue: int
    total_invoice_items: int
    per_branches: list[BranchPurchases]


class ProductsLog(Model):
    """Products of all files."""

    total_created: int
    total_updated: int
    total_failed: int


class BranchesLog(Model):
    """Branches of all files; failures are not counted (Q16)."""

    total_created: int
    total_updated: int


class LogStats(Model):
    """What was processed; each part is optional."""

    customers: CustomersLog | None = None
    purchases: PurchasesLog | None = None
    products: ProductsLog | None = None
    branches: BranchesLog | None = None


class ProcessingLog(Model):
    """One run of a connector. The page's table says `processedtime`, schema and examples `processingtime` (Q13).

    `processingtime` is sent as ISO 8601 with its offset, as this page asks, unlike the others (Q19).
    """

    files: list[str]
    processingtime: Timestamp
    stats: LogStats

    def __post_init__(self) -> None:
        """Write the time in ISO 8601; one without an offset is UTC."""
        msgspec.structs.force_setattr(self, "processingtime", _in_iso(str(self.processingtime)))


def log_fields(record: ProcessingLog | Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a log, with customers by branch in both spellings (Q14). A mapping may have either.

    Raises:
        InvalidRecord: it breaks the schema.

    """
    if isinstance(record, ProcessingLog):
        return _in_both_spellings(msgspec.to_builtins(record))
    fields = _in_both_spellings(msgspec.to_builtins(dict(record), enc_hook=str))
    found = examine(ProcessingLog, fields)
    if found.reasons:
        raise InvalidRecord(found.reasons)
    return fields | {"processingtime": _in_iso(fields["processingtime"])}


def _in_both_spellings(fields: dict[str, Any]) -> dict[str, Any]:
    """Give each branch of the customers both spellings (`created`, `total_created`) if it has one of them."""
    stats = fields.get("stats")
    customers = stats.get("customers") if isinstance(stats, dict) else None
    branches = customers.get("per_branches") if isinstance(customers, dict) else None
    for branch in branches if isinstance(branches, list) else ():
        if isinstance(branch, dict):
            for name in ("created", "updated", "failed"):
                count = branch.get(f"total_{name}", branch.get(name))
                branch |= {} if count is None else {name: count, f"total_{name}": count}
    return fields


def _in_iso(text: str) -> str:
    """Write a checked time in ISO 8601. A time without an offset is UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


class StoredLog(Answer, frozen=True, kw_only=True):
    """A record as the connectors host returns it."""

    files: list[str] = []
    processingtime: str | None = None
    createtime: str | None = None
    stats: dict[str, Any] = {}


class BranchTotals(Answer, frozen=True, kw_only=True):
    """Totals of one branch."""

    branch: str | None = None
    total_customers: int = 0
    total_purchases: int = 0
    total_revenue: float = 0
    total_invoice_items: int = 0


class AccountStats(Answer, frozen=True, kw_only=True):
    """What the account holds: the only aggregate that can be read back after an import."""

    total_customers: int = 0
    total_purchases: int = 0
    total_revenue: float = 0
    total_invoice_items: int = 0
    per_branches: list[BranchTotals] = []
