"""Certificates for a server on loopback, made by the program `openssl`."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_AUTHORITY = """
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
O = Test authority
[extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""
_SERVER = """
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = loopback
[extensions]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1, DNS:localhost
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class Certificates:
    """An authority that nobody trusts, and a server's certificate by it.

    Attributes:
        authority: the authority's certificate.
        server: context of a server.

    """

    authority: Path
    server: ssl.SSLContext


def certificates(folder: Path, days: int = 30) -> Certificates:
    """Make them in a folder. The server's certificate is valid for some days from now."""
    if shutil.which("openssl") is None:
        pytest.skip("the program openssl is not installed")
    ca, ca_key = _made(folder, "authority", _AUTHORITY, "-days", "3650")
    leaf, leaf_key = _made(folder, "server", _SERVER, "-days", str(days), "-CA", str(ca), "-CAkey", str(ca_key))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(leaf, leaf_key)
    return Certificates(ca, context)


def _made(folder: Path, name: str, config: str, *more: str) -> tuple[Path, Path]:
    cnf, certificate, key = (folder / f"{name}.{suffix}" for suffix in ("cnf", "pem", "key"))
    cnf.write_text(config, encoding="utf-8")
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key), "-out")
    command = ["openssl", "req", "-x509", "-config", str(cnf), *new, str(certificate), *more]
    subprocess.run(command, check=True, capture_output=True, timeout=20)
    return certificate, key
