"""Counts of accounts, which a task gives to the driver, and their sums.

Room: contrib, an edge. It needs no extra.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from woowup_async._flow import Entity
from woowup_async.outcomes import Report, Tally


class AccountCounts(msgspec.Struct, kw_only=True):
    """What happened to the rows of one account.

    Attributes:
        account: its name; "" if there is only one.
        submitted, accepted, rejected, released, in_doubt: records.
        effects: accepted records by effect: `queued`, `unchanged`, `created`, and so on.
        codes: rejected records by code.
        requests: requests sent.
        throttled: requests that the server refused with 429.
        elapsed: the seconds of the longest part.

    """

    account: str = ""
    submitted: int = 0
    accepted: int = 0
    rejected: int = 0
    released: int = 0
    in_doubt: int = 0
    effects: dict[str, int] = {}
    codes: dict[str, int] = {}
    requests: int = 0
    throttled: int = 0
    elapsed: float = 0.0


class PartReport(msgspec.Struct, kw_only=True):
    """What one task did: its commit message.

    Attributes:
        partition, attempt: of the task. `attempt` was seen to be 0 in a task that was repeated, so it is only shown.
        cpu: seconds of CPU of the Python process.
        accounts: counts.

    """

    partition: int = 0
    attempt: int = 0
    cpu: float = 0.0
    accounts: list[AccountCounts] = []


def counts_of(account: str, entity: Entity, report: Report) -> AccountCounts:
    """Return the counts of a run of one account."""
    tally: Tally = getattr(report, entity.plural)
    return AccountCounts(
        account=account,
        submitted=tally.submitted,
        accepted=tally.accepted,
        rejected=tally.rejected,
        released=tally.released,
        in_doubt=tally.in_doubt,
        effects=dict(tally.effects),
        codes=dict(tally.codes),
        requests=report.requests,
        throttled=report.throttled,
        elapsed=report.elapsed,
    )


def summed(parts: Iterable[PartReport]) -> list[AccountCounts]:
    """Return the sums of all tasks, by account."""
    found: dict[str, AccountCounts] = {}
    for part in parts:
        for each in part.accounts:
            known = found.get(each.account)
            found[each.account] = _sum(each.account, (known, each) if known else (each,))
    return [found[name] for name in sorted(found)]


def total(counts: Sequence[AccountCounts]) -> AccountCounts:
    """Return the sum of all accounts."""
    return _sum("", counts)


def line(counts: Sequence[AccountCounts]) -> str:
    """Return counts as one line of a log, without the names of customers and of keys."""
    whole = total(counts)
    states = ("accepted", "rejected", "released", "in_doubt")
    what = ", ".join(f"{getattr(whole, state):,} {state.replace('_', ' ')}" for state in states)
    unchanged = whole.effects.get("unchanged", 0)
    known = f" ({unchanged:,} of them known before)" if unchanged else ""
    return (
        f"{whole.submitted:,} records of {len(counts):,} accounts: {what}{known}; {whole.requests:,} requests, "
        f"{whole.throttled:,} refused with 429"
    )


def _sum(account: str, counts: Sequence[AccountCounts]) -> AccountCounts:
    made = AccountCounts(account=account, elapsed=max((each.elapsed for each in counts), default=0.0))
    for name in ("submitted", "accepted", "rejected", "released", "in_doubt", "requests", "throttled"):
        setattr(made, name, sum(getattr(each, name) for each in counts))
    for name in ("effects", "codes"):
        several: Counter[str] = Counter()
        for each in counts:
            several.update(getattr(each, name))
        setattr(made, name, dict(several))
    return made
