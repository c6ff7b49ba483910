"""Proxies come from the environment only on request. Credentials for the API never do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.certificates import Certificates, certificates
from tests.support.http import OK, raw_server, read_request, request
from tests.support.proxy import proxy, secured
from tests.support.secrets import places_of
from woowup_async import RetryPolicy, SessionPool, WoowUp, errors
from woowup_async._transport.connections import ConnectionPolicy
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
    transport = AiohttpTransport(max_connections=1, ssl=None, proxies=Proxies() if trusts else None)
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
        transport = AiohttpTransport(max_connections=1, ssl=None, proxies=Proxies())
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
        transport = AiohttpTransport(max_connections=1, ssl=None, proxies=Proxies())
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


KEY = "an-api-key-to-look-for"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


async def test_an_https_host_is_reached_through_a_tunnel_that_hides_the_key(trusted: Certificates) -> None:
    async with Simulator(api_key=KEY) as simulator, secured(simulator.url, trusted.server) as url, proxy() as through:
        async with SessionPool(proxy=through.url, ca_file=trusted.authority) as pool:
            assert not await pool.account(KEY, base_url=url).users.exists(email="a@b.co")
        assert (simulator.requests, len(through.heads)) == (1, 1)
    assert through.heads[0].startswith(f"CONNECT {url.split('/')[2]} HTTP/1.1")
    assert len(through.seen) > 200
    assert KEY.encode() not in through.seen
    assert b"authorization" not in through.seen.lower()


async def test_credentials_of_a_proxy_go_to_the_proxy_alone(trusted: Certificates) -> None:
    """`p%40ss` is the password `p@ss`; the header has it in base64."""
    async with Simulator(api_key=KEY) as simulator, secured(simulator.url, trusted.server) as url:
        async with proxy(password="Basic bWU6cEBzcw==") as through:
            given = through.url.replace("//", "//me:p%40ss@")
            async with SessionPool(proxy=given, ca_file=trusted.authority) as pool:
                assert not await pool.account(KEY, base_url=url).users.exists(email="a@b.co")
            async with SessionPool(proxy=through.url, ca_file=trusted.authority) as pool:
                woowup = pool.account(KEY, base_url=url, retry=RetryPolicy(attempts=1))
                with pytest.raises(errors.NotSent, match="through the proxy .*: it answered 407"):
                    await woowup.users.exists(email="a@b.co")
        assert simulator.requests == 1


@pytest.mark.parametrize("base_url", ["http://api.example.com/apiv3", "http://127.0.0.1:9/apiv3"])
@pytest.mark.parametrize("how", ["given", "environment"])
async def test_a_proxy_never_gets_the_key_in_clear_text(
    base_url: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`allow_http` permits the network to see the key, and no proxy."""
    remote = "http://me:proxy-secret@proxy.example.com:3128"
    monkeypatch.setenv("HTTP_PROXY", remote)
    proxied = {"proxy": remote} if how == "given" else {"trust_env": True}
    pool = SessionPool(allow_http=True, **proxied)
    with pytest.raises(ValueError, match=r"the proxy proxy\.example\.com:3128 would get the API key") as excinfo:
        pool.account("k", base_url=base_url)
    assert places_of("proxy-secret", excinfo.value) == []
    with pytest.raises(ValueError, match="would get the API key"):
        pool.account("k", base_url="https://api.example.com", connectors_url=base_url)


async def test_plain_http_through_a_proxy_of_this_machine() -> None:
    async with Simulator(api_key=KEY) as simulator, proxy() as through, SessionPool(proxy=through.url) as pool:
        assert not await pool.account(KEY, base_url=simulator.url).users.exists(email="a@b.co")
    assert through.heads[0].startswith(f"GET {simulator.url}/")


def test_a_given_proxy_overrules_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://other.example.com:1")
    monkeypatch.setenv("NO_PROXY", "*")
    proxies = ConnectionPolicy(proxy="mine.example.com:3128", trust_env=True).proxies()
    assert proxies is not None
    assert proxies.of("https://api.example.com/x") == "http://mine.example.com:3128"
    assert ConnectionPolicy().proxies() is None


@pytest.mark.parametrize(
    "given",
    [
        "", "http://", "socks5://h:1", "ftp://h", "http://me:s3#cret@h:1", "http://me:s3/cret@h:1", "http://me:1/s3cret@h",
        "http://me:s3?cret@h:1", "http://h:99999", "http://me:s3cret@h:port", "http://me:s3 cret@h:1", "http://h/path",
        "http://me:s3\x1bcret@h:1",
    ],
)  # fmt: skip
def test_what_is_not_a_proxy_is_refused_without_showing_it(given: str) -> None:
    with pytest.raises(ValueError, match="^proxy (must be|cannot be read)") as excinfo:
        SessionPool(proxy=given)
    for part in ("s3", "cret", "me:"):
        assert part not in str(excinfo.value)


def test_credentials_of_a_proxy_are_in_no_repr() -> None:
    policy = ConnectionPolicy(proxy="http://me:proxy-secret@proxy.example.com:3128")
    assert "proxy-secret" not in repr(policy) + repr(policy.proxies()) + repr(SessionPool(proxy=policy.proxy))
    assert "proxy.example.com:3128" in repr(policy.proxies())


def test_a_client_of_its_own_has_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    assert WoowUp("k", base_url="http://127.0.0.1:9")._connections._proxies is None
