"""Answers of a broken or hostile server, as bytes on a socket. Each raises our error and leaks no permit."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio
import pytest

from tests.support.secrets import places_of
from woowup_async import RetryPolicy, SessionPool, Timeouts, WoowUp, WoowUpError
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._resources.endpoints import USERS_EXISTS
from woowup_async._transport.call import Call
from woowup_async.errors import ReplyLost, ServerError, UnexpectedReply
from woowup_async.models import Identity

KEY = "hostile-key-77"
MOST = 200_000
EXISTS = b'{"payload": {"exist": true}, "message": "", "code": "ok"}'


def answer(body: bytes = EXISTS, status: str = "200 OK", **headers: str) -> bytes:
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def packed(body: bytes, window: int = 31) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    return packer.compress(body) + packer.flush()


@asynccontextmanager
async def served(raw: bytes, *, endless: bytes = b"") -> AsyncIterator[WoowUp]:
    """A client of a server that answers each request with these bytes, then sends `endless` without end."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(raw)
            while endless:
                writer.write(endless)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/apiv3"
    async with server, SessionPool(max_reply_bytes=MOST) as pool:
        yield pool.account(KEY, base_url=url, retry=RetryPolicy(attempts=1), timeouts=Timeouts(total=5))


def held(woowup: WoowUp) -> tuple[int, dict[object, int]]:
    limiter = woowup._session.limiter
    assert isinstance(limiter, AccountLimiter)
    return limiter._window.in_flight, {lane: n for lane, n in limiter._in_flight.items() if n}


UNREADABLE = {
    "no status line": b"HTTP/1.1 abc\r\n\r\n",
    "other protocol": b"SSH-2.0-OpenSSH_9\r\n",
    "zeros": bytes(40) + b"\r\n\r\n",
    "negative length": answer(Content_Length="-5"),
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "short body": answer(Content_Length="5000"),
    "no colon": b"HTTP/1.1 200 OK\r\nfoo\r\n\r\n",
    "long header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: a\r\n" % n for n in range(40_000)) + b"\r\n",
    "not gzip": answer(b"notgzip", Content_Encoding="gzip"),
    "cut gzip": answer(gzip.compress(EXISTS)[:-9], Content_Encoding="gzip"),
    "more than gzip": answer(gzip.compress(EXISTS) + b"tail", Content_Encoding="gzip"),
    "br": answer(b"xx", Content_Encoding="br"),
    "zstd": answer(b"xx", Content_Encoding="zstd"),
    "gzip of gzip": answer(gzip.compress(gzip.compress(EXISTS)), Content_Encoding="gzip, gzip"),
    "gzip bomb": answer(packed(b"a" * 3_000_000), Content_Encoding="gzip"),
    "deflate bomb": answer(packed(b"a" * 3_000_000, 15), Content_Encoding="deflate"),
    "bare deflate bomb": answer(packed(b"a" * 3_000_000, -15), Content_Encoding="deflate"),
    "large body": answer(b" " * (MOST + 1)),
    "switching": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "redirect": answer(b"", "302 Found", Location="http://127.0.0.1:1/steal"),
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "html": answer(b"<!doctype html>"),
    "deep": answer(b'{"payload": ' + b"[" * 50_000 + b"]" * 50_000 + b', "message": "", "code": "ok"}'),
    "rather deep": answer(b'{"payload": ' + b"[" * 900 + b"]" * 900 + b', "message": "", "code": "ok"}'),
    "not UTF-8": answer(b'{"payload": {"exist": "\xff"}, "message": "", "code": "ok"}'),
    "message not UTF-8": answer(b'{"payload": {"exist": true}, "message": "\xff", "code": "ok"}'),
    "half a surrogate pair": answer(b'{"payload": {"exist": "\\ud800"}, "message": "", "code": "ok"}'),
    "long number": answer(b'{"payload": {"exist": ' + b"9" * 5_000 + b'}, "message": "", "code": "ok"}'),
    "deep errors": answer(b'{"payload":{"errors":' + b"[" * 900 + b"]" * 900 + b'},"message":"","code":"x"}', "400 X"),
    "terminal codes": answer(b'{"payload":[],"message":"\\u001b]0;x\\u0007\\u202e","code":"\\u001b[2J"}', "400 X"),
    "date in retry-after": answer(b"", "500 X", Retry_After="Mon, 01 Jan 99999999999999999999 00:00:00 GMT"),
    "endless retry-after": answer(b"", "429 X", Retry_After="9" * 5_000),
}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
async def test_an_unusable_answer_is_our_error_and_leaks_neither_permit_nor_key(raw: bytes) -> None:
    async with served(raw) as woowup:
        with pytest.raises(WoowUpError) as excinfo:
            await woowup.users.exists(email="a@b.co")
        assert held(woowup) == (0, {})
        assert woowup.statistics().in_flight == 0
    assert places_of(KEY, excinfo.value) == []
    assert str(excinfo.value).isprintable()
    assert len(str(excinfo.value)) < 2_000


