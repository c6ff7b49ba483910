"""Reports about an integration, for the shop."""

import msgspec
import pytest

from woowup_async.errors import InvalidRecord
from woowup_async.models import EntityStats, FailedElement, FileStats, IntegrationStats, PurchaseStats


def test_a_report_may_be_empty_and_only_set_fields_are_sent() -> None:
    assert msgspec.json.encode(IntegrationStats()) == b"{}"
    report = IntegrationStats(
        customers=EntityStats(created=2, failed=[FailedElement(element={"email": "x"}, message="bad")]),
        purchases=PurchaseStats(duplicated=1, revenue=9.5),
    )
    assert msgspec.json.decode(msgspec.json.encode(report)) == {
        "customers": {"created": 2, "failed": [{"element": {"email": "x"}, "message": "bad"}]},
        "purchases": {"duplicated": 1, "revenue": 9.5},
    }


def test_duplicates_are_counted_only_for_purchases() -> None:
    with pytest.raises(TypeError, match="duplicated"):
        EntityStats(duplicated=1)  # type: ignore[call-arg]


def test_a_file_has_a_name_and_its_lines_are_checked() -> None:
    with pytest.raises(InvalidRecord) as raised:
        FileStats(invalid_lines=[{"message": "x"}])  # type: ignore[call-arg, list-item]
    assert {reason.path for reason in raised.value.reasons} == {"filename", "invalid_lines[0].line"}
