"""`IntegrationStats`: what an integration did, as WoowUp's own pages show it to the shop.

Room: models. Pure. After the schema of the integration-stats page.
"""

from __future__ import annotations

from typing import Any

from woowup_async.models._base import Model
from woowup_async.models._fields import Number, Timestamp


class FailedElement(Model):
    """A record that failed, whole: people's data goes back to WoowUp with it."""

    element: dict[str, Any]
    message: str | None = None


class EntityStats(Model):
    """Counts of one entity. The page's words make `failed` a number, its schema a list (Q3)."""

    created: int | None = None
    updated: int | None = None
    failed: list[FailedElement] | None = None


class PurchaseStats(EntityStats):
    """Counts of purchases; `duplicated` exists here only (Q6), and revenue may have decimals (Q5)."""

    duplicated: int | None = None
    revenue: Number | None = None
    units: int | None = None


class InvalidLine(Model):
    """A line of a file that could not be read."""

    line: int
    message: str | None = None
    additional_details: dict[str, Any] | None = None


class FileStats(Model):
    """Counts of one file; every entry may carry revenue and units (Q8)."""

    filename: str
    read_lines: int | None = None
    valid_lines: int | None = None
    unique_registers: int | None = None
    invalid_lines: list[InvalidLine] | None = None
    revenue: Number | None = None
    units: int | None = None
    orders_customers: int | None = None


class IntegrationStats(Model):
    """One report. Everything is optional in the schema; what an empty one does is unknown (Q4).

    `createtime` stands in the schema only (Q1).
    """

    customers: EntityStats | None = None
    products: EntityStats | None = None
    branches: EntityStats | None = None
    purchases: PurchaseStats | None = None
    files_stats: list[FileStats] | None = None
    createtime: Timestamp | None = None
