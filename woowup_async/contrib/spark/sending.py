"""One task: the rows of a partition, sent by one event loop with one pool for all its accounts.

Room: contrib, an edge. It needs pyarrow. It does not import Spark.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from woowup_async._ingest.faces.inputs import opened_ledger
from woowup_async._transport.credentials import ApiKey
from woowup_async.contrib.spark.counts import AccountCounts, PartReport, counts_of
from woowup_async.contrib.spark.feeds import Feed, Kept, Spool, by_account
from woowup_async.contrib.spark.keys import KeyRing
from woowup_async.contrib.spark.options import Plan, variable_part
from woowup_async.contrib.spark.rows import source_of
from woowup_async.errors import WoowUpError
from woowup_async.policies import RetryPolicy
from woowup_async.pool import SessionPool

_log = logging.getLogger("woowup_async.spark")
#: Accounts that an error names.
_NAMED = 5
#: The note in a ledger that has the name of its account.
ACCOUNT_NOTE = "account"


class PartFailed(WoowUpError):
    """Some accounts of a task were not sent completely. Spark repeats the task; `part` has the counts until here."""

    part: PartReport


def send(
    batches: Iterator[Any],
    plan: Plan,
    partition: int = 0,
    attempt: int = 0,
    notes: Mapping[str, str] | None = None,
) -> PartReport:
    """Send the rows of a partition, and return when each has an outcome. It runs an event loop of its own.

    An account that cannot be sent, since its key is wrong for example, does not stop the others.

    Args:
        batches: Arrow batches.
        plan: what to do with them.
        partition: number of the task, for the report.
        attempt: number of the task's attempt, for the report.
        notes: texts that are stored in the ledger of each account by name, such as the number of a micro-batch.

    Raises:
        PartFailed: accounts were not sent completely.

    """
    began = time.process_time()
    part = PartReport(partition=partition, attempt=attempt)
    failures = anyio.run(_Part(plan, part, notes or {}).send, batches)
    part.cpu = time.process_time() - began
    if failures:
        more = f"; and {len(failures) - _NAMED} more" if len(failures) > _NAMED else ""
        error = PartFailed("; ".join(failures[:_NAMED]) + more)
        error.part = part
        raise error
    return part


class _Part:
    """The accounts of a task."""

    def __init__(self, plan: Plan, part: PartReport, notes: Mapping[str, str]) -> None:
        self._plan, self._part, self._notes, self._keys = plan, part, notes, KeyRing(plan)
        self._spool = Spool(plan.memory_bytes)
        self._feeds: dict[str, Feed] = {}
        self._failures: list[str] = []
        self._turns = anyio.CapacityLimiter(plan.at_once)

    async def send(self, batches: Iterator[Any]) -> list[str]:
        """Send all accounts, and return what failed."""
        plan = self._plan
        try:
            async with SessionPool(budget=plan.budget) as pool, anyio.create_task_group() as tasks:
                await self._distribute(batches, pool, tasks)
        except BaseExceptionGroup as group:
            if len(group.exceptions) == 1:  # the rows could not be read, for example
                raise group.exceptions[0] from None
            raise
        finally:
            self._spool.close()
        self._part.accounts.sort(key=lambda counts: counts.account)
        return self._failures

    async def _distribute(self, batches: Iterator[Any], pool: SessionPool, tasks: TaskGroup) -> None:
        """Give each account its rows. The first rows of an account start its task."""
        while (pieces := await to_thread.run_sync(self._pull, batches)) is not None:
            for account, kept in pieces:
                feed = self._feeds.get(account)
                if feed is None:
                    feed = self._feeds[account] = Feed()
                    tasks.start_soon(self._send_account, account, feed, pool)
                feed.put(kept)
        for feed in self._feeds.values():
            feed.close()

    def _pull(self, batches: Iterator[Any]) -> list[tuple[str, Kept]] | None:
        """Read and cut the next batch; None after the last. This blocks."""
        batch = next(batches, None)
        if batch is None:
            return None
        plan = self._plan
        column = plan.account_column if plan.is_of_many else None
        pieces = by_account(batch, column, is_kept=plan.mapping is not None)
        return [(account, self._spool.keep(piece)) for account, piece in pieces]

    async def _send_account(self, account: str, feed: Feed, pool: SessionPool) -> None:
        async with self._turns:
            try:
                counts = await self._sent(account, feed, pool)
            except (WoowUpError, ValueError) as error:
                report = getattr(error, "report", None)
                counts = counts_of(account, self._plan.entity, report) if report else AccountCounts(account=account)
                self._fail(account, str(error))
        self._part.accounts.append(counts)

    async def _sent(self, account: str, feed: Feed, pool: SessionPool) -> AccountCounts:
        plan = self._plan
        key = self._keys.key_of(account)
        woowup = pool.account(
            key,
            base_url=plan.base_url,
            rate_limit=plan.rate_limit,
            batch=plan.batch,
            ingest=plan.ingest,
            retry=RetryPolicy(attempts=plan.attempts),
        )
        source: Any = await source_of(feed, self._spool, plan, f"partition {self._part.partition}")
        async with AsyncExitStack() as stack:
            ledger = await opened_ledger(plan.journal_of(account), ApiKey(key), stack)
            report = await woowup.ingest(
                **{plan.entity.plural: source}, journal=ledger, dead_letters=self._dead_letters(account)
            )
            note = getattr(ledger, "note", None)  # a ledger need not keep notes
            if note is not None:
                for name, value in {ACCOUNT_NOTE: account, **self._notes}.items():
                    note(name, value)
        if plan.unsettled == "raise" and (report.released or report.in_doubt):
            self._fail(account, f"{report.released} records were released and {report.in_doubt} are in doubt")
        return counts_of(account, plan.entity, report)

    def _dead_letters(self, account: str) -> Path | None:
        folder = self._plan.dead_letters
        if folder is None:
            return None
        # a task that is repeated writes another file, since nothing says whether the first one still runs
        name = f"{variable_part(account) or 'account'}-{self._part.partition}-{uuid.uuid4().hex[:8]}.jsonl"
        return Path(folder) / name

    def _fail(self, account: str, why: str) -> None:
        self._failures.append(f"account {account}: {why}" if account else why)
        _log.warning("%s", self._failures[-1])
