"""`ProcessingLog`: what a connector did with its files, on the connectors host; and the account's totals.

Room: models. Pure. After the schema and samples of the connectors page.
"""

from __future__ import annotations

from typing import Any

import msgspec

from woowup_async.models._base import Model
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
    """Purchases of all files. Revenue is a whole number here (Q15): round it yourself."""

    total_created: int
    total_updated: int
    total_failed: int
    total_revenue: int
    total_invoice_items: int
    per_branches: list[BranchPurchases] | None = None


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
    """One run of a connector. The page's table says `processedtime`, schema and examples `processingtime` (Q13)."""

    files: list[str]
    processingtime: Timestamp
    stats: LogStats


class StoredLog(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A record as the connectors host returns it."""

    files: list[str] = []
    processingtime: str | None = None
    createtime: str | None = None
    stats: dict[str, Any] = {}


class BranchTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of one branch."""

    branch: str | None = None
    total_customers: int = 0
    total_purchases: int = 0
    total_revenue: float = 0
    total_invoice_items: int = 0


class AccountStats(msgspec.Struct, frozen=True, kw_only=True):
    """What the account holds: the only aggregate that can be read back after an import."""

    total_customers: int = 0
    total_purchases: int = 0
    total_revenue: float = 0
    total_invoice_items: int = 0
    per_branches: list[BranchTotals] = []
