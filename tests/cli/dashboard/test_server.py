"""The server: who gets in, what is sent, and how it ends."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import anyio.lowlevel
import msgspec
import pytest
from aiohttp import ClientSession

from tests.support.journals import item, note, opened
from woowup_async.cli.dashboard import server
from woowup_async.cli.dashboard.server import Address, Dashboard
from woowup_async.cli.dashboard.view import Snapshot, view_of
from woowup_async.cli.dashboard.watch import watches_of
from woowup_async.outcomes import Accepted

TOKEN = "a-token-of-the-tests"


class Caller:
    """Calls a dashboard."""

    def __init__(self, session: ClientSession, port: int) -> None:
        self._session, self._url = session, f"http://127.0.0.1:{port}"

    async def get(
        self, path: str = "/", token: str = TOKEN, method: str = "GET", **headers: str
    ) -> tuple[int, str, dict[str, str]]:
        async with self._session.request(
            method, f"{self._url}{path}", params={"token": token}, headers=headers
        ) as answer:
            return answer.status, await answer.text(), dict(answer.headers)

    @asynccontextmanager
    async def events(self) -> AsyncIterator[Any]:
        """Open the events. Yields a function that returns the next one as (name, data)."""
        async with self._session.get(f"{self._url}/events", params={"token": TOKEN}) as answer:
            assert (answer.status, answer.content_type) == (200, "text/event-stream")

            async def following() -> tuple[str, dict[str, str]]:
                with anyio.fail_after(10):
                    lines = [(await answer.content.readline()).decode().rstrip("\n") for _ in range(3)]
                assert lines[2] == ""
                return lines[0].removeprefix("event: "), msgspec.json.decode(lines[1].removeprefix("data: "))

            yield following


@asynccontextmanager
async def served(*paths: Path, period: float = 0.0) -> AsyncIterator[tuple[Dashboard, Caller]]:
    async with (
        Dashboard(watches_of(paths, may_be_absent=True), Address(token=TOKEN), period=period) as dashboard,
        ClientSession(read_bufsize=2**20) as session,
    ):
        yield dashboard, Caller(session, dashboard.port)


async def test_the_page_and_its_headers(tmp_path: Path) -> None:
    async with served(tmp_path / "shop.journal") as (dashboard, caller):
        assert dashboard.url == f"http://127.0.0.1:{dashboard.port}/?token={TOKEN}"
        status, text, headers = await caller.get()
        _, again, other = await caller.get()
    assert status == 200
    assert "shop.journal" in text
    assert TOKEN not in text
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert headers["Server"] == "woowup"
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self'"
    nonce = policy["script-src"].removeprefix("'nonce-").removesuffix("'")
    assert policy["style-src"] == policy["script-src"]
    assert text.count(f'nonce="{nonce}"') == 2
    assert nonce not in again + other["Content-Security-Policy"]  # each page has its own


@pytest.mark.parametrize("path", ["/", "/events", "/nothing", "/../etc/passwd"])
@pytest.mark.parametrize("more", [{"token": ""}, {"token": "a-token-of-the-testS"}, {"Host": "evil.example"}])
async def test_others_learn_nothing(tmp_path: Path, path: str, more: dict[str, str]) -> None:
    async with served(tmp_path / "j") as (_, caller):
        status, text, headers = await caller.get(path, **more)
    assert (status, text) == (403, "403\n")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("path", "method", "expected"), [("/nothing", "GET", 404), ("/", "POST", 405), ("/events", "DELETE", 405)]
)
async def test_it_only_shows(tmp_path: Path, path: str, method: str, expected: int) -> None:
    async with served(tmp_path / "j") as (_, caller):
        status, text, _ = await caller.get(path, method=method)
    assert (status, text) == (expected, f"{expected}\n")


async def test_a_token_is_random_if_none_is_given() -> None:
    assert len({Address().token for _ in range(3)}) == 3
    assert len(Address().token) >= 32
    assert TOKEN not in repr(Address(token=TOKEN))


async def test_events_have_only_the_parts_that_changed(tmp_path: Path) -> None:
    async with served(tmp_path / "j") as (_, caller), caller.events() as following:
        name, first = await following()
        assert (name, len(first)) == ("parts", 11)
        assert "no run yet" in first["j0-state"]
        assert (await following())[1] == {}
        with opened(tmp_path / "j") as ledger:
            ledger.settle([note(item("1"), Accepted("queued"))], b"")
            seen: dict[str, str] = {}
            while "j0-hours" not in seen:
                seen |= (await following())[1]
        assert "running" in seen["j0-state"]
        assert "j0-causes" in seen  # they are counted now
        assert "j0-budget" not in seen


async def test_viewers_share_a_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = list[int]()

    def counted(snapshot: Snapshot, now: float) -> dict[str, Any]:
        looks.append(1)
        return view_of(snapshot, now)

    monkeypatch.setattr(server, "view_of", counted)
    async with served(tmp_path / "j", period=3_600) as (_, caller), anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(caller.get)
    assert len(looks) == 1


async def test_viewers_are_bounded_and_a_place_becomes_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MOST_VIEWERS", 1)
    async with served(tmp_path / "j") as (_, caller):
        async with caller.events() as following:
            await following()
            assert (await caller.get("/events"))[:2] == (503, "503\n")
            assert (await caller.get())[0] == 200
        with anyio.fail_after(10):
            while True:  # the server notices soon that the viewer has gone
                try:
                    async with caller.events():
                        break
                except AssertionError:
                    await anyio.lowlevel.checkpoint()


async def test_at_its_end_viewers_are_told(tmp_path: Path) -> None:
    async with ClientSession() as session:
        async with Dashboard(watches_of([tmp_path / "j"], may_be_absent=True), Address(token=TOKEN)) as dashboard:
            answer = await session.get(f"http://127.0.0.1:{dashboard.port}/events", params={"token": TOKEN})
            await answer.content.readuntil(b"\n\n")
        assert await answer.content.read() == b"event: end\ndata: {}\n\n"
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(dashboard.url)


async def test_a_viewer_that_takes_nothing_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_PATIENCE", 0.05)
    monkeypatch.setattr(server, "parts_of", lambda views, now: {"j0-run": f"{now}" * 100_000})
    async with served(tmp_path / "j") as (dashboard, caller):
        with closing(socket.create_connection(("127.0.0.1", dashboard.port))) as viewer:
            viewer.sendall(f"GET /events?token={TOKEN} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            with anyio.fail_after(10):
                while dashboard._viewers == 0:
                    await anyio.lowlevel.checkpoint()
                while dashboard._viewers:
                    await anyio.lowlevel.checkpoint()
        assert (await caller.get())[0] == 200


async def test_a_port_in_use(tmp_path: Path) -> None:
    async with served(tmp_path / "j") as (dashboard, _):
        with pytest.raises(OSError, match="in use"):
            async with Dashboard([], Address(port=dashboard.port)):
                pass


async def test_an_ipv6_address_has_brackets() -> None:
    try:
        async with Dashboard([], Address("::1", token=TOKEN)) as dashboard:
            assert dashboard.url == f"http://[::1]:{dashboard.port}/?token={TOKEN}"
    except OSError:
        pytest.skip("this machine has no IPv6")
