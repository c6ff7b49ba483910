"""One exchange over a real socket: the request, the answer, and that nothing is repeated silently."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from tests.support.http import OK, raw_server, read_request, request
from woowup_async._transport.http import AiohttpTransport
from woowup_async.errors import NotSent, ReplyLost
from woowup_async.policies import Timeouts


@asynccontextmanager
async def opened(most: int = 4) -> AsyncIterator[AiohttpTransport]:
    transport = AiohttpTransport(max_connections=most, ssl=None)
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
    """By default, aiohttp repeats idempotent methods on a dropped kept-alive connection. Here it must not."""
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


LATE = OK.replace(b": 70", b": 1").replace(b"200 OK", b"200 Late")


@pytest.mark.parametrize("late", [LATE, b"garbage", b""], ids=["answer", "garbage", "closed"])
@pytest.mark.parametrize("is_read", [True, False])
async def test_what_comes_over_an_idle_connection_answers_nothing(late: bytes, is_read: bool) -> None:
    """A proxy may answer twice. The second answer is not that of the next request, which goes over a new connection."""
    writers, came = list[asyncio.StreamWriter](), 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        writers.append(writer)
        while True:
            await read_request(reader)
            came += 1
            writer.write(OK)

    async with raw_server(handler) as url, opened() as transport:
        await transport.send(request(url))
        writers[0].write(late) if late else writers[0].write_eof()
        for _ in range(10 if is_read else 0):
            await asyncio.sleep(0)
        response = await transport.send(request(url))
        assert (response.headers["x-rate-limit-limit"], came, len(writers)) == ("70", 2, 2)
        await transport.send(request(url))
        assert (came, len(writers)) == (3, 2)
        for writer in writers:
            writer.close()


@pytest.mark.parametrize("turns", range(5))
async def test_a_cancellation_leaves_no_connection_in_use(turns: int) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1):
            await read_request(reader)
            writer.write(OK)

    async with raw_server(handler) as url, opened(most=1) as transport:
        await transport.send(request(url))
        sending = asyncio.ensure_future(transport.send(request(url)))
        for _ in range(turns):
            await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert (await transport.send(request(url))).status == 200


async def test_a_refused_connection_means_not_sent(unused_tcp_port: int) -> None:
    async with opened() as transport:
        with pytest.raises(NotSent, match=r"cannot connect to 127\.0\.0\.1:\d+: Connection refused$"):
            await transport.send(request(f"http://127.0.0.1:{unused_tcp_port}"))


async def test_a_host_without_address_means_not_sent() -> None:
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


async def test_a_request_is_not_sent_over_an_open_connection_after_a_stop() -> None:
    came = list[bytes]()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(10))
        writer.write(OK)

    async with raw_server(handler) as url, opened() as transport:
        with pytest.raises(NotSent, match="the run stopped before it was sent"):
            await transport.send(replace(request(url), may_leave=lambda: False))
        while not came:
            await asyncio.sleep(0)
        assert came == [b""]
        assert (await transport.send(replace(request(url), may_leave=lambda: True))).status == 200


async def test_tls_to_a_host_without_tls_means_not_sent() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)

    async with raw_server(handler) as url, opened() as transport:
        with pytest.raises(NotSent):
            await transport.send(request(url.replace("http:", "https:")))


@pytest.mark.parametrize(("is_sent", "failure"), [(False, NotSent), (True, ReplyLost)])
async def test_a_stray_cancellation_is_a_failed_exchange(
    is_sent: bool, failure: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def broken(*_: object, trace_request_ctx: SimpleNamespace, **__: object) -> AsyncIterator[None]:
        trace_request_ctx.is_sent = is_sent
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future
        yield

    async with opened() as transport:
        monkeypatch.setattr(transport._session, "request", broken)
        with pytest.raises(failure, match="the connection to 127.0.0.1:1 broke: CancelledError") as info:
            await transport.send(request("http://127.0.0.1:1"))
    assert info.value.__cause__ is info.value.__context__ is None


async def test_a_cancellation_of_the_caller_is_passed_on() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        task.cancel()

    async with raw_server(handler) as url, opened() as transport:
        task = asyncio.ensure_future(transport.send(request(url)))
        with pytest.raises(asyncio.CancelledError):
            await task
