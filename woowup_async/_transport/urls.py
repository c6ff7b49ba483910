"""Base URLs: what is refused before the key goes anywhere.

Room: _transport. Pure.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

#: Documented by DNS: bytes of one part of a host name.
_LABEL = 63


def checked_url(url: str, *, allow_http: bool) -> str:
    """Check a base URL: refuse one that is not a URL or would carry the key in clear text. Drop its trailing slash.

    Raises:
        ValueError: naming the URL and the rule.

    """
    if "@" in url:  # not repeated: a password may stand in it
        raise ValueError("the base URL must hold no credentials, query or fragment")
    if not url.isprintable() or " " in url or "\\" in url:
        raise ValueError(f"the base URL must hold no spaces, control characters or backslashes, got {url!r}")
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"the base URL must begin with https:// and name a host, got {url!r}")
    if "?" in url or "#" in url:
        raise ValueError("the base URL must hold no credentials, query or fragment")
    _check_host(parts.hostname, url)
    if parts.scheme == "http" and not (allow_http or _is_loopback(parts.hostname)):
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
    """Refuse a name that DNS cannot hold: a part between two dots that is empty or too long, or has no IDNA form."""
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
            f"characters that a host name can hold; got {url!r}"
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
