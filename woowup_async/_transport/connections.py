"""One connection pool, and one limiter for each account that uses it.

Room: _transport. Owned by a `SessionPool`, or by a `WoowUp` that was given none, which opens and closes it.
"""

from __future__ import annotations

import math
import ssl as ssl_module
from dataclasses import dataclass

from aiolimiter import AsyncLimiter

from woowup_async._clock import Clock, MonotonicClock
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.http import AiohttpTransport, Request, Transport
from woowup_async._wire.reply import Response
from woowup_async.policies import RateLimit


@dataclass(frozen=True, slots=True)
class ConnectionPolicy:
    """What a pool was asked for; `SessionPool` documents each."""

    max_connections: int = 64
    in_flight: int = 8
    requests_per_second: float | None = None
    ssl: ssl_module.SSLContext | None = None
    trust_env: bool = False
    user_agent: str | None = None
    allow_http: bool = False

    def __post_init__(self) -> None:
        for name in ("max_connections", "in_flight"):
            if getattr(self, name) < 1:
                raise ValueError(f"SessionPool.{name} must be 1 or more, got {getattr(self, name)!r}")
        pace = self.requests_per_second
        if pace is not None and not 0 < pace < math.inf:
            raise ValueError(f"SessionPool.requests_per_second must be above 0 or None, got {pace!r}")


class Connections:
    """Sockets shared by accounts, limiters that are not."""

    def __init__(self, policy: ConnectionPolicy, clock: Clock | None = None) -> None:
        self.policy = policy
        self.clock: Clock = clock or MonotonicClock()
        self._transport: Transport | None = None
        self._limiters: dict[ApiKey, tuple[RateLimit, AccountLimiter]] = {}

    @property
    def transport(self) -> Transport:
        """The network, while open.

        Raises:
            RuntimeError: outside `async with`.

        """
        if self._transport is None:
            raise RuntimeError("not open: use `async with WoowUp(...)` or `async with SessionPool()` around the call")
        return self._transport

    def limiter(self, key: ApiKey, rate_limit: RateLimit) -> AccountLimiter:
        """Return the account's limiter: the same key, the same limiter.

        Raises:
            ValueError: where the same key was given another rate limit before.

        """
        known, limiter = self._limiters.setdefault(key, (rate_limit, AccountLimiter(rate_limit, self.clock)))
        if known != rate_limit:
            raise ValueError(f"this account's rate limit in this pool is {known}, it cannot also be {rate_limit}")
        return limiter

    async def open(self) -> None:
        """Make the connection pool, in the running event loop."""
        if self._transport is not None:
            raise RuntimeError("already open")
        policy = self.policy
        transport: Transport = AiohttpTransport(
            max_connections=policy.max_connections, ssl=policy.ssl, trust_env=policy.trust_env
        )
        if policy.requests_per_second is not None:
            transport = _Paced(transport, policy.requests_per_second)
        self._transport = transport

    async def aclose(self) -> None:
        """Close the sockets."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()


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
