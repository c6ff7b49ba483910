"""The store in Redis, with a real Valkey: its contract, and a server that dies, forgets, refuses or hangs."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import anyio
import anyio.lowlevel
import pytest
from redis.exceptions import ResponseError

from tests.support.secrets import places_of
from tests.support.slow_proxy import SlowProxy
from tests.support.valkey import PASSWORD, Valkey
from woowup_async.budget import MAX_BLOB_BYTES, RedisStore, redis
from woowup_async.errors import BudgetUnavailable
from woowup_async.testing.contract import check_budget_store

ACCOUNT = "0" * 32
DOC = Path(__file__).parents[2] / "docs" / "budget.md"
KEY = f"woowup:budget:{{{ACCOUNT}}}"
USER = f"shop:{quote(PASSWORD, safe='')}@"


@pytest.fixture(autouse=True)
def empty(valkey: Valkey) -> None:
    valkey.run("FLUSHALL")


@pytest.fixture
async def store(valkey: Valkey) -> AsyncIterator[RedisStore]:
    async with RedisStore(valkey.url) as opened:
        yield opened


def through(proxy: SlowProxy, scheme: str = "redis") -> str:
    return f"{scheme}://{USER}127.0.0.1:{proxy.port}/0"


class TestContract:
    @pytest.mark.parametrize("kind", ["tcp", pytest.param("socket", marks=pytest.mark.long)])
    async def test_it_keeps_the_contract(self, kind: str, valkey: Valkey) -> None:
        url = valkey.url if kind == "tcp" else valkey.socket_url
        await check_budget_store(lambda: RedisStore(url))

    async def test_options_that_would_change_answers_are_overruled(self, valkey: Valkey) -> None:
        url = f"{valkey.url}?decode_responses=true&protocol=3&retry_on_timeout=true"
        await check_budget_store(lambda: RedisStore(url))

    async def test_it_is_what_it_says_it_stores(self, store: RedisStore, valkey: Valkey) -> None:
        await store.swap(ACCOUNT, 0, b"blob")

        assert valkey.run("KEYS", "*") == [KEY.encode()]
        assert 7_190 <= valkey.run("TTL", KEY) <= 7_200
        assert valkey.run("HGET", KEY, "b") == b"blob"
        valkey.run("EXPIRE", KEY, "10")
        version = (await store.read(ACCOUNT)).version
        assert valkey.run("TTL", KEY) <= 10
        await store.swap(ACCOUNT, version, b"blob")
        assert valkey.run("TTL", KEY) >= 7_190

    async def test_the_documented_rights_are_enough(self, valkey: Valkey) -> None:
        (line,) = re.findall("^ACL SETUSER .+$", DOC.read_text(encoding="utf-8"), re.MULTILINE)
        valkey.run(*line.replace("PASSWORD", "secret").split())
        await check_budget_store(lambda: RedisStore(f"redis://woowup:secret@127.0.0.1:{valkey.port}"))
        async with RedisStore(f"redis://woowup:secret@127.0.0.1:{valkey.port}") as store:
            assert store._server is not None
            with pytest.raises(ResponseError, match="no permissions"):
                await store._server.redis.get("other")

    async def test_a_version_has_no_bound_of_53_bits(self, store: RedisStore, valkey: Valkey) -> None:
        await store.swap(ACCOUNT, 0, b"blob")
        valkey.run("HSET", KEY, "v", str(2**62))

        assert not await store.swap(ACCOUNT, 2**62 + 1, b"late")
        assert await store.swap(ACCOUNT, 2**62, b"more")
        assert (await store.read(ACCOUNT)).version == 2**62 + 1

    async def test_names_and_sizes_are_checked(self, store: RedisStore) -> None:
        for call in (store.read("a}b"), store.swap("a}b", 0, b"")):
            with pytest.raises(ValueError, match="letters and digits"):
                await call
        with pytest.raises(ValueError, match="at most"):
            await store.swap(ACCOUNT, 0, bytes(MAX_BLOB_BYTES + 1))

    async def test_it_is_used_inside_a_context(self, valkey: Valkey) -> None:
        store = RedisStore(valkey.url)
        with pytest.raises(RuntimeError, match="async with"):
            await store.read(ACCOUNT)
        async with store:
            await store.read(ACCOUNT)
            with pytest.raises(RuntimeError, match="open already"):
                await store.__aenter__()
        await store.__aexit__(None, None, None)
        with pytest.raises(RuntimeError, match="async with"):
            await store.read(ACCOUNT)
        async with store:
            await store.read(ACCOUNT)

    async def test_many_accounts_share_few_connections(self, valkey: Valkey) -> None:
        async with SlowProxy(valkey.port) as proxy, RedisStore(through(proxy)) as store:
            async with anyio.create_task_group() as group:
                for number in range(150):
                    group.start_soon(store.swap, f"{number:032}", 0, b"blob")
            assert proxy.accepted <= 64
        assert len(valkey.run("KEYS", "*")) == 150

    async def test_connections_are_closed_at_the_end(self, valkey: Valkey) -> None:
        async with RedisStore(valkey.url) as store:
            await store.read(ACCOUNT)
            assert b"user=shop" in valkey.run("CLIENT", "LIST")
        with anyio.fail_after(5):
            while b"user=shop" in valkey.run("CLIENT", "LIST"):
                await anyio.lowlevel.checkpoint()


class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed, so there is no certificate")
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
        names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run([*command.split(), *names], check=True, capture_output=True)
        return certificate

    async def test_a_certificate_is_checked(self, valkey: Valkey, certificate: Path) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, certificate.with_name("key.pem"))
        async with SlowProxy(valkey.port, tls) as proxy:
            async with RedisStore(f"{through(proxy, 'rediss')}?ssl_ca_certs={quote(str(certificate))}") as store:
                assert await store.swap(ACCOUNT, 0, b"blob")
            async with RedisStore(through(proxy, "rediss")) as store:
                with pytest.raises(BudgetUnavailable, match="certificate verify failed"):
                    await store.read(ACCOUNT)


class TestFailures:
    async def test_a_server_that_is_killed_and_starts_empty(self) -> None:
        with Valkey() as server:
            async with RedisStore(server.url) as store:
                await store.swap(ACCOUNT, 0, b"before")
                old = (await store.read(ACCOUNT)).version
                server.kill()
                for call in (store.read(ACCOUNT), store.swap(ACCOUNT, old, b"late")):
                    with pytest.raises(BudgetUnavailable, match="is unavailable: .+"):
                        await call
                server.start()
                found = await store.read(ACCOUNT)
                assert (found.version, found.blob) == (0, None)
                assert not await store.swap(ACCOUNT, old, b"late")
                assert await store.swap(ACCOUNT, 0, b"after")
                assert (await store.read(ACCOUNT)).version > old

    async def test_a_server_that_forgot_the_scripts(self, store: RedisStore, valkey: Valkey) -> None:
        for _ in range(2):
            version = (await store.read(ACCOUNT)).version
            assert await store.swap(ACCOUNT, version, b"blob")
            valkey.run("SCRIPT", "FLUSH")

    @pytest.mark.parametrize("password", ["hidden-1", quote(PASSWORD + "hidden-1", safe="")])
    async def test_a_wrong_password(self, password: str, valkey: Valkey) -> None:
        async with RedisStore(f"redis://shop:{password}@127.0.0.1:{valkey.port}") as store:
            with pytest.raises(
                BudgetUnavailable, match=r"redis://shop:\*\*\*@127.+invalid username-password"
            ) as caught:
                await store.read(ACCOUNT)
            assert not places_of("hidden-1", caught.value)
            assert not places_of("hidden-1", store)
            assert caught.value.__context__ is caught.value.__cause__ is None

    async def test_a_server_that_does_not_answer(self, valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
        async with SlowProxy(valkey.port) as proxy, RedisStore(through(proxy)) as store:
            assert await store.swap(ACCOUNT, 0, b"blob")
            proxy.hold()
            with monkeypatch.context() as quick:
                quick.setattr(redis, "TIMEOUT", 0.05)
                for call in (store.read(ACCOUNT), store.swap(ACCOUNT, 0, b"late")):
                    with pytest.raises(BudgetUnavailable, match=r"no answer within 0\.05 s"):
                        await call
            proxy.resume()
            assert (await store.read(ACCOUNT)).blob == b"blob"

    async def test_a_cancelled_call_does_not_get_in_the_way_of_the_next(self, valkey: Valkey) -> None:
        async with SlowProxy(valkey.port) as proxy, RedisStore(through(proxy)) as store:
            await store.swap("a", 0, b"of a")
            await store.swap("b", 0, b"of b")
            proxy.hold()
            async with anyio.create_task_group() as group:
                group.start_soon(store.read, "a")
                await proxy.waiting.wait()
                group.cancel_scope.cancel()
            proxy.resume()
            assert (await store.read("b")).blob == b"of b"
            assert proxy.accepted == 2

    async def test_a_connection_that_is_cut(self, valkey: Valkey) -> None:
        async with SlowProxy(valkey.port) as proxy, RedisStore(through(proxy)) as store:
            await store.swap(ACCOUNT, 0, b"blob")
            proxy.hold()
            async with anyio.create_task_group() as group:
                group.start_soon(self._fails, store)
                await proxy.waiting.wait()
                proxy.cut()
            proxy.resume()
            assert (await store.read(ACCOUNT)).blob == b"blob"

    async def _fails(self, store: RedisStore) -> None:
        with pytest.raises(BudgetUnavailable):
            await store.read(ACCOUNT)

    async def test_an_idle_connection_that_the_server_closed_is_replaced(
        self, store: RedisStore, valkey: Valkey
    ) -> None:
        await store.swap(ACCOUNT, 0, b"blob")
        assert valkey.run("CLIENT", "KILL", "USER", "shop") == 1
        for _ in range(3):  # the event loop sees that the socket was closed
            await anyio.lowlevel.checkpoint()

        assert (await store.read(ACCOUNT)).blob == b"blob"

    async def test_a_key_of_another_kind(self, store: RedisStore, valkey: Valkey) -> None:
        valkey.run("SET", KEY, "text")
        for call in (store.read(ACCOUNT), store.swap(ACCOUNT, 0, b"blob")):
            with pytest.raises(BudgetUnavailable, match="WRONGTYPE"):
                await call

    async def test_nothing_listens(self) -> None:
        async with RedisStore("redis://:hidden-1@127.0.0.1:1") as store:
            with pytest.raises(BudgetUnavailable, match=r"in redis://:\*\*\*@127\.0\.0\.1:1 is unavailable") as caught:
                await store.read(ACCOUNT)
            assert not places_of("hidden-1", caught.value)
