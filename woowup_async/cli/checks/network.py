"""Checks of the way to the hosts: proxies, and the TLS certificate of the API.

Room: cli. It makes its own connection to read the certificate, and sends no request over it, so no key.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import anyio

from woowup_async._text import printable
from woowup_async._transport.proxies import host_of
from woowup_async._transport.trust import context_with
from woowup_async.cli.checks.finding import Finding
from woowup_async.cli.connection import Connection, proxy_in_environment

#: Seconds for the handshake (guessed).
_PATIENCE = 10.0
#: A certificate that ends in fewer days is worth a look (guessed: most are renewed a month before).
_FEW_DAYS = 14
_DAY = 86_400
# Documented by OpenSSL as X509_V_ERR_: CERT_NOT_YET_VALID, CERT_HAS_EXPIRED; HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH.
_WRONG_TIME, _WRONG_NAME = (9, 10), (62, 64)


def proxies(connection: Connection) -> Iterator[Finding]:
    """Show which proxy is used for which host. Company networks often need one."""
    for url in dict.fromkeys(connection.urls()):
        host, proxy, other = urlsplit(url).hostname, connection.proxy_of(url), proxy_in_environment(url)
        if proxy:
            yield Finding("ok", "proxy", f"{host} is reached through {host_of(proxy)}")
        elif connection.trust_env:
            yield Finding("ok", "proxy", f"the environment sets no proxy for {host}")
        elif other:
            advice = "use --trust-env if the host cannot be reached without it"
            yield Finding("look", "proxy", f"the environment sets {other} for {host}, but it is not used", advice)


async def certificate(connection: Connection) -> Finding | None:
    """Check the certificate of the API's host. None if it has none, or cannot be reached: the API's check says why."""
    url = connection.urls()[0]
    if not url.startswith("https:"):
        return None
    context = context_with(connection.ca_file)
    try:
        with anyio.fail_after(_PATIENCE):
            return _found(await _handshake(url, connection.proxy_of(url), context))
    except ssl.SSLCertVerificationError as error:
        return Finding("bad", "TLS", printable(error.verify_message), _advice(error.verify_code))
    except ssl.SSLError as error:
        advice = "this host or a proxy does not speak TLS here: check --base-url, its port, and the proxy"
        return Finding("bad", "TLS", printable(error.reason or str(error)), advice)
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):  # OSError includes a timeout
        return None


def _advice(code: int) -> str:
    if code in _WRONG_TIME:
        return "check the clock of this machine; if it is right, the host must renew its certificate"
    if code in _WRONG_NAME:
        return "the certificate is for another host: check --base-url and the proxy"
    return "if your network inspects TLS, give the certificate of its authority with --ca-file"


def _found(encrypted: ssl.SSLObject) -> Finding:
    certificate: Any = encrypted.getpeercert()
    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // _DAY)
    text = f"{encrypted.version()}, certificate by {_issuer(certificate)}, valid for {days:,} days"
    if days >= _FEW_DAYS:
        return Finding("ok", "TLS", text)
    return Finding(
        "look", "TLS", text, "a backfill fails when it ends: ask who runs this host, or the proxy, to renew it"
    )


def _issuer(certificate: Any) -> str:
    names = {name: value for part in certificate.get("issuer", ()) for name, value in part}
    return printable(names.get("organizationName") or names.get("commonName") or "an authority without a name", 60)


async def _handshake(url: str, proxy: str | None, context: ssl.SSLContext) -> ssl.SSLObject:
    """Connect, through the proxy if there is one, and return the encrypted connection."""
    target = urlsplit(url)
    near = urlsplit(proxy) if proxy else target
    reader, writer = await asyncio.open_connection(
        near.hostname, _port(near), ssl=context if near.scheme == "https" else None
    )
    try:
        if proxy:
            writer.write(_tunnel(target, near))
            status = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1]
            if status != b"200":
                raise ConnectionRefusedError
            await writer.start_tls(context, server_hostname=target.hostname)
        encrypted: ssl.SSLObject = writer.get_extra_info("ssl_object")
        return encrypted
    finally:
        writer.transport.abort()


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _tunnel(target: SplitResult, proxy: SplitResult) -> bytes:
    """Return the request for a tunnel. Only the proxy's own credentials are in it."""
    host = f"[{target.hostname}]" if ":" in (target.hostname or "") else target.hostname
    lines = [f"CONNECT {host}:{_port(target)} HTTP/1.1", f"Host: {host}:{_port(target)}"]
    if proxy.username is not None:
        credentials = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {b64encode(credentials.encode()).decode()}")
    return "\r\n".join([*lines, "", ""]).encode()
