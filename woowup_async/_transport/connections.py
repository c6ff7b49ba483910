"""One connection pool, and one limiter for each account that uses it.

Room: _transport. Owned by a `SessionPool`, or by a `WoowUp` that was given none, which opens and closes it.
"""

from __future__ import annotations

import math
import ssl as ssl_module
from dataclasses import dataclass
from weakref import WeakValueDictionary

import msgspec
from aiolimiter import AsyncLimiter

from woowup_async._clock import Clock, MonotonicClock
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.pace import PlainPace
from woowup_async._limiting.statistics import LimiterStatistics
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.http import AiohttpTransport, Request, Transport
from woowup_async._transport.sockets import Sockets
from woowup_async._wire.reply import Response
from woowup_async.models.stored_purchase import Card
from woowup_async.policies import RateLimit


@dataclass(frozen=True, slots=True)
class ConnectionPolicy:
    """What a pool was asked for; `SessionPool` documents each."""

    max_connections: int = 64
    max_connections_per_host: int | None = None
    in_flight: int = 8
    requests_per_second: float | None = None
    ssl: ssl_module.SSLContext | None = None
    trust_env: bool = False
    user_agent: str | None = None
    allow_http: bool = False

    def __post_init__(self) -> None:
        for name in ("max_connections", "max_connections_per_host", "in_flight"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"SessionPool.{name} must be 1 or more, got {value!r}")
        pace = self.requests_per_second
        if pace is not None and not 0 < pace < math.inf:
            raise ValueError(f"SessionPool.requests_per_second must be above 0 or None, got {pace!r}")


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """A look at a pool.

    Args:
        accounts: each account's budget, in no telling order; keys are not shown.
        under_way: requests that hold a socket.
        waiting: requests with a permit that wait for a socket: where this stays above 0, `max_connections` is too low.

    """

    accounts: tuple[LimiterStatistics, ...]
    under_way: int
    waiting: int

    @property
    def spent(self) -> int:
        """Permits of all accounts."""
        return sum(account.spent for account in self.accounts)

    @property
    def throttled(self) -> int:
        """Answers 429 of all accounts."""
        return sum(account.throttled for account in self.accounts)


class Connections:
    """Sockets shared by accounts, limiters that are not."""

    def __init__(self, policy: ConnectionPolicy, clock: Clock | None = None) -> None:
        self.policy = policy
        self.clock: Clock = clock or MonotonicClock()
        self._transport: Transport | None = None
        self._sockets = Sockets(policy.max_connections)
        # a limiter lives as long as a client uses it, and as long as what it spent weighs
        self._limiters: WeakValueDictionary[ApiKey, AccountLimiter] = WeakValueDictionary()
        self._recent: dict[ApiKey, AccountLimiter] = {}
        self._paces: WeakValueDictionary[ApiKey, PlainPace] = WeakValueDictionary()
        #: What card numbers begin with, asked once for all accounts.
        self.cards: dict[str, Card] = {}

    def transport(self, key: ApiKey) -> Transport:
        """Return the network as one account may use it, while open.

        Raises:
            RuntimeError: outside `async with`.

        """
        if self._transport is None:
            raise RuntimeError("not open: use `async with WoowUp(...)` or `async with SessionPool()` around the call")
        return _Shared(self._transport, self._sockets, key)

    def limiter(self, key: ApiKey, rate_limit: RateLimit) -> AccountLimiter:
        """Return the account's limiter: the same key, the same limiter.

        Raises:
            ValueError: where the same key was given another rate limit before.

        """
        self._recent = {known: limiter for known, limiter in self._recent.items() if not limiter.is_idle()}
        limiter = self._limiters.get(key)
        if limiter is None:
            limiter = AccountLimiter(rate_limit, self.clock, in_flight=self.policy.in_flight)
            self._limiters[key] = limiter
        elif limiter.rate_limit != rate_limit:
            known = limiter.rate_limit
            raise ValueError(f"this account's rate limit in this pool is {known}, it cannot also be {rate_limit}")
        self._recent[key] = limiter
        return limiter

    def connectors_pace(self, key: ApiKey) -> PlainPace:
        """Return the account's pace on the connectors host."""
        return self._paces.setdefault(key, PlainPace(self.clock))

    def statistics(self) -> PoolStatistics:
        """Look, without touching anything."""
        accounts = tuple(limiter.statistics() for limiter in self._limiters.values())
        return PoolStatistics(accounts, self._sockets.held, self._sockets.waiting)

    async def open(self) -> None:
        """Make the connection pool, in the running event loop."""
        if self._transport is not None:
            raise RuntimeError("already open")
        policy = self.policy
        transport: Transport = AiohttpTransport(
            max_connections=policy.max_connections,
            max_connections_per_host=policy.max_connections_per_host,
            ssl=policy.ssl,
            trust_env=policy.trust_env,
        )
        if policy.requests_per_second is not None:
            transport = _Paced(transport, policy.requests_per_second)
        self._transport = transport

    async def aclose(self) -> None:
        """Close the sockets."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()


class _Shared(msgspec.Struct, frozen=True):
    """The network for one account, which takes its fair share of the sockets."""

    inner: Transport
    sockets: Sockets
    key: ApiKey

    async def send(self, request: Request) -> Response:
        await self.sockets.take(self.key)
        try:
            return await self.inner.send(request)
        finally:
            self.sockets.release(self.key)

    async def aclose(self) -> None:
        """Leave it open: it belongs to all accounts."""


class _Paced:
    """A transport that lets so many requests a second through, evenly, whatever the account."""

    def __init__(self, inner: Transport, requests_per_second: float) -> None:
        self._inner = inner
        self._pace = AsyncLimiter(1, 1 / requests_per_second)

    async def send(self, request: Request) -> Response:
        async with self._pace:
            return await self._inner.send(request)

    async def aclose(self) -> None:
        await self._inner.aclose()
