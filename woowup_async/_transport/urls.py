"""Checks of base URLs, before the key is sent anywhere.

Room: _transport. Pure.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

#: Documented by DNS: bytes of one part of a host name.
_LABEL = 63


def checked_url(url: str, *, allow_http: bool) -> str:
    """Check a base URL and return it without its trailing slash.

    Raises:
        ValueError: it is not a URL, or it would send the key in clear text. The message names the URL and the rule.

    """
    if "@" in url:  # the URL is not shown: it may have a password
        raise ValueError("the base URL must not have credentials, a query or a fragment")
    if not url.isprintable() or " " in url or "\\" in url:
        raise ValueError(f"the base URL must not have spaces, control characters or backslashes, got {url!r}")
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"the base URL must begin with https:// and name a host, got {url!r}")
    if "?" in url or "#" in url:
        raise ValueError("the base URL must not have credentials, a query or a fragment")
    _check_host(parts.hostname, url)
    if parts.scheme == "http" and not (allow_http or is_loopback(parts.hostname)):
        raise ValueError(f"{url!r} would send the API key in clear text; use https://, or allow_http=True on the pool")
    return url.rstrip("/")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"the base URL cannot be read: {error}; got {url!r}") from None
    return parts


def _check_host(host: str, url: str) -> None:
    """Refuse a name that is invalid in DNS: a part between dots that is empty, too long, or has no IDNA form."""
    if _is_address(host):
        return
    try:
        encoded = host.encode("idna")
    except UnicodeError:
        encoded = b""
    labels = encoded.removesuffix(b".").split(b".")
    if not all(0 < len(label) <= _LABEL for label in labels):
        raise ValueError(
            f"the base URL's host {host!r} is not a host name: each part between dots must have 1 to {_LABEL} "
            f"characters that are valid in a host name; got {url!r}"
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its address or as `localhost`."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
