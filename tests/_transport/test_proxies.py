"""Proxies come from the environment only on request. Credentials for the API never do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.http import OK, raw_server, read_request, request
from tests.support.secrets import places_of
from woowup_async import RetryPolicy, SessionPool, errors
from woowup_async._transport.http import AiohttpTransport
from woowup_async._transport.proxies import Proxies, host_of
from woowup_async.testing import Simulator

NAMES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_proxy_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "internal.example.com")
    proxies = Proxies()
    assert proxies.of("https://api.example.com/apiv3/users") == "http://proxy.example.com:3128"
    assert proxies.of("http://api.example.com/") is None
    assert proxies.of("https://internal.example.com/x") is None
    assert host_of("http://me:secret@proxy.example.com:3128/") == "proxy.example.com:3128"


def test_other_kinds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(ValueError, match="HTTPS_PROXY must be an http or https URL"):
        Proxies()


@pytest.mark.parametrize("trusts", [True, False])
async def test_a_proxy_that_cannot_be_reached_is_named(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int, trusts: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:proxy-secret@127.0.0.1:{unused_tcp_port}")
    transport = AiohttpTransport(max_connections=1, ssl=None, trust_env=trusts)
    shown = f"through the proxy 127.0.0.1:{unused_tcp_port}: Connection refused" if trusts else "cannot connect to"
    with pytest.raises(errors.NotSent, match=shown) as excinfo:
        await transport.send(request("https://nowhere.invalid"))
    assert places_of("proxy-secret", excinfo.value) == []
    await transport.aclose()


async def test_a_proxy_that_refuses_means_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    async with raw_server(handler) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        transport = AiohttpTransport(max_connections=1, ssl=None, trust_env=True)
        with pytest.raises(errors.NotSent, match="it answered 407"):
            await transport.send(request("https://nowhere.invalid"))
        await transport.aclose()


async def test_a_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[bytes]()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await read_request(reader))
        writer.write(OK)

    async with raw_server(handler) as url:
        monkeypatch.setenv("HTTP_PROXY", url)
        transport = AiohttpTransport(max_connections=1, ssl=None, trust_env=True)
        assert (await transport.send(request("http://api.example.com"))).status == 200
        await transport.aclose()
    assert asked[0].startswith(b"PUT http://api.example.com/x HTTP/1.1")


@pytest.mark.parametrize("text", ["machine 127.0.0.1 login me password other\n", "damaged"])
async def test_netrc_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    path = tmp_path / "netrc"
    path.write_text(text)
    monkeypatch.setenv("NETRC", str(path))
    async with Simulator() as simulator, SessionPool(trust_env=True) as pool:
        woowup = pool.account(simulator.api_key, base_url=simulator.url, retry=RetryPolicy(attempts=1))
        assert not await woowup.users.exists(email="a@b.co")
