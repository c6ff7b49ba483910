"""One connection pool, and one limiter for each account that uses it.

Room: _transport.
"""

from __future__ import annotations

import math
import os
import ssl as ssl_module
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

import anyio
import msgspec

from woowup_async._clock import Clock, MonotonicClock
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.memory import Limiter
from woowup_async._limiting.pace import PlainPace
from woowup_async._limiting.shared_limiter import SharedLimiter
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.http import MAX_REPLY_BYTES, AiohttpTransport
from woowup_async._transport.proxies import Proxies
from woowup_async._transport.trust import context_with
from woowup_async._transport.turns import Turn, Turns
from woowup_async._transport.urls import checked_url
from woowup_async._wire.addresses import BASE_URL
from woowup_async.budget import BudgetStore, account_name, store_from
from woowup_async.budget.opened import in_context
from woowup_async.errors import ClientClosed
from woowup_async.models.stored_purchase import Card
from woowup_async.policies import RateLimit
from woowup_async.ports import Request, Response, Transport
from woowup_async.statistics import PoolStatistics


@dataclass(frozen=True, slots=True)
class ConnectionPolicy:
    """The options of a pool. `SessionPool` documents each."""

    max_connections: int = 64
    max_connections_per_host: int | None = None
    in_flight: int = 8
    requests_per_second: float | None = None
    ssl: ssl_module.SSLContext | None = None
    trust_env: bool = False
    user_agent: str | None = None
    allow_http: bool = False
    max_reply_bytes: int = MAX_REPLY_BYTES
    proxy: str | None = field(default=None, repr=False)  # it may have a password
    ca_file: str | os.PathLike[str] | None = None
    budget: str | BudgetStore | None = field(default=None, repr=False)  # it may contain a password

    def __post_init__(self) -> None:
        for name in ("max_connections", "max_connections_per_host", "in_flight", "max_reply_bytes"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"SessionPool.{name} must be 1 or more, got {value!r}")
        pace = self.requests_per_second
        if pace is not None and not 0 < pace < math.inf:
            raise ValueError(f"SessionPool.requests_per_second must be above 0 or None, got {pace!r}")
        if self.user_agent is not None and not self.user_agent.isprintable():
            raise ValueError(f"SessionPool.user_agent must not have control characters, got {self.user_agent!r}")
        if self.ssl is not None and self.ca_file is not None:
            raise ValueError("give SessionPool.ssl or SessionPool.ca_file, not both")

    def proxies(self) -> Proxies | None:
        """Return the proxy of each host; None if all are reached directly. `proxy` overrules the environment's.

        Raises:
            ValueError: a proxy is not a URL.

        """
        return Proxies(self.proxy) if self.proxy is not None or self.trust_env else None

    def context(self) -> ssl_module.SSLContext | None:
        """Return the TLS context; None for the default one.

        Raises:
            ValueError: the file of certificates cannot be used.

        """
        return self.ssl if self.ca_file is None else context_with(self.ca_file)


class HasConnections(Protocol):
    """An object that shares its connections with clients, such as a `SessionPool`."""

    @property
    def connections(self) -> Connections:
        """The shared connections."""
        ...


