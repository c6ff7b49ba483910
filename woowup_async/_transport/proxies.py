"""Proxies from the environment: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, and nothing else.

Room: _transport. aiohttp's own `trust_env` also reads `~/.netrc`, whose credentials conflict with the API key or
replace it.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass


class Proxies:
    """The proxies in the environment, read at creation.

    Raises:
        ValueError: a proxy is not an http or https URL.

    """

    def __init__(self) -> None:
        given = getproxies()
        self._by_scheme = {scheme: _checked(scheme, given[scheme]) for scheme in ("http", "https") if given.get(scheme)}
        self._by_host: dict[tuple[str, str], str | None] = {}

    def of(self, url: str) -> str | None:
        """Return the proxy for a URL, or None if there is none."""
        parts = urlsplit(url)
        key = parts.scheme, parts.netloc
        if key not in self._by_host:
            self._by_host[key] = self._found(parts)
        return self._by_host[key]

    def _found(self, parts: SplitResult) -> str | None:
        proxy = self._by_scheme.get(parts.scheme)
        return None if proxy is None or proxy_bypass(parts.hostname or "") else proxy


def host_of(proxy: str) -> str:
    """Return host and port of a proxy, without its credentials."""
    return urlsplit(proxy).netloc.rpartition("@")[2]


def _checked(scheme: str, proxy: str) -> str:
    url = proxy if "://" in proxy else f"http://{proxy}"
    kind = urlsplit(url).scheme
    if kind not in ("http", "https") or not urlsplit(url).hostname:
        raise ValueError(f"{scheme.upper()}_PROXY must be an http or https URL with a host, its scheme is {kind!r}")
    return url
