"""Which proxy is used for which host, and what the certificate of a host says."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.certificates import certificates
from tests.support.http import raw_server
from tests.support.proxy import proxy, secured
from woowup_async.cli.checks import network
from woowup_async.cli.checks.finding import Finding
from woowup_async.cli.connection import Connection

KEY = "an-api-key-to-look-for"


@pytest.fixture(autouse=True)
def environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://user:s3cret@proxy.example:3128")
    monkeypatch.setenv("WOOWUP_API_KEY", KEY)


class TestProxies:
    """Which proxy is set, and whether it is used."""

    def shown(self, url: str = "https://api.example.com/apiv3", *, trust_env: bool = False, proxy: str = "") -> str:
        connection = Connection(url, "https://log.example.com", trust_env=trust_env, proxy=proxy or None)
        return "\n".join(line for finding in network.proxies(connection) for line in finding.lines())

    def test_a_proxy_that_is_not_used(self) -> None:
        shown = self.shown(trust_env=False)
        assert "look  proxy: the environment sets proxy.example:3128 for api.example.com, but it is not used" in shown
        assert "--trust-env" in shown
        assert "s3cret" not in shown

    def test_a_proxy_that_is_used(self) -> None:
        shown = self.shown(trust_env=True)
        assert "ok    proxy: api.example.com is reached through proxy.example:3128" in shown
        assert "ok    proxy: log.example.com is reached through proxy.example:3128" in shown
        assert "s3cret" not in shown

    def test_a_proxy_that_is_given(self) -> None:
        shown = self.shown(trust_env=True, proxy="http://me:s3cret@mine.example:8080")
        assert "ok    proxy: api.example.com is reached through mine.example:8080" in shown
        assert "proxy.example" not in shown
        assert "s3cret" not in shown

    def test_a_host_that_needs_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("no_proxy", ".example.com")
        assert self.shown(trust_env=False) == ""
        assert "the environment sets no proxy for api.example.com" in self.shown(trust_env=True)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1_000)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def looked(url: str, *, ca_file: Path | None = None, proxy: str | None = None) -> Finding | None:
    return await network.certificate(Connection(url, ca_file=ca_file, proxy=proxy))


class TestCertificates:
    """A server on loopback, whose authority nobody trusts."""

    @pytest.mark.parametrize(("days", "verdict"), [(40, "ok"), (15, "ok"), (13, "look")])
    async def test_its_authority_and_its_end(self, days: int, verdict: str, tmp_path: Path) -> None:
        made = certificates(tmp_path, days)
        async with raw_server(answer) as plain, secured(plain, made.server) as url:
            found = await looked(url, ca_file=made.authority)
        assert found is not None
        assert found.verdict == verdict
        assert found.text.startswith("TLSv1.")
        assert found.text.endswith(f", certificate by Test authority, valid for {days - 1} days")
        assert bool(found.advice) == (verdict == "look")

    async def test_through_a_proxy_that_sees_its_own_password_and_no_key(self, tmp_path: Path) -> None:
        made = certificates(tmp_path)
        async with raw_server(answer) as plain, secured(plain, made.server) as url, proxy("Basic bWU6cEBzcw==") as way:
            found = await looked(url, ca_file=made.authority, proxy=way.url.replace("//", "//me:p%40ss@"))
            assert await looked(url, ca_file=made.authority, proxy=way.url) is None  # 407: the API's check says so
        assert found is not None
        assert found.verdict == "ok"
        assert way.heads[0].startswith(f"CONNECT {url.removeprefix('https://')} HTTP/1.1\r\n")
        assert KEY.encode() not in way.seen

    async def test_an_authority_that_is_not_trusted(self, tmp_path: Path) -> None:
        made = certificates(tmp_path)
        async with raw_server(answer) as plain, secured(plain, made.server) as url:
            found = await looked(url)
        assert found is not None
        assert found.verdict == "bad"
        assert "--ca-file" in found.advice

    async def test_a_certificate_of_another_host(self, tmp_path: Path) -> None:
        made = certificates(tmp_path)
        async with raw_server(answer) as plain, secured(plain, made.server) as url:
            address = url.removeprefix("https://").split(":")
            async with proxy(elsewhere=(address[0], int(address[1]))) as way:
                found = await looked("https://api.example.com/apiv3", ca_file=made.authority, proxy=way.url)
        assert found is not None
        assert found.verdict == "bad"
        assert "api.example.com" in found.text
        assert "another host" in found.advice

    async def test_a_proxy_that_refuses_is_left_to_the_check_of_the_api(self) -> None:
        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            await writer.drain()
            await reader.read(1)
            writer.write(b"this is not TLS")

        async with raw_server(refuse) as way:
            assert await looked("https://api.example.com/apiv3", proxy=way) is None

    @pytest.mark.parametrize(("code", "said"), [(10, "the clock of this machine"), (9, "the clock"), (19, "--ca-file")])
    def test_what_to_do(self, code: int, said: str) -> None:
        """10 is an expired certificate, 9 one that is not valid yet, 19 one of an unknown authority."""
        assert said in network._advice(code)

    async def test_a_host_without_tls(self) -> None:
        async with raw_server(answer) as plain:
            found = await looked(plain.replace("http:", "https:"))
        assert found is not None
        assert found.verdict == "bad"
        assert "does not speak TLS" in found.advice

    async def test_what_the_api_check_explains(self, unused_tcp_port: int) -> None:
        assert await looked(f"https://127.0.0.1:{unused_tcp_port}") is None
        assert await looked("http://127.0.0.1:9") is None

    async def test_certificates_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="No such file"):
            await looked("https://127.0.0.1:9", ca_file=tmp_path / "none.pem")
