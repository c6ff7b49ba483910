"""Counts of tasks add up by account."""

from woowup_async._flow import Entity
from woowup_async.contrib.spark.counts import AccountCounts, PartReport, counts_of, line, summed, total
from woowup_async.outcomes import Report, Tally


def part(account: str, accepted: int, **more: int) -> PartReport:
    counts = AccountCounts(
        account=account,
        submitted=accepted,
        accepted=accepted,
        effects={"queued": accepted - 1, "unchanged": 1},
        requests=1,
        elapsed=float(accepted),
    )
    return PartReport(accounts=[counts], **more)


def test_the_counts_of_a_run() -> None:
    tally = Tally(submitted=3, accepted=1, rejected=1, in_doubt=1, effects={"created": 1}, codes={"invalid": 1})

    counts = counts_of("a", Entity.USER, Report(users=tally, requests=4, throttled=1, elapsed=2.0))

    assert (counts.submitted, counts.accepted, counts.rejected, counts.released, counts.in_doubt) == (3, 1, 1, 0, 1)
    assert (counts.requests, counts.throttled, counts.elapsed) == (4, 1, 2.0)
    assert (counts.effects, counts.codes) == ({"created": 1}, {"invalid": 1})


def test_parts_add_up_by_account() -> None:
    counts = summed([part("b", 5), part("a", 2), part("b", 4, partition=1)])

    assert [(each.account, each.accepted, each.requests, each.elapsed) for each in counts] == [
        ("a", 2, 1, 2.0),
        ("b", 9, 2, 5.0),
    ]
    assert counts[1].effects == {"queued": 7, "unchanged": 2}
    assert total(counts).submitted == 11
    assert line(counts) == (
        "11 records of 2 accounts: 11 accepted, 0 rejected, 0 released, 0 in doubt (3 of them known before); "
        "3 requests, 0 refused with 429"
    )
    assert line([]).startswith("0 records of 0 accounts: 0 accepted")
