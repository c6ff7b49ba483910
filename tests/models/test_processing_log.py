"""Reports about the files of a connector, and the account's totals."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from woowup_async.errors import InvalidRecord
from woowup_async.models import AccountStats, BranchPurchases, LogStats, ProcessingLog, PurchasesLog
from woowup_async.models.processing_log import StoredLog, log_fields


def test_revenue_is_a_whole_number() -> None:
    counts = {"branch": "Centro", "total_created": 1, "total_updated": 0, "total_failed": 0, "total_invoice_items": 1}
    with pytest.raises(InvalidRecord, match="total_revenue"):
        BranchPurchases(total_revenue=9.5, **counts)  # type: ignore[arg-type]
    assert BranchPurchases(total_revenue=9, **counts).total_revenue == 9  # type: ignore[arg-type]


def test_the_time_of_a_log_has_the_name_in_the_schema() -> None:
    with pytest.raises(InvalidRecord, match="processingtime"):
        ProcessingLog(files=[], stats=LogStats())  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", [AccountStats, StoredLog])
def test_answers_may_be_empty(kind: type) -> None:
    assert msgspec.json.decode(b'{"new": 1}', type=kind) == kind()


def test_totals_by_branch() -> None:
    stats = msgspec.json.decode(b'{"per_branches": [{"branch": "Centro", "total_revenue": 9.5}]}', type=AccountStats)
    assert [(each.branch, each.total_revenue, each.total_purchases) for each in stats.per_branches] == [
        ("Centro", 9.5, 0)
    ]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (datetime(2026, 3, 12, 9, 30, tzinfo=timezone(timedelta(hours=-3))), "2026-03-12T12:30:00+00:00"),
        (datetime(2026, 3, 12, 12, 30, tzinfo=UTC), "2026-03-12T12:30:00+00:00"),
        ("2026-03-12 12:30:00", "2026-03-12T12:30:00+00:00"),
        ("2026-03-12T12:30:00Z", "2026-03-12T12:30:00+00:00"),
        ("2026-03-12T09:30-0300", "2026-03-12T09:30:00-03:00"),
    ],
)
def test_the_time_is_sent_in_iso_8601_with_its_offset(given: Any, sent: str) -> None:
    """Q19."""
    record = ProcessingLog(files=[], processingtime=given, stats=LogStats())
    assert record.processingtime == sent
    assert log_fields(record)["processingtime"] == sent
    if isinstance(given, str):
        assert log_fields({"files": [], "processingtime": given, "stats": {}})["processingtime"] == sent


def test_purchases_are_counted_by_branch() -> None:
    with pytest.raises(InvalidRecord, match="per_branches: is required"):
        PurchasesLog(  # type: ignore[call-arg]
            total_created=1, total_updated=0, total_failed=0, total_revenue=9, total_invoice_items=1
        )


@pytest.mark.parametrize("prefix", ["", "total_"])
def test_customers_by_branch_are_sent_in_both_spellings(prefix: str) -> None:
    """Q14."""
    branch = {"branch": "Centro", f"{prefix}created": 1, f"{prefix}updated": 2, f"{prefix}failed": 0}
    totals = {"total_created": 1, "total_updated": 2, "total_failed": 0}
    given = {"files": [], "processingtime": "2026-03-12 12:30:00",
             "stats": {"customers": totals | {"per_branches": [branch]}}}  # fmt: skip
    (sent,) = log_fields(given)["stats"]["customers"]["per_branches"]
    assert sent == {"branch": "Centro", "created": 1, "updated": 2, "failed": 0} | totals
    assert branch.keys() == {"branch", *(f"{prefix}{name}" for name in ("created", "updated", "failed"))}


@pytest.mark.parametrize(
    ("stats", "path"),
    [
        ({"customers": {"total_created": 1, "total_updated": 0, "total_failed": 0, "per_branches": [{"branch": "C"}]}},
         "stats.customers.per_branches[0].total_created"),
        ({"customers": {"per_branches": 5}}, "stats.customers.per_branches"),
        ({"customers": {"per_branches": [5]}}, "stats.customers.per_branches[0]"),
        ({"customers": []}, "stats.customers"),
        ([], "stats"),
    ],
)  # fmt: skip
def test_a_mapping_is_checked_by_the_schema(stats: Any, path: str) -> None:
    with pytest.raises(InvalidRecord) as raised:
        log_fields({"files": [], "processingtime": "2026-03-12 12:30:00", "stats": stats})
    assert path in {reason.path for reason in raised.value.reasons}
    with pytest.raises(InvalidRecord, match="processingtime: is required"):
        log_fields({"files": [], "processedtime": "2026-03-12 12:30:00", "stats": {}})
