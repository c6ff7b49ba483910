"""`WoowUp`: a client of one account.

Room: surface. It only connects parts; the work is done in `_resources` and `_ingest`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from copy import copy
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from woowup_async._loading import Runs, inputs_of, load_run
from woowup_async._resources.arguments import day_of, query_of
from woowup_async._resources.base import decoded
from woowup_async._resources.endpoints import ACCOUNT_STATS
from woowup_async._resources.namespaces import Namespaces
from woowup_async._resources.verbatim import verbatim_call
from woowup_async._session import Bounds, Session, connections_of
from woowup_async._transport.call import Call
from woowup_async._transport.connections import HasConnections
from woowup_async._transport.sender import Sender
from woowup_async._wire.endpoint import Replay
from woowup_async._wire.reply import Reply
from woowup_async.budget import BudgetStore
from woowup_async.budget.dsn import Dsn
from woowup_async.models.processing_log import AccountStats
from woowup_async.outcomes import Report
from woowup_async.policies import BatchPolicy, IngestPolicy, Lane, RateLimit, RetryPolicy, Timeouts
from woowup_async.ports import OnEvent
from woowup_async.sources.stream import Records
from woowup_async.statistics import LimiterStatistics

if TYPE_CHECKING:  # a run's modules are loaded when the client is opened
    from woowup_async._ingest.faces.ingester import Ingester
    from woowup_async._ingest.faces.inputs import PathOrLedger, PathOrSink
    from woowup_async._ingest.faces.outcomes import Outcomes


class WoowUp(Namespaces):
    """A client of one WoowUp account.

    Use it as `async with WoowUp(...) as woowup:`, or take it from a `SessionPool` that is open.

    Args:
        api_key: the account's key; by default from `WOOWUP_API_KEY`.
        base_url: URL of the API; by default from `WOOWUP_BASE_URL`, or the vendor's. Plain `http` only to loopback.
        connectors_url: URL of the processing log; by default from `WOOWUP_CONNECTORS_URL`, or the vendor's.
        pool: connections to share; by default the client has its own.
        rate_limit: the account's budget.
        batch: how purchases are collected in bulk requests.
        retry: how often one request is repeated.
        ingest: choices of ingestion, such as what to do after a lost answer.
        timeouts: limits on waiting.
        budget: where processes share the account's budget, such as `"host"`, `"redis://..."`, `"env:NAME"` or an open
            `budget.BudgetStore` (docs/budget.md). By default from `WOOWUP_BUDGET`, else, or with `"none"`, not shared.

    Attributes:
        users: customers, their points and their transactions.
        purchases: one purchase or one bulk request at a time.
        members: families of customers.
        integration_stats: reports that WoowUp shows to the shop.
        connectors: the processing log, on another host.
        legacy: operations that the vendor deprecates. Each call warns, and names the newer operation.
        products: known only from the vendor's other pages and clients, like `branches`, `categories`, `coupons` and
            the namespaces that are not in this list. They may change.

    Raises:
        ValueError: no key, a base URL that would show it to the network, or a budget that is none of these.
        ImportError: the budget store needs an extra.

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
        budget: str | BudgetStore | None = None,
    ) -> None:
        self._owns_connections = pool is None
        self._connections = connections_of(pool, budget)
        self._session = Session(api_key, base_url, connectors_url, self._connections, rate_limit)
        self._bounds = Bounds(retry, timeouts)
        self._runs = Runs(batch, ingest, self._connections.policy.in_flight)
        self._make_namespaces(self._send, batch, self._connections.cards)

    async def account_stats(
        self, *, from_: date | str | None = None, to: date | str | None = None, branch: str | None = None
    ) -> AccountStats:
        """Return the account's totals, for example to check an import.

        They are of the days `from_` to `to`, by `createtime` of customers and purchases, and of the branch named.
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
        """Call an operation that has no method, with the same key, budget, retries and errors.

        Args:
            method: HTTP method, letters only.
            path: below the base URL. It is sent unchanged: percent-encode its parts. `encoded_id` writes a service_uid.
            params: the query.
            body: a value that msgspec encodes as JSON, or bytes that are already JSON.
            replay: whether it may be repeated if its answer was lost. By default only a GET may.

        Returns:
            The decoded payload of the envelope, or the whole answer if it has no envelope.

        Raises:
            ValueError: a path that would leave the base URL or that servers read in several ways (`.`, `..`, empty
                parts, backslashes, `?`, `#`, braces, control characters, encoded or not), or another method.
            TypeError: a parameter that is neither text nor a number.
            ApiError: the server answered, but not with success.

        """
        call = verbatim_call(method, path, params, body, replay)
        return decoded(call.endpoint, await self._send(call))

    def with_options(
        self, *, timeouts: Timeouts | None = None, retry: RetryPolicy | None = None, lane: Lane | None = None
    ) -> WoowUp:
        """Return a view of this client with other limits, over the same connections and the same budget.

        Args:
            timeouts: limits on waiting.
            retry: how often one request is repeated.
            lane: `Lane.BULK` for calls that no user waits for.

        """
        view, mine = copy(self), self._bounds
        view._owns_connections = False
        view._bounds = Bounds(retry or mine.retry, timeouts or mine.timeouts, lane or mine.lane)
        view._make_namespaces(view._send, view._runs.batch, view._connections.cards)
        return view

    async def ingest(  # noqa: PLR0913 - options of the public interface, each by name
        self,
        users: Records | None = None,
        purchases: Records | None = None,
        *,
        journal: PathOrLedger | None = None,
        dead_letters: PathOrSink | None = None,
        on_event: OnEvent | None = None,
        products: Records | None = None,
        branches: Records | None = None,
        members: Records | None = None,
        order: Literal["given", "recent"] = "given",
        only_buyers: bool = False,
    ) -> Report:
        """Send all records of the sources: first users, each distinct one once, then purchases in bulk requests.

        Products and branches, if given, go before the users, and members of families between users and purchases.

        Memory is bounded, except for a digest and its outcome per distinct user (with a journal, in the file). If it is
        cancelled, it waits at most `IngestPolicy.drain` seconds for the answers to what it sent.

        Args:
            users: an iterable or async iterable of `User`, mappings, or bytes of one JSON object each; or a source.
            purchases: the same for purchases.
            journal: a file (SQLite, mode 0600) that stores the outcome of each record, or `postgresql://...`, which
                processes share (docs/ledger.md). A run that was stopped or killed continues from it. Records that the
                account already has unchanged are not sent. One file per account.
            dead_letters: a file (JSON Lines, mode 0600) that gets each rejected record with its reasons; or a sink.
            on_event: called with each event. An exception in it never harms the run.
            products: `Product`, mappings or JSON. Each is updated or created (beside the official pages). Purchases
                create products, too, so this is for a catalogue that is richer than the purchases.
            branches: the same, of `Branch`.
            members: mappings or JSON with `identity`, which names a user, and `members`, a list of `FamilyMember`: each
                record is one family. A member that exists is updated.
            order: "recent" copies the sources to a private temporary file, and sends customers with the newest
                purchases first, each group followed by its purchases.
            only_buyers: leave out users without purchases in the sources. It needs `order="recent"`.

        Returns:
            The counts, which add up, and a sample of the rejected records. A rejection is data: it raises no exception.

        Raises:
            JournalError: the journal cannot be opened or used any longer; the run can be resumed.
            Forbidden: the key is wrong.
            AccountGone: the account was deleted.
            TransportError: the host did not answer any attempt since the start.
            WoowUpError: the dead letters cannot be written. If any record was read, `.report` of each of these errors
                has the `Report` so far.

        """
        inputs = inputs_of(
            users, purchases, journal, dead_letters, on_event, None, products, branches, members, order, only_buyers
        )
        return await self._runs.ingested(self._sender(), inputs)

    def outcomes(  # noqa: PLR0913 - options of the public interface, each by name
        self,
        users: Records | None = None,
        purchases: Records | None = None,
        *,
        journal: PathOrLedger | None = None,
        dead_letters: PathOrSink | None = None,
        on_event: OnEvent | None = None,
        products: Records | None = None,
        branches: Records | None = None,
        members: Records | None = None,
        order: Literal["given", "recent"] = "given",
        only_buyers: bool = False,
    ) -> Outcomes:
        """Run like `ingest`, and yield each record with its outcome: `settled.record`, `settled.outcome`.

        `async with woowup.outcomes(...) as outcomes: async for settled in outcomes: ...`. The run waits for the
        iteration. An error that ended it early is raised after the last outcome.
        """
        inputs = inputs_of(
            users, purchases, journal, dead_letters, on_event, None, products, branches, members, order, only_buyers
        )
        return self._runs.outcomes(self._sender(), inputs)

    def ingester(
        self,
        *,
        journal: PathOrLedger | None = None,
        dead_letters: PathOrSink | None = None,
        on_event: OnEvent | None = None,
        outbox: str | os.PathLike[str] | None = None,
    ) -> Ingester:
        """Take records one at a time, from any number of callers, and send them in bulk requests.

        `async with woowup.ingester() as ingester: receipt = await ingester.submit(purchase); outcome = await receipt`.
        It waits out an outage, even at the start, since a service lives longer: `submit` then waits for room.

        Args:
            journal: a file that stores the outcome of each record, as in `ingest`.
            dead_letters: a file that gets each rejected record; or a sink.
            on_event: called with each event.
            outbox: a file (SQLite, mode 0600) that stores each record before `submit` returns, until it is settled. The
                next process sends what an earlier one left in it. An outbox is also a journal; give one of the two.

        """
        inputs = inputs_of(None, None, journal, dead_letters, on_event, outbox)
        return self._runs.ingester(self._sender(), inputs)

    def adopt_journal(self, path: str | os.PathLike[str] | Dsn) -> None:
        """Take over a journal's file after the account's key was renewed. `JournalError`: it cannot be used."""
        from woowup_async._journal.ledger import SqliteLedger  # only users of a journal need SQLite
        from woowup_async._ledger.address import file_of

        SqliteLedger(file_of(path), self._session.key.mark, adopt=True).close()

    async def __aenter__(self) -> Self:
        if self._owns_connections:
            await load_run()
            await self._connections.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, unless they belong to a pool."""
        if self._owns_connections:
            await self._connections.aclose()

    def statistics(self) -> LimiterStatistics:
        """Return a snapshot of the account's budget: permits, waits, the server's estimate, use by other programs."""
        return self._session.limiter.statistics()

    def clock_skew(self) -> float | None:
        """Return the server's clock minus this machine's, in seconds; None until an answer has shown it."""
        return self._session.limiter.clock_skew(time.time())

    def __repr__(self) -> str:
        return f"WoowUp(base_url={self._session.base_url!r})"

    async def _send(self, call: Call) -> Reply:
        return await self._session.send(call, self._bounds)

    def _sender(self) -> Sender:
        return self._session.sender(self._bounds)
