"""The proxy of each host: one for all, or those of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, and nothing else.

Room: _transport. aiohttp's own `trust_env` also reads `~/.netrc`, whose credentials conflict with the API key or
replace it.

A proxy never gets the API key in clear text. For an https URL it is asked for a tunnel (CONNECT), and the key is inside
TLS. For a plain http URL it would read the key, so only a proxy on this machine is accepted.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from woowup_async._transport.urls import is_loopback


class Proxies:
    """Which proxy a URL goes through.

    Args:
        proxy: the proxy of every URL. None takes those in the environment, as they are now.

    Raises:
        ValueError: a proxy is not an http or https URL. The message does not show it, since it may have a password.

    """

    def __init__(self, proxy: str | None = None) -> None:
        if proxy is not None:
            self._is_for_all = True
            self._by_scheme = dict.fromkeys(("http", "https"), checked_proxy("proxy", proxy))
        else:
            self._is_for_all, given = False, getproxies()
            self._by_scheme = {
                scheme: checked_proxy(f"{scheme.upper()}_PROXY", given[scheme])
                for scheme in ("http", "https")
                if given.get(scheme)
            }
        self._by_host: dict[tuple[str, str], str | None] = {}

    def of(self, url: str) -> str | None:
        """Return the proxy for a URL, or None if there is none."""
        parts = urlsplit(url)
        key = parts.scheme, parts.netloc
        if key not in self._by_host:
            self._by_host[key] = self._found(parts)
        return self._by_host[key]

    def check(self, url: str) -> None:
        """Refuse a base URL whose proxy would get the API key in clear text.

        Raises:
            ValueError: it is plain http, and its proxy is on another machine.

        """
        proxy = self.of(url)
        if proxy is None or not url.startswith("http:") or is_loopback(urlsplit(proxy).hostname or ""):
            return
        raise ValueError(
            f"the proxy {host_of(proxy)} would get the API key in clear text, since {url!r} is plain http; use https://"
        )

    def _found(self, parts: SplitResult) -> str | None:
        proxy = self._by_scheme.get(parts.scheme)
        return None if proxy is None or (not self._is_for_all and proxy_bypass(parts.hostname or "")) else proxy

    def __repr__(self) -> str:
        return f"Proxies({', '.join(sorted({host_of(proxy) for proxy in self._by_scheme.values()}))})"


def host_of(proxy: str) -> str:
    """Return host and port of a proxy, without its credentials."""
    return urlsplit(proxy).netloc.rpartition("@")[2]


def checked_proxy(name: str, proxy: str) -> str:
    """Check the URL of a proxy, and return it with its scheme.

    Args:
        name: where it was given, for the message.
        proxy: `http://host:3128`, `https://user:password@host`, or `host:3128`.

    Raises:
        ValueError: it is not an http or https URL with a host.

    """
    url = proxy if "://" in proxy else f"http://{proxy}"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # its text may show a part of the password
        parts = urlsplit("")
    if parts.scheme and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError(f"{name} must be an http or https URL with a host, its scheme is {parts.scheme!r}")
    has_more = parts.path not in ("", "/") or parts.query or parts.fragment
    if not parts.scheme or has_more or not url.isprintable() or " " in url:
        raise ValueError(
            f"{name} cannot be read as http://host:port; write special characters of its user and password "
            "percent-encoded, such as %40 for @"
        )
    return url