USABLE = {
    "plain": answer(),
    "gzip": answer(gzip.compress(EXISTS), Content_Encoding="gzip"),
    "deflate": answer(packed(EXISTS, 15), Content_Encoding="deflate"),
    "bare deflate": answer(packed(EXISTS, -15), Content_Encoding="deflate"),
    "many interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000 + answer(),
    "unknown charset": answer(Content_Type="application/json; charset=nonsense"),
    "encoding of no body": b"HTTP/1.1 100 Continue\r\nContent-Encoding: br\r\n\r\n" + answer(),
    "impossible date": answer(Date="Mon, 01 Jan 99999999999999999999 00:00:00 GMT"),
    "impossible hour": answer(Date="Mon, 01 Jan 2024 999999999999999999999:00:00 GMT"),
    "empty date": answer(Date=", ,"),
    "huge limit": answer(X_Rate_Limit_Limit="1e308", X_Rate_Limit_Remaining="1e308", X_Rate_Limit_Reset="1e308"),
}


@pytest.mark.parametrize("raw", USABLE.values(), ids=USABLE)
async def test_an_unusual_but_valid_answer_is_used(raw: bytes) -> None:
    async with served(raw) as woowup:
        assert await woowup.users.exists(email="a@b.co")
        assert held(woowup) == (0, {})
        assert woowup.statistics().limit == 70


ENDLESS = {
    "body": (b"HTTP/1.1 200 OK\r\n\r\n", b" " * 60_000),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b" " * 4_096 + b"\r\n"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: a\r\n" * 10_000),
    "announced body": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n", b" " * 60_000),
}


@pytest.mark.parametrize(("head", "endless"), ENDLESS.values(), ids=ENDLESS)
async def test_an_endless_answer_is_cut(head: bytes, endless: bytes) -> None:
    async with served(head, endless=endless) as woowup:
        with anyio.fail_after(4), pytest.raises(ReplyLost):
            await woowup.users.exists(email="a@b.co")
        assert held(woowup) == (0, {})


@pytest.mark.slow
async def test_interim_answers_without_end_are_bounded_by_the_total_timeout() -> None:
    async with served(b"", endless=b"HTTP/1.1 100 Continue\r\n\r\n" * 100) as woowup:
        with pytest.raises(ReplyLost, match="in time"):
            await woowup.with_options(timeouts=Timeouts(total=0.2)).users.exists(email="a@b.co")
        assert held(woowup) == (0, {})


async def test_the_error_names_the_limit_and_its_setting() -> None:
    async with served(answer(b" " * (MOST + 1))) as woowup:
        with pytest.raises(ReplyLost, match=rf"larger than {MOST} bytes; SessionPool\(max_reply_bytes=...\)"):
            await woowup.users.exists(email="a@b.co")


async def test_a_reply_of_the_largest_size_is_read() -> None:
    body = json.dumps({"payload": {"exist": True}, "code": "ok", "message": ""}).encode()
    async with served(answer(body + b" " * (MOST - len(body)))) as woowup:
        assert await woowup.users.exists(email="a@b.co")


@pytest.mark.parametrize("raw", [answer(), UNREADABLE["no status line"], UNREADABLE["large body"]])
async def test_no_object_of_ours_shows_the_key(raw: bytes) -> None:
    async with served(raw) as woowup:
        with suppress(WoowUpError):
            await woowup.users.exists(email="a@b.co")
        sender = woowup._sender()
        asked = sender._request(Call(USERS_EXISTS))
        assert KEY in asked.headers["Authorization"]
        for shown in (woowup, woowup._connections, sender, sender.transport, asked):
            assert places_of(KEY, shown) == []


def test_the_search_for_the_key_finds_it() -> None:
    error = ReplyLost("x", "y")
    error.__cause__ = OSError(f"Basic {KEY}")
    assert any("__cause__" in place for place in places_of(KEY, [{"a": error}]))
    assert places_of(KEY, {"headers": b64encode(KEY.encode()).decode()})


@pytest.mark.parametrize("raw", [answer(b"", "500 X"), answer(b"<html>", "200 OK")], ids=["500", "html"])
async def test_the_answer_to_an_unsafe_write_is_reported_once(raw: bytes) -> None:
    async with served(raw) as woowup:
        with pytest.raises((ServerError, UnexpectedReply)) as excinfo:
            await woowup.users.add_points(Identity(email="a@b.co"), 1)
    assert places_of(KEY, excinfo.value) == []
