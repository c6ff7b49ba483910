"""`WoowUp`: one account.

Room: surface. It wires and names; what happens is in `_resources` and `_ingest`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from copy import copy
from datetime import date
from types import TracebackType
from typing import Any, Self

from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs, PathOrLedger, PathOrSink
from woowup_async._ingest.faces.outcomes import Outcomes
from woowup_async._ingest.faces.run import ingest
from woowup_async._resources.arguments import day_of, query_of
from woowup_async._resources.base import decoded
from woowup_async._resources.endpoints import ACCOUNT_STATS
from woowup_async._resources.namespaces import Namespaces
from woowup_async._resources.verbatim import verbatim_call
from woowup_async._session import Bounds, Session
from woowup_async._transport.call import Call
from woowup_async._transport.connections import ConnectionPolicy, Connections, HasConnections
from woowup_async._transport.sender import Sender
from woowup_async._wire.endpoint import Replay
from woowup_async._wire.reply import Reply
from woowup_async.models.processing_log import AccountStats
from woowup_async.outcomes import Report
from woowup_async.policies import BatchPolicy, IngestPolicy, Lane, RateLimit, RetryPolicy, Timeouts
from woowup_async.ports import OnEvent
from woowup_async.sources.stream import Records
from woowup_async.statistics import LimiterStatistics


class WoowUp(Namespaces):
    """A client of one WoowUp account.

    Use it as `async with WoowUp(...) as woowup:`, or take it from a `SessionPool` that is open.

    Args:
        api_key: the account's key; from `WOOWUP_API_KEY` when omitted.
        base_url: where the API is; from `WOOWUP_BASE_URL`, or the vendor's. Plain `http` only to loopback.
        connectors_url: where the processing log is; from `WOOWUP_CONNECTORS_URL`, or the vendor's.
        pool: connections to share; a pool of its own when omitted.
        rate_limit: the account's budget.
        batch: how purchases become bulk requests.
        retry: how often one request is repeated.
        ingest: what ingestion does where more than one answer is defensible.
        timeouts: bounds on waiting.

    Attributes:
        users: customers, their points and their transactions.
        purchases: one purchase or one bulk request at a time.
        members: families of customers.
        integration_stats: reports that WoowUp shows the shop.
        connectors: the processing log, on a host of its own.
        legacy: operations that the vendor deprecates; each call warns and names its successor.
        products, branches, categories, events, user_events, abandoned_carts, custom_attributes, segments, blacklist,
            coupons, benefits: known from the vendor's other pages and clients; they may change.

    Raises:
        ValueError: no key, or a base URL that would show it to the network.

    """

    def __init__(  # noqa: PLR0913 - options of the public interface, each by name
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        connectors_url: str | None = None,
        pool: HasConnections | None = None,
        rate_limit: RateLimit = RateLimit(),
        batch: BatchPolicy = BatchPolicy(),
        retry: RetryPolicy = RetryPolicy(),
        ingest: IngestPolicy = IngestPolicy(),
        timeouts: Timeouts = Timeouts(),
    ) -> None:
        self._owns_connections = pool is None
        self._connections = Connections(ConnectionPolicy()) if pool is None else pool.connections
        self._session = Session(api_key, base_url, connectors_url, self._connections, rate_limit)
        self._bounds = Bounds(retry, timeouts)
        self._run_policy = RunPolicy(batch, ingest, self._connections.policy.in_flight)
        self._make_namespaces(self._send, batch, self._connections.cards)

    async def account_stats(
        self, *, from_: date | str | None = None, to: date | str | None = None, branch: str | None = None
    ) -> AccountStats:
        """Return the account's totals: what can be read back after an import.

        Args:
            from_: first day, by `createtime` of customers and purchases.
            to: last day.
            branch: a branch's name.

        """
        params = query_of(from_=day_of(from_, "from_"), to=day_of(to, "to"), branch=branch)
        return decoded(ACCOUNT_STATS, await self._send(Call(ACCOUNT_STATS, params)))

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        replay: Replay | None = None,
    ) -> Any:
        """Ask for what is not wrapped yet, with the same key, budget, retries and errors.

        Args:
            method: HTTP method, letters only.
            path: below the base URL, as it is sent: percent-encode its parts; `encoded_id` writes a service_uid.
            params: the query.
            body: what msgspec encodes as JSON, or bytes that are JSON already.
            replay: whether it may be repeated when its answer was lost; by default only a GET may.

        Returns:
            The envelope's payload, decoded; or the whole answer, where it has no envelope.

        Raises:
            ValueError: a path that would leave the base URL or that servers read in several ways (`.`, `..`, empty
                parts, backslashes, `?`, `#`, braces, control characters, encoded or not), or another method.
            TypeError: a parameter that is neither text nor a number.
            ApiError: the server answered, and not with success.

        """
        call = verbatim_call(method, path, params, body, replay)
        return decoded(call.endpoint, await self._send(call))

    def with_options(
        self, *, timeouts: Timeouts | None = None, retry: RetryPolicy | None = None, lane: Lane | None = None
    ) -> WoowUp:
        """Return a view of this client with other bounds, over the same connections and the same budget.

        Args:
            timeouts: bounds on waiting.
            retry: how often one request is repeated.
            lane: `Lane.BULK` for calls without a waiting user.

        """
        view = copy(self)
        view._owns_connections = False
        mine = self._bounds
        view._bounds = Bounds(retry or mine.retry, timeouts or mine.timeouts, lane or mine.lane)
        view._make_namespaces(view._send, view._run_policy.batch, view._connections.cards)
        return view

    async def ingest(
        self,
        users: Records | None = None,
        purchases: Records | None = None,
        *,
        journal: PathOrLedger | None = None,
        dead_letters: PathOrSink | None = None,
        on_event: OnEvent | None = None,
    ) -> Report:
        """Run sources dry: users first, each distinct one once; then their purchases, in bulk requests.

        Memory is bounded, except for one digest and its outcome per distinct user, which a journal keeps instead.
        Cancelled, it waits at most `IngestPolicy.drain` seconds for answers to what it sent.

        Args:
            users: an iterable or async iterable of `User`, mappings, or bytes of one JSON object each; or a source.
            purchases: the same, of purchases.
            journal: a file (SQLite, mode 0600) that keeps the outcome of each record. A run that was stopped or killed
                goes on where it was; records that the account has unchanged cost nothing. One file for each account.
            dead_letters: a file (JSON Lines, mode 0600) that gets each rejected record with its reasons; or a sink.
            on_event: called with each event; an exception in it never harms the run.

        Returns:
            The counts, which add up, and a sample of what was rejected. A rejection is data, it raises nothing.

        Raises:
            JournalError: the journal cannot be used, or no longer; the run can be resumed.
            Forbidden: the key is wrong.
            AccountGone: the account was deleted.
            TransportError: no host answered from the start, on any attempt.
            WoowUpError: the dead letters cannot be written. All of these carry the `Report` so far in `.report`, if
                anything was read.

        """
        inputs = Inputs(users, purchases, journal, dead_letters, on_event)
        return await ingest(self._sender(), self._run_policy, inputs)

    def outcomes(
        self,
        users: Records | None = None,
        purchases: Records | None = None,
        *,
        journal: PathOrLedger | None = None,
        dead_letters: PathOrSink | None = None,
        on_event: OnEvent | None = None,
    ) -> Outcomes:
        """Do as `ingest` does, and hand out each record with its outcome: `settled.record`, `settled.outcome`.

        `async with woowup.outcomes(...) as outcomes: async for settled in outcomes: ...`. The run waits for the
        iteration. What ended it early is raised after the last outcome.
        """
        inputs = Inputs(users, purchases, journal, dead_letters, on_event)
        return Outcomes(self._sender(), self._run_policy, inputs)

    def ingester(
        self,
        *,
        journal: PathOrLedger | None = None,
        dead_letters: PathOrSink | None = None,
        on_event: OnEvent | None = None,
        outbox: str | os.PathLike[str] | None = None,
    ) -> Ingester:
        """Take records one at a time, from any number of callers, and make bulk requests of them.

        `async with woowup.ingester() as ingester: receipt = await ingester.submit(purchase); outcome = await receipt`.
        An outage is waited out from the start, since a service outlives it: `submit` then waits for room.

        Args:
            journal: a file that keeps the outcome of each record, as in `ingest`.
            dead_letters: a file that gets each rejected record; or a sink.
            on_event: called with each event.
            outbox: a file (SQLite, mode 0600) that keeps each record before `submit` returns, until it is settled: what
                a process that ended left in it is sent by the next one. It is a journal, too; give one of the two.

        """
        return Ingester(self._sender(), self._run_policy, Inputs(None, None, journal, dead_letters, on_event, outbox))

    def adopt_journal(self, path: str | os.PathLike[str]) -> None:
        """Take a journal over that was written with another key of this same account: after its key was renewed.

        Raises:
            JournalError: it cannot be used.

        """
        from woowup_async._journal.ledger import SqliteLedger  # SQLite is for those who have a journal

        SqliteLedger(path, self._session.key.mark, adopt=True).close()

    async def __aenter__(self) -> Self:
        if self._owns_connections:
            await self._connections.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, where they are not a pool's."""
        if self._owns_connections:
            await self._connections.aclose()

    def statistics(self) -> LimiterStatistics:
        """Return a look at the account's budget: permits spent and waited for, the server's estimate, others' use."""
        return self._session.limiter.statistics()

    def clock_skew(self) -> float | None:
        """Return the server's clock less this machine's, in seconds; None until an answer has shown it."""
        return self._session.limiter.clock_skew(time.time())

    def __repr__(self) -> str:
        return f"WoowUp(base_url={self._session.base_url!r})"

    async def _send(self, call: Call) -> Reply:
        return await self._session.send(call, self._bounds)

    def _sender(self) -> Sender:
        return self._session.sender(self._bounds)
