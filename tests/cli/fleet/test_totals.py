"""The sum of reports is what one run of all records would report."""

from woowup_async.cli.fleet.totals import total_of
from woowup_async.errors import Reason
from woowup_async.outcomes import Rejected, Rejection, Report, Tally


def test_counts_are_added_and_samples_are_bounded() -> None:
    rejection = Rejection("user", "f:1", "k", Rejected("client", "invalid", (Reason("a", "b"),)))
    one = Report(
        users=Tally(submitted=3, accepted=2, rejected=1, effects={"created": 2}, codes={"invalid": 1}),
        requests=5, elapsed=2.0, rejections=(rejection,) * 60, saved={"merged": 1}, suggestions={"nam": "name"},
    )  # fmt: skip
    two = Report(users=Tally(submitted=1, accepted=1, effects={"created": 1}), requests=1, elapsed=9.0)
    total = total_of([one, two, one])
    assert total.users == Tally(
        submitted=7, accepted=5, rejected=2, effects={"created": 5}, codes={"invalid": 2}
    )  # fmt: skip
    assert (total.requests, total.elapsed, total.saved) == (11, 9.0, {"merged": 2})
    assert total.suggestions == {"nam": "name"}
    assert len(total.rejections) == 100
    assert total_of([]) == Report()
