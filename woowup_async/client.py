"""`WoowUp`: one account.

Room: surface. It wires and names; what happens is in `_resources` and `_ingest`.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypedDict

from woowup_async._ingest.run import OnEvent, PathOrSink, RunPolicy, ingest
from woowup_async._limiting.statistics import LimiterStatistics
from woowup_async._resources.purchases import Purchases
from woowup_async._resources.users import Users
from woowup_async._transport.connections import ConnectionPolicy, Connections
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.http import checked_url
from woowup_async._transport.sender import Call, Sender
from woowup_async._version import __version__
from woowup_async._wire.reply import Reply
from woowup_async.outcomes import Report
from woowup_async.policies import BatchPolicy, IngestPolicy, RateLimit, RetryPolicy, Timeouts
from woowup_async.sources.stream import Records

if TYPE_CHECKING:
    from woowup_async.pool import SessionPool

DEFAULT_BASE_URL = "https://api.woowup.com/apiv3"
_USER_AGENT = f"woowup_async/{__version__}"


class AccountOptions(TypedDict, total=False):
    """What `SessionPool.account` takes beside the key; `WoowUp` documents each."""

    base_url: str | None
    rate_limit: RateLimit
    batch: BatchPolicy
    retry: RetryPolicy
    ingest: IngestPolicy
    timeouts: Timeouts


class WoowUp:
    """A client of one WoowUp account.

    Use it as `async with WoowUp(...) as woowup:`, or take it from a `SessionPool` that is open.

    Args:
        api_key: the account's key; from `WOOWUP_API_KEY` when omitted.
        base_url: where the API is; from `WOOWUP_BASE_URL`, or the vendor's. Plain `http` only to loopback.
        pool: connections to share; a pool of its own when omitted.
        rate_limit: the account's budget.
        batch: how purchases become bulk requests.
        retry: how often one request is repeated.
        ingest: what ingestion does where more than one answer is defensible.
        timeouts: bounds on waiting.

    Attributes:
        users: create, update and look up customers.
        purchases: create purchases.

    Raises:
        ValueError: no key, or a base URL that would show it to the network.

    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        pool: SessionPool | None = None,
        rate_limit: RateLimit = RateLimit(),
        batch: BatchPolicy = BatchPolicy(),
        retry: RetryPolicy = RetryPolicy(),
        ingest: IngestPolicy = IngestPolicy(),
        timeouts: Timeouts = Timeouts(),
    ) -> None:
        self._owns_connections = pool is None
        self._connections = Connections(ConnectionPolicy()) if pool is None else pool.connections
        self._key = _key(api_key)
        url = base_url or os.environ.get("WOOWUP_BASE_URL") or DEFAULT_BASE_URL
        self._base_url = checked_url(url, allow_http=self._connections.policy.allow_http)
        self._limiter = self._connections.limiter(self._key, rate_limit)
        self._retry, self._timeouts = retry, timeouts
        self._run_policy = RunPolicy(batch, ingest, self._connections.policy.in_flight)
        self.users = Users(self._send, batch)
        self.purchases = Purchases(self._send, batch)

    async def ingest(
        self,
        users: Records | None = None,
        purchases: Records | None = None,
        *,
        dead_letters: PathOrSink | None = None,
        on_event: OnEvent | None = None,
    ) -> Report:
        """Run sources dry: users first, each distinct one once; then their purchases, in bulk requests.

        Memory is bounded, except for one digest and its outcome per distinct user.

        Args:
            users: an iterable or async iterable of `User`, mappings, or bytes of one JSON object each; or a source.
            purchases: the same, of purchases.
            dead_letters: a file (JSON Lines, mode 0600) that gets each rejected record with its reasons; or a sink.
            on_event: called with each event; an exception in it never harms the run.

        Returns:
            The counts, which add up, and a sample of what was rejected. A rejection is data, it raises nothing.

        Raises:
            Forbidden: the key is wrong.
            AccountGone: the account was deleted.
            TransportError: no host answered from the start, on any attempt.
            WoowUpError: the dead letters cannot be written. All of these carry the `Report` so far in `.report`.

        """
        return await ingest(
            self._sender(),
            self._run_policy,
            users=users,
            purchases=purchases,
            dead_letters=dead_letters,
            on_event=on_event,
        )

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
        return self._limiter.statistics()

    def __repr__(self) -> str:
        return f"WoowUp(base_url={self._base_url!r})"

    async def _send(self, call: Call) -> Reply:
        return await self._sender().send(call)

    def _sender(self) -> Sender:
        extra = self._connections.policy.user_agent
        return Sender(
            base_url=self._base_url,
            key=self._key,
            transport=self._connections.transport(self._key),
            limiter=self._limiter,
            clock=self._connections.clock,
            user_agent=f"{extra} {_USER_AGENT}" if extra else _USER_AGENT,
            retry=self._retry,
            timeouts=self._timeouts,
        )


def _key(given: str | None) -> ApiKey:
    secret = given if given is not None else os.environ.get("WOOWUP_API_KEY", "")
    if not secret:
        raise ValueError("no API key: pass api_key, or set WOOWUP_API_KEY")
    return ApiKey(secret)
