"""Who may read a dashboard: the token, and the name by which a browser reached it.

Room: cli. Pure. A page of another site can let its own name point to this machine (DNS rebinding) and then read what is
served here. Its requests have that name in `Host`, so names that were not given are refused.
"""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

#: The shortest token that may be chosen (guessed: with letters and digits, too many to try).
SHORTEST = 16


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a server that listens at `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_ours(header: str, host: str) -> bool:
    """Return whether a request reached the server by a name of its own.

    An address is always one: rebinding needs a name.

    Args:
        header: `Host` of the request.
        host: where the server listens.

    """
    try:
        name = urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return False
    if name in ("localhost", host.lower()):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or not is_loopback(host)


def is_token(given: str, token: str) -> bool:
    """Return whether a token is the right one, in a time that does not depend on where it differs."""
    return compare_digest(given.encode("utf-8", "surrogatepass"), token.encode())


def checked_token(token: str) -> str:
    """Return a token that was chosen.

    Raises:
        ValueError: it is too short, or would change in a URL.

    """
    if len(token) < SHORTEST or not all(one.isascii() and (one.isalnum() or one in "-_.~") for one in token):
        raise ValueError(f"--token takes {SHORTEST} or more letters, digits and -_.~")
    return token
