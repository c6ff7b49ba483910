"""The four outcomes of a record, and the report that counts them."""

import pytest

from woowup_async.errors import Reason, RecordsRejected
from woowup_async.outcomes import Rejected, Rejection, Report, Tally

BAD = Rejected("server", "bad_request", (Reason("email", "expected an address"),))


def test_a_report_adds_up_users_and_purchases() -> None:
    users = Tally(submitted=3, accepted=1, rejected=1, released=1)
    purchases = Tally(submitted=5, accepted=4, in_doubt=1, effects={"queued": 2, "unconfirmed": 2})
    report = Report(users, purchases, saved={"batching": 3, "merged": 1})
    parts = report.accepted + report.rejected + report.released + report.in_doubt
    assert report.submitted == parts == 8
    assert (report.unconfirmed, report.requests_saved) == (2, 4)


def test_rejections_raise_on_demand_and_name_the_first_five() -> None:
    Report(users=Tally(submitted=1, accepted=1)).raise_for_rejected()
    sample = tuple(Rejection("user", f"u:{number}", "", BAD) for number in range(7))
    report = Report(users=Tally(submitted=9, rejected=7), rejections=sample)
    with pytest.raises(RecordsRejected, match="7 of 9 records were rejected") as raised:
        report.raise_for_rejected()
    assert raised.value.report is report
    assert "user u:4: bad_request: email: expected an address" in str(raised.value)
    assert "u:5" not in str(raised.value)
