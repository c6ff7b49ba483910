"""Certificates that are trusted in addition to the system's.

Room: _transport.
"""

from __future__ import annotations

import os
import ssl


def context_with(ca_file: str | os.PathLike[str] | None) -> ssl.SSLContext:
    """Return a context that trusts the system's certificates and those of a file.

    Args:
        ca_file: certificates of authorities in PEM. None for the system's alone.

    Raises:
        ValueError: the file cannot be read, or has no certificates.

    """
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])  # as aiohttp does
    if ca_file is None:
        return context
    try:
        context.load_verify_locations(cafile=os.fspath(ca_file))
    except ssl.SSLError as error:  # also an OSError
        raise ValueError(f"ca_file {os.fspath(ca_file)}: has no certificates in PEM form") from error
    except OSError as error:
        raise ValueError(f"ca_file {os.fspath(ca_file)}: {error.strerror or error}") from error
    return context
