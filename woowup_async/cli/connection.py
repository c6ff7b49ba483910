"""The connection of a command to the account: host, budget, proxy and certificates.

Room: cli.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio

from woowup_async import BatchPolicy, IngestPolicy, RateLimit, SessionPool, WoowUp
from woowup_async._session import hosts
from woowup_async._transport.proxies import Proxies, host_of
from woowup_async._wire.addresses import BASE_URL

#: A name that no name server knows. If there is no network, most systems give another code, EAI_AGAIN.
_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the account.

    Args:
        base_url: of the API. None takes it from the environment, or uses WoowUp's.
        connectors_url: of the processing log. None works as for `base_url`.
        rate_limit: the account's budget.
        trust_env: use the proxies in the environment.
        proxy: the proxy to all hosts. It overrules `trust_env`.
        ca_file: certificates to trust in addition to the system's.
        budget: where several processes share the account's budget. None works as for `WoowUp`.

    """

    base_url: str | None = None
    connectors_url: str | None = None
    rate_limit: RateLimit = RateLimit()
    trust_env: bool = False
    proxy: str | None = field(default=None, repr=False)  # it may have a password
    ca_file: Path | None = None
    budget: str | None = field(default=None, repr=False)  # it may have a password

    @asynccontextmanager
    async def opened(
        self, api_key: str | None = None, ingest: IngestPolicy = IngestPolicy(), batch: BatchPolicy = BatchPolicy()
    ) -> AsyncGenerator[WoowUp, None]:
        """Connect. The key comes from the environment unless it is given."""
        async with SessionPool(
            trust_env=self.trust_env, proxy=self.proxy, ca_file=self.ca_file, budget=self.budget
        ) as pool:
            yield pool.account(
                api_key, base_url=self.base_url, connectors_url=self.connectors_url, rate_limit=self.rate_limit,
                ingest=ingest, batch=batch,
            )  # fmt: skip

    def urls(self) -> tuple[str, str]:
        """Return the URLs of the API and of the processing log."""
        return hosts(self.base_url, self.connectors_url)

    def proxy_of(self, url: str) -> str | None:
        """Return the proxy through which a URL is reached, with its credentials; None if it is reached directly."""
        return Proxies(self.proxy).of(url) if self.proxy is not None or self.trust_env else None

    async def check_host(self) -> None:
        """Look up the name of the host, or of its proxy, before anything is sent to it.

        Raises:
            ValueError: no such name exists. Other failures are left to the run, which waits for the network.

        """
        url = self.urls()[0]
        proxy = self.proxy_of(url)
        if url == BASE_URL and proxy is None:
            return  # nobody typed it
        name = urlsplit(proxy or url).hostname
        try:
            await anyio.getaddrinfo(name or "", None)
        except OSError as error:
            if error.errno in _UNKNOWN:
                option = "the proxy" if proxy else "--base-url"
                raise ValueError(
                    f"there is no host {name} ({error.strerror}): check {option} and the network"
                ) from None


def proxy_in_environment(url: str) -> str | None:
    """Return host and port of the environment's proxy for a URL, without user and password."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if not (proxy and parts.hostname) or proxy_bypass(parts.hostname):
        return None
    return host_of(proxy if "//" in proxy else f"//{proxy}")
