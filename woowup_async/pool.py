"""`SessionPool`: many accounts over one connection pool.

Room: surface. It only connects parts; the work is done in `_transport` and `_limiting`.
"""

from __future__ import annotations

import os
import ssl as ssl_module
from types import TracebackType
from typing import Self, TypedDict, Unpack

from woowup_async._loading import load_run
from woowup_async._session import budget_of
from woowup_async._transport.connections import ConnectionPolicy, Connections
from woowup_async._transport.http import MAX_REPLY_BYTES
from woowup_async.budget import BudgetStore
from woowup_async.client import WoowUp
from woowup_async.policies import BatchPolicy, IngestPolicy, RateLimit, RetryPolicy, Timeouts
from woowup_async.statistics import PoolStatistics


class AccountOptions(TypedDict, total=False):
    """The options of `SessionPool.account` besides the key. `WoowUp` documents each."""

    base_url: str | None
    connectors_url: str | None
    rate_limit: RateLimit
    batch: BatchPolicy
    retry: RetryPolicy
    ingest: IngestPolicy
    timeouts: Timeouts


class SessionPool:
    """Connections that accounts share. Each account has its own limiter; clients with the same key share one.

    Args:
        max_connections: most open sockets of all accounts. If all are in use, the account with the fewest is next.
        max_connections_per_host: most open sockets to one host. None for no separate limit.
        in_flight: bulk requests of one account at a time (guessed: the vendor states no maximum, U49).
        requests_per_second: an optional limit over all accounts.
        ssl: your own SSL context. By default the system's certificates are trusted.
        trust_env: take proxies from the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`), and nothing else.
        user_agent: text before our own name in the header.
        allow_http: permit plain `http` to hosts other than loopback. This shows the API key to the network.
        max_reply_bytes: the largest reply that is read, after decompression. A larger one raises `ReplyLost`.
        budget: where several processes share the budgets of these accounts, as in `WoowUp`. One store serves them all.
        proxy: URL of the proxy to all hosts, such as `http://user:password@host:3128`; it overrules `trust_env`. An
            https host is reached through a tunnel (CONNECT), so the proxy does not see the key. A plain http base URL
            is refused, unless the proxy is on this machine.
        ca_file: certificates of authorities in PEM, trusted in addition to the system's: for example those of a proxy
            that inspects TLS. Not together with `ssl`.

    Raises:
        ValueError: an option is wrong, or the proxy or the file cannot be used.

    """

    def __init__(  # noqa: PLR0913 - options of the public interface, each by name
        self,
        *,
        max_connections: int = 64,
        max_connections_per_host: int | None = None,
        in_flight: int = 8,
        requests_per_second: float | None = None,
        ssl: ssl_module.SSLContext | None = None,
        trust_env: bool = False,
        user_agent: str | None = None,
        allow_http: bool = False,
        max_reply_bytes: int = MAX_REPLY_BYTES,
        proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        budget: str | BudgetStore | None = None,
    ) -> None:
        policy = ConnectionPolicy(
            max_connections,
            max_connections_per_host,
            in_flight,
            requests_per_second,
            ssl,
            trust_env,
            user_agent,
            allow_http,
            max_reply_bytes,
            proxy,
            ca_file,
            budget_of(budget),
        )
        self._connections = Connections(policy)

    @property
    def connections(self) -> Connections:
        """The shared connections, for `WoowUp`."""
        return self._connections

    def account(self, api_key: str | None = None, **options: Unpack[AccountOptions]) -> WoowUp:
        """Return a client of one account over these connections. `options` are those of `WoowUp`, without `pool`."""
        return WoowUp(api_key, pool=self, **options)

    def statistics(self) -> PoolStatistics:
        """Return a snapshot of all accounts and of the sockets."""
        return self._connections.statistics()

    def __repr__(self) -> str:
        return f"SessionPool({len(self.statistics().accounts)} accounts)"

    async def __aenter__(self) -> Self:
        await load_run()
        await self._connections.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. The accounts of this pool cannot be used afterwards."""
        await self._connections.aclose()
