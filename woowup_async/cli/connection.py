"""The connection of a command to the account: host, budget and proxy.

Room: cli.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from woowup_async import IngestPolicy, RateLimit, SessionPool, WoowUp
from woowup_async._session import hosts


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the account.

    Args:
        base_url: of the API. None takes it from the environment, or uses WoowUp's.
        connectors_url: of the processing log. None works as for `base_url`.
        rate_limit: the account's budget.
        trust_env: use the proxies in the environment.

    """

    base_url: str | None = None
    connectors_url: str | None = None
    rate_limit: RateLimit = RateLimit()
    trust_env: bool = False

    @asynccontextmanager
    async def opened(
        self, api_key: str | None = None, ingest: IngestPolicy = IngestPolicy()
    ) -> AsyncGenerator[WoowUp, None]:
        """Connect. The key comes from the environment unless it is given."""
        async with SessionPool(trust_env=self.trust_env) as pool:
            yield pool.account(
                api_key, base_url=self.base_url, connectors_url=self.connectors_url, rate_limit=self.rate_limit,
                ingest=ingest,
            )  # fmt: skip

    def urls(self) -> tuple[str, str]:
        """Return the URLs of the API and of the processing log."""
        return hosts(self.base_url, self.connectors_url)


def proxy_for(url: str) -> str | None:
    """Return host and port of the environment's proxy for a URL, without user and password."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if not (proxy and parts.hostname) or proxy_bypass(parts.hostname):
        return None
    return urlsplit(proxy if "//" in proxy else f"//{proxy}").netloc.rpartition("@")[2]