class Connections:
    """The sockets that accounts share, and one limiter for each account."""

    def __init__(self, policy: ConnectionPolicy, clock: Clock | None = None) -> None:
        self.policy = policy
        self.clock: Clock = clock or MonotonicClock()
        self._proxies, self._context = policy.proxies(), policy.context()
        self._transport: Transport | None = None
        self._was_closed = False
        self._turns = self._new_turns()
        # a limiter lives as long as a client uses it or its requests count in the window
        self._limiters: WeakValueDictionary[ApiKey, Limiter] = WeakValueDictionary()
        self._recent: dict[ApiKey, Limiter] = {}
        self._store = store_from(policy.budget)
        self._open_store = AsyncExitStack()
        self._paces: WeakValueDictionary[ApiKey, PlainPace] = WeakValueDictionary()
        #: Cards by the first digits of their number, which are the same for all accounts.
        self.cards: dict[str, Card] = {}

    def transport(self, key: ApiKey) -> Transport:
        """Return the transport for one account, while the connections are open.

        Raises:
            RuntimeError: outside `async with`. If it was open before, this is a `ClientClosed`.

        """
        if self._transport is None:
            if self._was_closed:
                raise ClientClosed
            raise RuntimeError("not open: use `async with WoowUp(...)` or `async with SessionPool()` around the call")
        return _AccountTransport(self._transport, self._turns, key)

    def limiter(self, key: ApiKey, rate_limit: RateLimit, base_url: str = BASE_URL) -> Limiter:
        """Return the account's limiter. The same key always has the same limiter.

        With a budget store, clients with the same key, base URL and segment share the budget.

        Raises:
            ValueError: the key already has another rate limit.

        """
        self._recent = {known: limiter for known, limiter in self._recent.items() if not limiter.is_idle()}
        limiter = self._limiters.get(key)
        if limiter is None:
            limiter = self._new_limiter(key, rate_limit, base_url)
            self._limiters[key] = limiter
        elif limiter.rate_limit != rate_limit:
            known = limiter.rate_limit
            raise ValueError(f"this account's rate limit in this pool is {known}, it cannot also be {rate_limit}")
        self._recent[key] = limiter
        return limiter

    def _new_limiter(self, key: ApiKey, rate_limit: RateLimit, base_url: str) -> Limiter:
        in_flight = self.policy.in_flight
        if self._store is None:
            return AccountLimiter(rate_limit, self.clock, in_flight=in_flight)
        account = account_name(key.reveal(), base_url, rate_limit.segment)
        return SharedLimiter(rate_limit, self.clock, self._store, account, in_flight=in_flight)

    def checked(self, url: str) -> str:
        """Check a base URL before the key is sent there, and return it without its trailing slash.

        Raises:
            ValueError: it is not a URL, or would send the key in clear text to the network or to a proxy.

        """
        checked = checked_url(url, allow_http=self.policy.allow_http)
        if self._proxies is not None:
            self._proxies.check(checked)
        return checked

    def _new_turns(self) -> Turns:
        policy = self.policy
        return Turns(policy.max_connections, policy.max_connections_per_host, policy.requests_per_second)

    def connectors_pace(self, key: ApiKey) -> PlainPace:
        """Return the account's pace on the connectors host."""
        return self._paces.setdefault(key, PlainPace(self.clock))

    def statistics(self) -> PoolStatistics:
        """Return a snapshot without changing anything."""
        accounts = tuple(limiter.statistics() for limiter in self._limiters.values())
        return PoolStatistics(accounts, self._turns.held, self._turns.waiting)

    async def open(self) -> None:
        """Create the connection pool in the running event loop."""
        if self._transport is not None:
            raise RuntimeError("already open")
        policy = self.policy
        self._transport = AiohttpTransport(
            max_connections=policy.max_connections,
            ssl=self._context,
            proxies=self._proxies,
            max_reply_bytes=policy.max_reply_bytes,
        )
        self._was_closed = False
        self._turns = self._new_turns()
        if self._store is not None and isinstance(self.policy.budget, str):  # a store of the caller is open
            await self._open_store.enter_async_context(in_context(self._store))

    async def aclose(self) -> None:
        """Close the sockets. With a budget store, first report what was spent, for at most a second."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        self._was_closed = True
        try:
            async with anyio.create_task_group() as tasks:
                for limiter in list(self._limiters.values()):
                    if isinstance(limiter, SharedLimiter):
                        tasks.start_soon(limiter.aclose)
        finally:
            try:
                await self._open_store.aclose()
            finally:
                await transport.aclose()


class _AccountTransport(msgspec.Struct, frozen=True):
    """The transport for one account, with a fair share of the sockets and of the pace."""

    inner: Transport
    turns: Turns
    key: ApiKey

    def turn(self, request: Request) -> AbstractAsyncContextManager[None]:
        return Turn(self.turns, self.key, request.url)

    async def send(self, request: Request) -> Response:
        return await self.inner.send(request)

    async def aclose(self) -> None:
        """Do nothing, since the transport belongs to all accounts."""
