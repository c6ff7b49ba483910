"""The store in PostgreSQL, with a real server: its contract, and a server that crashes, forgets, refuses or hangs."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import anyio
import anyio.lowlevel
import psycopg
import pytest

from tests.support.postgres import PASSWORD, Server
from tests.support.secrets import places_of
from tests.support.slow_proxy import SlowProxy
from woowup_async.budget import MAX_BLOB_BYTES, PostgresStore
from woowup_async.errors import BudgetUnavailable
from woowup_async.testing.contract import check_budget_store

DOC = Path(__file__).parents[2] / "docs" / "budget.md"
ACCOUNT = "0" * 32


@pytest.fixture(autouse=True)
def empty(postgres: Server) -> None:
    postgres.execute("DROP TABLE IF EXISTS woowup_budget")


@pytest.fixture
async def store(postgres: Server) -> AsyncIterator[PostgresStore]:
    async with PostgresStore(postgres.url) as opened:
        yield opened


def through(proxy: SlowProxy, user: str = "shop", password: str = PASSWORD) -> str:
    return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{proxy.port}/postgres"


class TestContract:
    async def test_it_keeps_the_contract(self, postgres: Server) -> None:
        await check_budget_store(lambda: PostgresStore(postgres.url))

    @pytest.mark.long
    async def test_it_keeps_the_contract_where_isolation_is_stricter(self, postgres: Server) -> None:
        url = f"{postgres.url}&options=-c%20default_transaction_isolation%3Dserializable"
        await check_budget_store(lambda: PostgresStore(url))

    @pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
    async def test_a_swap_that_waits_for_a_faster_one_returns_false(
        self, level: str, postgres: Server, store: PostgresStore
    ) -> None:
        await store.swap(ACCOUNT, 0, b"blob")
        version, won = (await store.read(ACCOUNT)).version, list[bool]()
        postgres.execute(f"ALTER ROLE shop SET default_transaction_isolation = '{level}'")

        async def swap() -> None:
            async with PostgresStore(postgres.url) as other:
                won.append(await other.swap(ACCOUNT, version, b"slower"))

        with psycopg.connect(postgres.url_of("postgres", ""), autocommit=False) as faster:
            faster.execute("UPDATE woowup_budget SET version = version + 1, blob = 'faster'")
            async with anyio.create_task_group() as group:
                group.start_soon(swap)
                while not postgres.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
                    await anyio.lowlevel.checkpoint()
                faster.commit()
        postgres.execute("ALTER ROLE shop RESET default_transaction_isolation")
        assert won == [False]
        assert (await store.read(ACCOUNT)).blob == b"faster"

    async def test_a_read_that_fails_is_not_an_absent_blob(
        self, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def execute(*arguments: object) -> None:
            raise psycopg.errors.SerializationFailure("could not serialize access")

        monkeypatch.setattr("woowup_async.budget._psycopg.Connections.execute", execute)
        with pytest.raises(BudgetUnavailable, match="could not serialize access"):
            await store.read(ACCOUNT)

    async def test_the_table_is_made_by_one_of_many(self, postgres: Server) -> None:
        async with anyio.create_task_group() as group:
            for number in range(12):
                group.start_soon(self._swap, postgres.url, f"{number:032}")

        assert postgres.one("SELECT count(*) FROM woowup_budget") == 12
        assert postgres.one("SELECT relpersistence FROM pg_class WHERE relname = 'woowup_budget'") in (b"u", "u")

    async def _swap(self, url: str, account: str) -> None:
        async with PostgresStore(url) as store:
            assert await store.swap(account, 0, b"blob")

    async def test_a_user_who_may_not_make_tables_can_use_one(self, postgres: Server, store: PostgresStore) -> None:
        url = postgres.url_of("guarded", PASSWORD)
        async with PostgresStore(url) as guarded:
            with pytest.raises(BudgetUnavailable, match="permission denied"):
                await guarded.read(ACCOUNT)
            await store.read(ACCOUNT)
            postgres.execute("GRANT SELECT, INSERT, UPDATE ON woowup_budget TO guarded")
            assert await guarded.swap(ACCOUNT, 0, b"blob")
            assert (await guarded.read(ACCOUNT)).blob == b"blob"

    async def test_the_documented_table_and_rights_are_enough(self, postgres: Server) -> None:
        (statements,) = re.findall("```sql\n(.+?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
        postgres.execute(statements.replace("TO woowup;", "TO guarded;"))
        async with PostgresStore(postgres.url_of("guarded", PASSWORD)) as store:
            for _ in range(2):  # it creates a row, and changes it
                assert await store.swap(ACCOUNT, (await store.read(ACCOUNT)).version, b"blob")
            assert (await store.read(ACCOUNT)).blob == b"blob"

    async def test_nothing_is_prepared_and_no_transaction_stays_open(
        self, postgres: Server, store: PostgresStore
    ) -> None:
        for _ in range(8):
            version = (await store.read(ACCOUNT)).version
            assert await store.swap(ACCOUNT, version, b"blob")
        assert store._server is not None
        _, row = await store._server.execute("SELECT count(*) FROM pg_prepared_statements")

        assert row == (0,)
        assert postgres.one("SELECT state FROM pg_stat_activity WHERE usename = 'shop'") == "idle"

    async def test_names_and_sizes_are_checked(self, store: PostgresStore) -> None:
        for call in (store.read("a'b"), store.swap("a'b", 0, b"")):
            with pytest.raises(ValueError, match="letters and digits"):
                await call
        with pytest.raises(ValueError, match="at most"):
            await store.swap(ACCOUNT, 0, bytes(MAX_BLOB_BYTES + 1))

    async def test_it_is_used_inside_a_context(self, postgres: Server) -> None:
        store = PostgresStore(postgres.url)
        with pytest.raises(RuntimeError, match="async with"):
            await store.read(ACCOUNT)
        async with store:
            await store.read(ACCOUNT)
            with pytest.raises(RuntimeError, match="open already"):
                await store.__aenter__()
        await store.__aexit__(None, None, None)
        with pytest.raises(RuntimeError, match="async with"):
            await store.read(ACCOUNT)

    async def test_many_accounts_share_two_connections_that_are_closed_at_the_end(self, postgres: Server) -> None:
        async with SlowProxy(postgres.socket) as proxy, PostgresStore(through(proxy)) as store:
            async with anyio.create_task_group() as group:
                for number in range(50):
                    group.start_soon(store.swap, f"{number:032}", 0, b"blob")
            assert proxy.accepted == 2
            assert postgres.connections() == 2
        with anyio.fail_after(5):
            while postgres.connections():
                await anyio.lowlevel.checkpoint()


class TestFailures:
    @pytest.mark.slow
    async def test_a_server_that_crashes_and_forgets(self, postgres: Server, store: PostgresStore) -> None:
        await store.swap(ACCOUNT, 0, b"before")
        old = (await store.read(ACCOUNT)).version
        # after the death of one of its processes, the server ends all others and empties unlogged tables
        os.kill(int(postgres.one("SELECT pid FROM pg_stat_activity WHERE usename = 'shop'")), signal.SIGKILL)
        with pytest.raises(BudgetUnavailable, match="is unavailable: .+"):
            while True:
                await store.swap(ACCOUNT, old, b"late")
        with anyio.fail_after(20):
            found = None
            while found is None:
                try:
                    found = await store.read(ACCOUNT)
                except BudgetUnavailable:
                    await anyio.sleep(0.02)
        assert (found.version, found.blob) == (0, None)
        assert not await store.swap(ACCOUNT, old, b"late")
        assert await store.swap(ACCOUNT, 0, b"after")
        assert (await store.read(ACCOUNT)).version > old

    async def test_a_wrong_password(self, postgres: Server) -> None:
        async with PostgresStore(postgres.url_of("guarded", "hidden-1")) as store:
            with pytest.raises(BudgetUnavailable, match=r"//guarded:\*\*\*@.+password authentication failed") as caught:
                await store.read(ACCOUNT)
            assert not places_of("hidden-1", caught.value)
            assert not places_of("hidden-1", store)
            assert caught.value.__context__ is caught.value.__cause__ is None

    async def test_the_right_password_is_escaped_in_the_address(self, postgres: Server, store: PostgresStore) -> None:
        await store.read(ACCOUNT)
        postgres.execute("GRANT SELECT ON woowup_budget TO guarded")
        async with SlowProxy(postgres.socket) as proxy, PostgresStore(through(proxy, "guarded")) as guarded:
            assert (await guarded.read(ACCOUNT)).version == 0

    async def test_a_server_that_does_not_answer(self, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        async with SlowProxy(postgres.socket) as proxy, PostgresStore(through(proxy)) as store:
            assert await store.swap(ACCOUNT, 0, b"blob")
            proxy.hold()
            with monkeypatch.context() as quick:
                quick.setattr("woowup_async.budget.postgres.TIMEOUT", 0.05)
                for call in (store.read(ACCOUNT), store.swap(ACCOUNT, 0, b"late")):
                    with anyio.fail_after(4), pytest.raises(BudgetUnavailable, match=r"no answer within 0\.05 s"):
                        await call
            proxy.resume()
            assert (await store.read(ACCOUNT)).blob == b"blob"

    async def test_a_cancelled_call_ends_at_once(self, postgres: Server) -> None:
        async with SlowProxy(postgres.socket) as proxy, PostgresStore(through(proxy)) as store:
            await store.swap("a", 0, b"of a")
            await store.swap("b", 0, b"of b")
            proxy.hold()
            reading = asyncio.create_task(store.read("a"))
            await proxy.waiting.wait()
            # cancelled once: a scope of anyio would cancel again what waits for the server
            reading.cancel()
            done, _ = await asyncio.wait({reading}, timeout=4)
            assert done
            assert reading.cancelled()
            assert store._server is not None
            assert store._server._free == []
            proxy.resume()
            assert (await store.read("b")).blob == b"of b"

    async def test_a_connection_that_is_cut(self, postgres: Server) -> None:
        async with SlowProxy(postgres.socket) as proxy, PostgresStore(through(proxy)) as store:
            await store.swap(ACCOUNT, 0, b"blob")
            proxy.hold()
            async with anyio.create_task_group() as group:
                group.start_soon(self._fails, store)
                await proxy.waiting.wait()
                proxy.cut()
            proxy.resume()
            assert (await store.read(ACCOUNT)).blob == b"blob"

    async def _fails(self, store: PostgresStore) -> None:
        with pytest.raises(BudgetUnavailable):
            await store.read(ACCOUNT)

    async def test_an_idle_connection_that_the_server_closed_is_replaced(
        self, postgres: Server, store: PostgresStore
    ) -> None:
        await store.swap(ACCOUNT, 0, b"blob")
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop'")
        with anyio.fail_after(5):
            while postgres.connections():
                await anyio.lowlevel.checkpoint()

        assert (await store.read(ACCOUNT)).blob == b"blob"

    async def test_an_idle_connection_that_broke_is_replaced(self, store: PostgresStore) -> None:
        await store.swap(ACCOUNT, 0, b"blob")
        assert store._server is not None
        (idle,) = store._server._free
        idle.pgconn.finish()

        assert (await store.read(ACCOUNT)).blob == b"blob"

    async def test_a_server_that_is_read_only(self, postgres: Server) -> None:
        url = f"{postgres.url}&options=-c%20default_transaction_read_only%3Don"
        async with PostgresStore(postgres.url) as store, PostgresStore(url) as readonly:
            await store.swap(ACCOUNT, 0, b"blob")
            assert (await readonly.read(ACCOUNT)).blob == b"blob"
            with pytest.raises(BudgetUnavailable, match="read-only transaction"):
                await readonly.swap(ACCOUNT, 0, b"late")

    async def test_nothing_listens(self) -> None:
        async with PostgresStore("postgresql://ana:hidden-1@127.0.0.1:1/x") as store:
            with pytest.raises(BudgetUnavailable, match=r"ana:\*\*\*@127\.0\.0\.1:1/x is unavailable") as caught:
                await store.read(ACCOUNT)
            assert not places_of("hidden-1", caught.value)
