"""The plugin in an app, without sockets: lifespan, dependencies, problems, health."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import FastAPI, Request

from tests.support.asgi import SCOPE, asked
from tests.support.official import purchase_line
from tests.support.secrets import places_of
from woowup_async import BatchPolicy, SessionPool, WoowUp, errors
from woowup_async._transport.credentials import ApiKey
from woowup_async.contrib.accounts import Accounts
from woowup_async.contrib.fastapi import ClientDependency, IngesterDependency, WoowUpPlugin, accept, problem
from woowup_async.errors import Reason
from woowup_async.ports import State
from woowup_async.testing import Scripted, Simulator


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        simulator._account.create_user({"email": "ana@example.com"})
        yield simulator


def plugin_of(simulator: Simulator, **options: Any) -> WoowUpPlugin:
    return WoowUpPlugin(simulator.api_key, base_url=simulator.url, **options)


@pytest.mark.parametrize(
    ("given", "variable", "is_shared"),
    [
        ({}, None, True), ({}, "none", False), ({"budget": None}, "host", False), ({"budget": "none"}, "host", False),
        ({"budget": "host"}, "none", True),
    ],
)  # fmt: skip
async def test_the_workers_of_a_machine_share_the_budget_by_default(
    simulator: Simulator, given: Any, variable: str | None, is_shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable is not None:
        monkeypatch.setenv("WOOWUP_BUDGET", variable)
    woowup = plugin_of(simulator, **given)
    async with woowup.lifespan(None):
        assert (woowup.client.statistics().budget is not None) is is_shared


async def test_a_pool_s_budget_counts(simulator: Simulator) -> None:
    async with SessionPool() as pool:
        woowup = plugin_of(simulator, pool=pool)
        async with woowup.lifespan(None):
            assert woowup.client.statistics().budget is None
        with pytest.raises(ValueError, match="give the budget to the SessionPool"):
            await plugin_of(simulator, pool=pool, budget="host").lifespan(None).__aenter__()


async def test_an_app_needs_three_lines(simulator: Simulator) -> None:
    woowup = plugin_of(simulator)
    app = FastAPI(lifespan=woowup.lifespan)
    woowup.install(app)

    @app.get("/order")
    async def order(ingester: IngesterDependency) -> str:
        return str(accept(ingester, purchase_line()).record.position)

    @app.get("/ask")
    async def ask(client: ClientDependency) -> bool:
        return await client.users.exists(email="ana@example.com")

    with pytest.raises(RuntimeError, match="not open"):
        _ = woowup.ingester
    with pytest.raises(RuntimeError, match="not open"):
        _ = woowup.client
    assert [(await asked(app, f"/health/woowup{path}"))[0] for path in ("", "/live", "/ready")] == [200, 200, 503]
    assert json.loads((await asked(app, "/health/woowup"))[1])["status"] == "starting"
    async with app.router.lifespan_context(app):
        assert await asked(app, "/order") == (200, b'"submitted:1"')
        assert await asked(app, "/ask") == (200, b"true")
        status, body = await asked(app, "/health/woowup")
        assert status == 200
        assert b'"unsettled":1' in body
        assert {"status": "ok", "reason": "", "advice": "", "live": True, "ready": True}.items() <= json.loads(
            body
        ).items()
        assert [(await asked(app, f"/health/woowup{path}"))[0] for path in ("/live", "/ready")] == [200, 200]
        assert simulator.api_key.encode() not in body
    assert len(simulator.purchases) == 1


async def test_a_dead_ingester_is_neither_live_nor_ready(simulator: Simulator) -> None:
    woowup = plugin_of(simulator)
    app = FastAPI(lifespan=woowup.lifespan)
    woowup.install(app, health="/h")
    simulator.account_deleted = True
    with pytest.raises(errors.AccountGone):
        async with app.router.lifespan_context(app):
            for number in (1, 2):
                await woowup.ingester.submit(purchase_line(number))
            with pytest.raises(errors.AccountGone):
                await woowup.ingester.flush()
            for path in ("/h/live", "/h/ready"):
                status, body = await asked(app, path)
                assert status == 503
                assert json.loads(body)["reason"] == "account_deleted"
            assert (await asked(app, "/h"))[0] == 200


async def test_a_record_that_waits_too_long(simulator: Simulator) -> None:
    woowup = plugin_of(simulator, overdue_after=0.0)
    app = FastAPI(lifespan=woowup.lifespan)
    woowup.install(app)
    async with app.router.lifespan_context(app):
        await woowup.ingester.submit(purchase_line(1))
        assert [(await asked(app, f"/health/woowup{path}"))[0] for path in ("/live", "/ready")] == [200, 503]
        await woowup.ingester.flush()
        assert (await asked(app, "/health/woowup/ready"))[0] == 200


async def test_two_workers_with_the_same_three_lines(simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "orders.outbox"
    one, two = (plugin_of(simulator, outbox=path, dead_letters=tmp_path / "bad.jsonl") for _ in range(2))
    async with one.lifespan(FastAPI()), two.lifespan(FastAPI()):
        await (await one.ingester.submit(purchase_line(1)))
        found = await two.find("F-0001")
        assert found is not None
        assert found.state is State.ACCEPTED
        assert await one.find("F-0001") is not None
        assert await one.find("F-0002") is None
    assert {each.name for each in tmp_path.glob("*.outbox")} == {"orders.outbox", "orders.1.outbox"}


async def test_around_another_lifespan(simulator: Simulator) -> None:
    woowup, seen = plugin_of(simulator), list[str]()

    @asynccontextmanager
    async def mine(app: Any) -> AsyncIterator[dict[str, int]]:
        seen.append(repr(woowup.client))
        yield {"mine": 1}
        await woowup.ingester.submit(purchase_line())  # still open

    app = FastAPI(lifespan=woowup.around(mine))
    async with app.router.lifespan_context(app) as state:
        assert state == {"mine": 1}
    assert len(seen) == len(simulator.purchases) == 1


@pytest.mark.parametrize("has_outbox", [False, True])
async def test_an_error_of_the_app_comes_as_itself(simulator: Simulator, tmp_path: Path, *, has_outbox: bool) -> None:
    woowup = plugin_of(simulator, **({"outbox": tmp_path / "o.outbox"} if has_outbox else {}))
    app = FastAPI(lifespan=woowup.lifespan)
    with pytest.raises(KeyError, match="mine"):
        async with app.router.lifespan_context(app):
            raise KeyError("mine")


E = "purchases.create"


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (errors.InvalidRecord([Reason("a[0].b", "is wrong")]), 422, None),
        (anyio.WouldBlock(), 503, "1"),
        (errors.AdmissionTimeout(2, 17.2), 503, "18"),
        (errors.Throttled(E, 429, "too_many_request", "", retry_after=3), 503, "3"),
        (errors.JournalError("the disk is full"), 503, "1"),
        (errors.NotSent(E, "cannot connect"), 502, "1"),
        (errors.NotFound(E, 404, "user_not_found", ""), 404, None),
        (errors.BadRequest(E, 400, "bad_request", ""), 400, None),
        (errors.Forbidden(E, 403, "forbidden", "the key"), 502, None),
        (errors.ServerError(E, 500, "", ""), 502, None),
        (errors.UnexpectedReply(E, 200, "", "html"), 502, None),
        (errors.SourceError("x"), 502, None),
    ],
)
async def test_problems(error: Exception, status: int, retry_after: str | None) -> None:
    response = await problem(Request(SCOPE), error)
    assert (response.status_code, response.headers.get("retry-after")) == (status, retry_after)
    assert response.media_type == "application/problem+json"
    assert b"key" not in bytes(response.body)


async def test_an_invalid_purchase_is_a_422_with_its_reasons(simulator: Simulator) -> None:
    async with WoowUp(simulator.api_key, base_url=simulator.url) as client, client.ingester() as ingester:
        with pytest.raises(errors.InvalidRecord, match=r"purchase_detail"):
            accept(ingester, {"email": "a@b.c", "invoice_number": "1"})


class TestAccounts:
    async def test_each_account_has_one_ingester_and_idle_ingesters_are_closed(self, tmp_path: Path) -> None:
        async with Simulator(api_key="a") as first, SessionPool() as pool:
            first._account.create_user({"email": "ana@example.com"})
            options: dict[str, Any] = {"base_url": first.url, "idle": 1.0}
            async with Accounts(pool, outbox=lambda key: tmp_path / "a.outbox", **options) as accounts:
                one, again = await asyncio.gather(accounts.ingester("a"), accounts.ingester("a"))
                assert one is again
                await (await one.submit(purchase_line(1)))
                while len(accounts):
                    await anyio.sleep(0.02)
                other = await accounts.ingester("a")
                assert other is not one
                await other.submit(purchase_line(2))
        assert len(first.purchases) == 2  # drained on leaving

    async def test_an_ingester_with_unsettled_records_is_not_idle(self) -> None:
        async with Simulator(api_key="a", latency=0.5) as slow, SessionPool() as pool:
            slow._account.create_user({"email": "ana@example.com"})
            options: dict[str, Any] = {"base_url": slow.url, "batch": BatchPolicy(linger=0)}
            async with Accounts(pool, idle=0.02, **options) as accounts:
                ingester = await accounts.ingester("a")
                receipt = ingester.submit_nowait(purchase_line(1))
                while receipt.outcome is None:
                    assert not accounts._slots[ApiKey("a")].is_leaving
                    await anyio.sleep(0.01)

    async def test_an_error_on_opening_is_raised_for_each_caller(self, tmp_path: Path) -> None:
        async with SessionPool() as pool, Accounts(pool, outbox=lambda key: tmp_path) as accounts:
            for _ in range(2):
                with pytest.raises(errors.JournalError):
                    await accounts.ingester("a")
        with pytest.raises(RuntimeError, match="not open"):
            await accounts.ingester("a")

    @pytest.mark.parametrize("error", [KeyError("mine"), errors.Forbidden("x", 403, "forbidden", "y")])
    async def test_the_callers_exception_is_not_wrapped(self, error: Exception) -> None:
        async with Simulator(api_key="a") as simulator, SessionPool() as pool:

            async def used() -> None:
                async with Accounts(pool, base_url=simulator.url) as accounts:
                    await accounts.ingester("a")
                    raise error

            with pytest.raises(type(error)) as excinfo:
                await used()
        assert excinfo.value is error

    async def test_a_cancellation_from_outside_ends_them(self) -> None:
        async with Simulator(api_key="a") as simulator, SessionPool() as pool:

            async def used() -> None:
                async with Accounts(pool, base_url=simulator.url) as accounts:
                    await accounts.ingester("a")
                    await anyio.sleep_forever()

            with anyio.move_on_after(0.1) as scope:
                await used()
            assert scope.cancelled_caught
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await used()

    async def test_no_key_can_be_seen(self, tmp_path: Path) -> None:
        key = "accounts-key-77"
        async with Simulator(api_key=key) as simulator, SessionPool() as pool:
            async with Accounts(pool, base_url=simulator.url) as accounts:
                ingester = await accounts.ingester(key)
                for shown in (accounts, pool, ingester):
                    assert places_of(key, shown) == []
            for bad in ("", "tab\tkey", "ñ"):
                async with Accounts(pool, base_url=simulator.url) as accounts:
                    with pytest.raises(ValueError, match="printable ASCII"):
                        await accounts.ingester(bad)
            plugin = WoowUpPlugin(key, base_url=simulator.url)
            assert places_of(key, plugin) == []
            async with plugin.lifespan(FastAPI()):
                assert places_of(key, plugin) == []

    @pytest.mark.slow
    async def test_a_dead_account_harms_no_other(self) -> None:
        async with Simulator(api_key="a") as good, SessionPool() as pool:
            good._account.create_user({"email": "ana@example.com"})
            async with Accounts(pool, base_url=good.url) as accounts:
                dead, alive = await accounts.ingester("b"), await accounts.ingester("a")
                await (await dead.submit(purchase_line(1)))
                outcome = await (await alive.submit(purchase_line(1)))
                assert getattr(outcome, "effect", None) == "queued"
                good.script(Scripted(200, b"", "text/html"))
