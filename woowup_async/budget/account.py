"""The name under which a store keeps the budget of an account.

Room: budget. Pure.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import urlsplit

from woowup_async.budget.store import MAX_BLOB_BYTES

#: Separates these names from other uses of the key. The number changes if the same account must get another name.
_DOMAIN = b"woowup_async budget 1"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[0-9A-Za-z]{1,64}", re.ASCII)


def account_name(key: str, base_url: str, segment: float) -> str:
    """Return 32 hexadecimal digits that name an account in a store. The same arguments always give the same name.

    The name is an HMAC-SHA256 whose key is the API key. Nobody can compute the API key from it. But a person who sees
    the name and already has a key can find out that they belong together, and so can try keys: the name protects a key
    only as far as the key cannot be guessed. Two names do not show whether two accounts share a key.

    Args:
        key: the API key.
        base_url: of the API. The case of its host, its default port and a slash at its end make no difference.
        segment: seconds of a segment of the window: clients that count in other segments cannot share counts.

    Raises:
        ValueError: `base_url` is not a URL. The message does not show it.

    """
    parts = (_DOMAIN, _normal(base_url).encode(), repr(float(segment)).encode())
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:32]


def _normal(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        scheme, port = parts.scheme.lower(), parts.port
    except ValueError:
        scheme = ""
    if not scheme or not parts.hostname:
        raise ValueError("the base URL cannot be read")
    host = parts.hostname.lower().removesuffix(".")
    shown = "" if port in (None, _DEFAULT_PORTS.get(scheme)) else f":{port}"
    return f"{scheme}://{host}{shown}{parts.path.rstrip('/')}"


def check_account(account: str) -> None:
    """Check a name before it becomes part of a file name or a key.

    Raises:
        ValueError: it does not have 1 to 64 ASCII letters and digits.

    """
    if not _NAME.fullmatch(account):
        raise ValueError("the name of an account has 1 to 64 ASCII letters and digits")


def check_blob(blob: bytes) -> None:
    """Check the size of a blob before it is stored.

    Raises:
        ValueError: it has more than `MAX_BLOB_BYTES`.

    """
    if len(blob) > MAX_BLOB_BYTES:
        raise ValueError(f"a blob has at most {MAX_BLOB_BYTES:,} bytes, got {len(blob):,}")
