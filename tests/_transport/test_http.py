"""One exchange over a real socket: what left, what came, and nothing repeated behind our back."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from tests.support.http import OK, raw_server, read_request, request
from woowup_async._transport.connections import ConnectionPolicy, Connections
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.http import AiohttpTransport
from woowup_async._transport.urls import checked_url
from woowup_async.errors import NotSent, ReplyLost
from woowup_async.policies import Lane, RateLimit, Timeouts
from woowup_async.ports import TakesTurns
from woowup_async.testing import FakeClock, Simulator


@asynccontextmanager
async def opened() -> AsyncIterator[AiohttpTransport]:
    transport = AiohttpTransport(max_connections=4, ssl=None, trust_env=False)
    try:
        yield transport
    finally:
        await transport.aclose()


async def test_answers_with_lower_case_headers() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK)

    async with raw_server(handler) as url, opened() as transport:
        response = await transport.send(request(url))
    assert (response.status, response.body, response.headers["x-rate-limit-limit"]) == (200, b"{}", "70")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET", "POST"])
async def test_a_dropped_second_request_is_not_repeated(method: str) -> None:
    """aiohttp by itself repeats idempotent methods on a dropped kept-alive connection. Not here."""
    seen: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(OK)
        await writer.drain()
        seen.append(await read_request(reader))

    async with raw_server(handler) as url, opened() as transport:
        await transport.send(request(url, method))
        with pytest.raises(ReplyLost, match="the connection to 127.0.0.1:.* broke"):
            await transport.send(request(url, method))
    assert len(seen) == 2


async def test_a_refused_connection_was_surely_not_sent(unused_tcp_port: int) -> None:
    async with opened() as transport:
        with pytest.raises(NotSent, match=r"cannot connect to 127\.0\.0\.1:\d+: Connection refused$"):
            await transport.send(request(f"http://127.0.0.1:{unused_tcp_port}"))


async def test_a_host_without_address_was_surely_not_sent() -> None:
    async with opened() as transport:
        with pytest.raises(NotSent, match=r"nowhere\.invalid"):
            await transport.send(request("https://nowhere.invalid", timeouts=Timeouts(total=5)))


async def test_no_answer_in_time_may_have_been_processed() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(handler) as url, opened() as transport:
        with pytest.raises(ReplyLost, match="no answer from .* in time"):
            await transport.send(request(url, timeouts=Timeouts(total=0.05)))


async def test_a_truncated_body_is_no_answer() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    async with raw_server(handler) as url, opened() as transport:
        with pytest.raises(ReplyLost):
            await transport.send(request(url))


async def test_redirects_are_answers() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")

    async with raw_server(handler) as url, opened() as transport:
        assert (await transport.send(request(url))).status == 302


async def test_what_may_not_leave_once_a_connection_is_there_is_not_sent() -> None:
    came = list[bytes]()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(10))
        writer.write(OK)

    async with raw_server(handler) as url, opened() as transport:
        with pytest.raises(NotSent, match="the run stopped before it left"):
            await transport.send(replace(request(url), may_leave=lambda: False))
        while not came:
            await asyncio.sleep(0)
        assert came == [b""]
        assert (await transport.send(replace(request(url), may_leave=lambda: True))).status == 200


async def test_tls_to_a_host_that_has_none_is_not_sent() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)

    async with raw_server(handler) as url, opened() as transport:
        with pytest.raises(NotSent):
            await transport.send(request(url.replace("http:", "https:")))


@pytest.mark.parametrize(
    "url",
    [
        "https://api.woowup.com/apiv3/",
        "http://127.0.0.1:8/x",
        "http://localhost",
        "http://[::1]:9",
        "https://ñandú.example.com",
        "https://api.example.com.",
        "https://a_b.example.com",
    ],
)
def test_good_urls(url: str) -> None:
    assert checked_url(url, allow_http=False) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "", "api.woowup.com", "ftp://x", "http://api.woowup.com", "https://k@host/", "https://h/?apikey=1", "https://",
        "https://api..woowup.com/apiv3", "https://.woowup.com", f"https://{'a' * 64}.com", "https://\u2024.com",
        "https://api.woowup.com..", "https://h:99999/", "https://h:x/", "https://[::1/", "https://h/a b", "https://h\n/",
        "https://h/a\\b", "https://h/#", "https://h/?", "https://\ud800.com",
    ],
)  # fmt: skip
def test_bad_urls(url: str) -> None:
    with pytest.raises(ValueError, match="base URL|clear text"):
        checked_url(url, allow_http=False)


def test_credentials_in_a_url_are_not_repeated() -> None:
    for url in ("https://me:s3cret@host", "ftp://me:s3cret@host", "me:s3cret@host"):
        with pytest.raises(ValueError, match="no credentials") as excinfo:
            checked_url(url, allow_http=False)
        assert "s3cret" not in str(excinfo.value)


def test_http_on_demand() -> None:
    assert checked_url("http://woowup.internal/", allow_http=True) == "http://woowup.internal"


class TestConnections:
    def test_the_same_key_the_same_limiter(self) -> None:
        connections = Connections(ConnectionPolicy())
        first = connections.limiter(ApiKey("a"), RateLimit())
        assert connections.limiter(ApiKey("a"), RateLimit()) is first
        assert connections.limiter(ApiKey("b"), RateLimit()) is not first
        with pytest.raises(ValueError, match="this account's rate limit in this pool is"):
            connections.limiter(ApiKey("a"), RateLimit(limit=10))

    async def test_accounts_come_and_go_and_what_they_spent_is_not_forgotten_too_soon(self) -> None:
        clock = FakeClock()
        connections = Connections(ConnectionPolicy(), clock)
        first = connections.limiter(ApiKey("a"), RateLimit())
        (await first.admit(Lane.BULK)).lost()
        del first
        gc.collect()
        clock.advance(59)
        assert connections.limiter(ApiKey("a"), RateLimit()).statistics().spent == 1
        clock.advance(2)
        connections.limiter(ApiKey("b"), RateLimit())
        gc.collect()
        assert connections.statistics().spent == 0
        assert connections.limiter(ApiKey("a"), RateLimit(limit=10)).statistics().limit == 10
        assert connections.statistics().throttled == 0

    async def test_opens_once(self) -> None:
        connections = Connections(ConnectionPolicy())
        with pytest.raises(RuntimeError, match="async with"):
            connections.transport(ApiKey("a"))
        await connections.open()
        with pytest.raises(RuntimeError, match="already open"):
            await connections.open()
        await connections.aclose()
        await connections.aclose()

    async def test_an_optional_pace_over_all_accounts(self) -> None:
        async with Simulator() as simulator:
            connections = Connections(ConnectionPolicy(requests_per_second=1_000))
            await connections.open()
            transport = connections.transport(ApiKey("a"))
            assert isinstance(transport, TakesTurns)
            async with transport.turn(request(simulator.url)):
                assert connections.statistics().under_way == 1
                response = await transport.send(request(simulator.url))
            await connections.aclose()
        assert response.status == 403
        assert connections.statistics().under_way == 0


class TestApiKey:
    @pytest.mark.parametrize("secret", ["", " s3cret", "s3cret\n", "ñ3cret", "s3\x00cret"])
    def test_refuses_what_no_header_can_hold_without_repeating_it(self, secret: str) -> None:
        with pytest.raises(ValueError, match="printable ASCII") as excinfo:
            ApiKey(secret)
        assert "3cret" not in str(excinfo.value)

    def test_hides_itself(self) -> None:
        key = ApiKey("s3cret")
        assert "s3cret" not in f"{key} {key!r}"
        assert not hasattr(key, "__dict__")
        assert key == ApiKey("s3cret") != "s3cret"
        assert len({key, ApiKey("s3cret")}) == 1
