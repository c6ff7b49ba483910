"""What the processes of a fleet say to each other: a task as one line of JSON, then orders; and lines of JSON back.

Room: cli. Pure.
"""

from __future__ import annotations

import msgspec

from woowup_async.cli.fleet.accounts import Account
from woowup_async.outcomes import Report
from woowup_async.policies import BatchPolicy, IngestPolicy, RateLimit

#: Orders to a worker: stop cleanly, or at once. A worker whose input ends stops cleanly.
DRAIN, ABORT = "drain", "abort"


class Task(msgspec.Struct, frozen=True):
    """What a worker is to do. It inherits the keys with the environment."""

    accounts: list[Account]
    rate_limit: RateLimit
    ingest: IngestPolicy
    batch: BatchPolicy
    base_url: str | None = None
    trust_env: bool = False
    proxy: str | None = None
    ca_file: str | None = None
    budget: str | None = None
    order: str = "given"
    only_buyers: bool = False


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """An account has ended.

    Args:
        account: its name.
        report: the counts of its run.
        failure: the error that ended it early. Empty if it came to its end, or was stopped.
        is_stopped: whether it was stopped before its end.

    """

    account: str
    report: Report = Report()
    failure: str = ""
    is_stopped: bool = False


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """The counts of all accounts of a worker so far, those that ended included."""

    settled: int = 0
    requests: int = 0
    throttled: int = 0


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The worker has no more accounts."""


Message = Ended | Progress | Done
