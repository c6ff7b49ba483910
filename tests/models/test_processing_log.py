"""What a connector did with its files, and the account's totals."""

import msgspec
import pytest

from woowup_async.errors import InvalidRecord
from woowup_async.models import AccountStats, BranchPurchases, LogStats, ProcessingLog
from woowup_async.models.processing_log import StoredLog


def test_revenue_is_a_whole_number() -> None:
    counts = {"branch": "Centro", "total_created": 1, "total_updated": 0, "total_failed": 0, "total_invoice_items": 1}
    with pytest.raises(InvalidRecord, match="total_revenue"):
        BranchPurchases(total_revenue=9.5, **counts)  # type: ignore[arg-type]
    assert BranchPurchases(total_revenue=9, **counts).total_revenue == 9  # type: ignore[arg-type]


def test_a_log_needs_its_time_by_the_name_that_the_schema_has() -> None:
    with pytest.raises(InvalidRecord, match="processingtime"):
        ProcessingLog(files=[], stats=LogStats())  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", [AccountStats, StoredLog])
def test_what_comes_back_may_be_empty(kind: type) -> None:
    assert msgspec.json.decode(b'{"new": 1}', type=kind) == kind()


def test_totals_by_branch() -> None:
    stats = msgspec.json.decode(b'{"per_branches": [{"branch": "Centro", "total_revenue": 9.5}]}', type=AccountStats)
    assert [(each.branch, each.total_revenue, each.total_purchases) for each in stats.per_branches] == [
        ("Centro", 9.5, 0)
    ]
