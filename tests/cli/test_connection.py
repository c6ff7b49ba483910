"""Whole commands through a proxy and TLS, as in the network of a company."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.certificates import Certificates, certificates
from tests.support.commands import USER, jsonl, purchase, woowup
from tests.support.proxy import Proxy, proxy, secured
from woowup_async.cli.connection import Connection, proxy_in_environment
from woowup_async.testing import Simulator


class Network:
    """TLS in front of a simulator, and a proxy, in another thread."""

    url: str
    proxy: Proxy

    def __init__(self, simulator: Simulator, made: Certificates) -> None:
        self._simulator, self._made = simulator, made
        self._ready, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: anyio.run(self._serve))

    async def _serve(self) -> None:
        async with (
            secured(self._simulator.url, self._made.server) as self.url,
            proxy("Basic bWU6czNjcmV0") as self.proxy,
        ):
            self._ready.set()
            while not self._stop.is_set():
                await anyio.sleep(0.01)

    def __enter__(self) -> Network:
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        self._thread.join(5)


@pytest.fixture
def network(simulator: Simulator, tmp_path: Path) -> Iterator[Network]:
    with Network(simulator, certificates(tmp_path)) as running:
        yield running


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("how", ["--proxy", "--trust-env", "settings"])
def test_a_backfill_and_its_verification(
    how: str, network: Network, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = network.proxy.url.replace("//", "//me:s3cret@")
    settings = tmp_path / "s.toml"
    settings.write_text(f'proxy = "{given}"\n' if how == "settings" else "", encoding="utf-8")
    if how == "--trust-env":
        monkeypatch.setenv("HTTPS_PROXY", given)
    way = {"--proxy": ("--proxy", given), "--trust-env": ("--trust-env",), "settings": ()}[how]
    hosts = ("--base-url", network.url, "--segment", simulator.segment, "--ca-file", tmp_path / "authority.pem")
    files = ("--users", jsonl(tmp_path / "u.jsonl", USER), "--purchases", jsonl(tmp_path / "p.jsonl", purchase(1)))
    options = (*hosts, *way, "--config", settings)
    journal = tmp_path / "j"
    ran = woowup("backfill", *files, *options, "--journal", journal)
    assert ran.exit_code == 0, ran.output
    verified = woowup("verify", journal, *options)
    assert verified.exit_code == 0, verified.output
    assert len(simulator.purchases) == 1
    assert {head.split()[0] for head in network.proxy.heads} == {"CONNECT"}
    assert b"simulator-key" not in network.proxy.seen
    assert "s3cret" not in ran.output + verified.output


def test_the_doctor_names_the_authority_and_hides_the_password(
    network: Network, simulator: Simulator, tmp_path: Path
) -> None:
    hosts = ("--base-url", network.url, "--connectors-url", network.url.replace("/apiv3", "/connectors/v1"))
    given = network.proxy.url.replace("//", "//me:s3cret@")

    def doctor(*more: object) -> Any:
        return woowup("doctor", *hosts, "--segment", simulator.segment, *more)

    result = doctor("--proxy", given, "--ca-file", tmp_path / "authority.pem")
    assert result.exit_code == 0, result.output
    assert f"ok    proxy: 127.0.0.1 is reached through {network.proxy.url.removeprefix('http://')}" in result.output
    assert "certificate by Test authority" in result.output
    assert "s3cret" not in result.output
    without = doctor("--proxy", network.proxy.url, "--ca-file", tmp_path / "authority.pem")
    assert without.exit_code == 1
    assert "the proxy wants a user and a password" in without.output
    untrusted = doctor("--proxy", given)
    assert untrusted.exit_code == 1
    assert "bad   TLS:" in untrusted.output
    assert "--ca-file" in untrusted.output


def test_no_password_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "s3cret" not in repr(Connection(proxy="http://me:s3cret@proxy.example:3128"))
    monkeypatch.setenv("https_proxy", "me:s3cret@proxy.example:3128")
    assert proxy_in_environment("https://api.example.com") == "proxy.example:3128"


@pytest.mark.parametrize("command", ["backfill", "doctor", "verify"])
def test_certificates_that_cannot_be_read_are_one_line(command: str, tmp_path: Path) -> None:
    users = jsonl(tmp_path / "u.jsonl", USER)
    journal = tmp_path / "j"
    journal.touch()
    arguments: dict[str, tuple[object, ...]] = {"backfill": ("--users", users), "doctor": (), "verify": (journal,)}
    result = woowup(command, *arguments[command], "--ca-file", tmp_path / "none.pem")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line == f"woowup: ca_file {tmp_path / 'none.pem'}: No such file or directory"
