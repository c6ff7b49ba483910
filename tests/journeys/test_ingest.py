"""Whole runs: the client, its limiter and its pipeline with the simulator, over real sockets."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any, NamedTuple

import pydantic
import pytest
from rich.console import Console

from tests.support.official import purchase_line
from woowup_async import IngestPolicy, RateLimit, RetryPolicy, SessionPool, Timeouts, User, WoowUp, errors
from woowup_async._flow import Settled
from woowup_async._samples import MAPPING, ORDERS
from woowup_async.cli.connection import Connection
from woowup_async.cli.display.progress import Display, Watchers
from woowup_async.cli.files import Files, sources
from woowup_async.cli.job import Job, run_job
from woowup_async.events import RunEvent
from woowup_async.outcomes import Accepted, Rejected
from woowup_async.sources import Entity, Mapping, open_source
from woowup_async.testing import Scripted, Simulator

#: All days, if they are next to the checkout; otherwise the sample day.
DAYS = Path(__file__).parents[3] / "shared" / "data" / "online-retail"
QUICK = RetryPolicy(base=0.01, cap=0.1)


def account(simulator: Simulator, **options: Any) -> WoowUp:
    limit = RateLimit(segment=simulator.segment)
    return WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit, retry=QUICK, **options)


@pytest.mark.untraced
async def test_a_day_of_real_orders_arrives_to_the_cent() -> None:
    columns = Mapping.load(MAPPING)
    users, purchases = (open_source(ORDERS, entity, columns) for entity in (Entity.USER, Entity.PURCHASE))
    async with Simulator(speed=60) as simulator, account(simulator) as woowup:
        report = await woowup.ingest(users, purchases)
    assert report.users.rows == report.purchases.rows == 3_108
    assert report.accepted + report.rejected == report.submitted
    assert (len(simulator.purchases), len(simulator.users)) == (report.purchases.accepted, 98)
    assert simulator.requests == report.requests
    assert simulator.throttled == report.throttled == simulator.duplicates == len(simulator.orphans) == 0
    totals = {number: body["prices"]["total"] for (_, number), body in simulator.purchases.items()}
    assert totals["536365"] == 139.12


@pytest.mark.untraced
@pytest.mark.parametrize("count", [2, pytest.param(16, marks=pytest.mark.long)])
@pytest.mark.slow
async def test_days_of_real_orders_as_the_command_sends_them(count: int) -> None:
    """Every row is in one record, the account has exactly the accepted records, and only the mapping left some out."""
    days = [str(path) for path in sorted(DAYS.glob("*.csv"))][:count] or [str(ORDERS)]
    columns, accepted = Mapping.load(MAPPING), set[str]()

    def hear(event: RunEvent) -> None:
        if isinstance(event, Settled) and event.entity is Entity.PURCHASE and isinstance(event.outcome, Accepted):
            accepted.add(event.record.raw["invoice_number"])

    async with Simulator(speed=60) as simulator:
        users, purchases = (sources(Files(columns), entity, days) for entity in (Entity.USER, Entity.PURCHASE))
        limit = RateLimit(segment=simulator.segment)
        watchers = Watchers(Display(Console(quiet=True)), hear)
        ending = await run_job(
            Job(users, purchases, Connection(simulator.url, rate_limit=limit), simulator.api_key), watchers
        )
    report, rows = ending.report, sum(len(Path(day).read_text().splitlines()) - 1 for day in days)
    assert (ending.code, report.released, report.in_doubt) == (0, 0, 0)
    assert report.users.rows == report.purchases.rows == rows
    assert {number for _, number in simulator.purchases} == accepted
    assert len(simulator.users) == report.users.effects["created"]
    assert simulator.throttled == simulator.duplicates == len(simulator.orphans) == 0


@pytest.mark.untraced
@pytest.mark.slow
async def test_saturating_a_shrunken_account_is_never_refused() -> None:
    """Keep eight requests in flight on a real loop, for many segments of half a second."""
    async with Simulator(speed=60) as simulator, account(simulator) as woowup:
        report = await woowup.ingest(users=[User(document=str(number)) for number in range(400)])
    assert (report.users.accepted, simulator.throttled) == (400, 0)


async def test_bad_records_gateway_errors_and_lost_answers_do_not_change_the_result() -> None:
    lines = [purchase_line(number) for number in range(302)]  # three full batches, and two refused locally
    bad = {number: line | {"purchase_detail": [{"sku": "AB", "quantity": 1, "unit_price": 1}], "seller": {"name": "x"}}
           for number, line in enumerate(lines) if number in (7, 130)}  # fmt: skip
    async with Simulator(speed=60) as simulator, account(simulator) as woowup:
        await woowup.users.create(User(email="ana@example.com"))
        simulator.script(Scripted(502, b"<html>", "text/html"), Scripted(drop=True, process=True), Scripted(drop=True))
        report = await woowup.ingest(purchases=[bad.get(number, line) for number, line in enumerate(lines)])
    assert (report.accepted, report.rejected, report.in_doubt) == (300, 2, 0)
    assert len(simulator.purchases) == 300
    assert simulator.duplicates == 100  # one batch was processed, its answer was lost, and it was sent again


async def test_a_refused_bulk_request_is_split_and_all_its_records_arrive() -> None:
    purchases = [purchase_line(number) for number in range(40)]
    purchases[11]["payment"] = {"type": "cash", "card_first_digits": "123456", "total": 1}
    async with Simulator(speed=60) as simulator, account(simulator) as woowup:
        await woowup.users.create(User(email="ana@example.com"))
        refusal = json.dumps({"payload": {"errors": ["x"]}, "message": "bad", "code": "bad_request"}).encode()
        simulator.script(Scripted(400, refusal), Scripted(400, refusal))
        report = await woowup.ingest(purchases=purchases)
    assert (report.accepted, len(simulator.purchases)) == (40, 40)


async def test_a_deleted_account_ends_the_run() -> None:
    async with Simulator(speed=60) as simulator, account(simulator) as woowup:
        simulator.account_deleted = True
        with pytest.raises(errors.AccountGone) as excinfo:
            await woowup.ingest(users=[User(document="1")])
    assert excinfo.value.report is not None


async def test_calls_and_their_errors() -> None:
    async with Simulator(speed=60) as simulator, account(simulator) as woowup:
        stored = await woowup.users.create(User(email="ana@example.com", street="Calle 1"))
        assert (stored.email, stored.address) == ("ana@example.com", "Calle 1")
        with pytest.raises(errors.UserExists):
            await woowup.users.create(User(email="ana@example.com"))
        assert await woowup.users.exists(email="ana@example.com")
        assert not await woowup.users.exists(document="9")
        assert (await woowup.users.update(User(email="ana@example.com", city="Salta"))).city == "Salta"
        assert (await woowup.purchases.create(purchase_line())).code == "ok"
        with pytest.raises(errors.BadRequest, match="duplicated_purchase_number"):
            await woowup.purchases.create(purchase_line())
        with pytest.raises(errors.NotFound, match="user_not_found"):
            await woowup.purchases.create(purchase_line(email="x@y.z"))
        assert (await woowup.purchases.create_bulk([purchase_line(2), purchase_line(3)])).code == "ok"


async def test_two_accounts_share_connections_not_budgets() -> None:
    pool, users = SessionPool(max_connections=4), [User(document=str(number)) for number in range(60)]
    async with Simulator(speed=60, api_key="a") as first, Simulator(speed=60, api_key="b") as second, pool:
        limit = RateLimit(segment=first.segment)
        accounts = [pool.account(each.api_key, base_url=each.url, rate_limit=limit) for each in (first, second)]
        await asyncio.gather(*(one.ingest(users) for one in accounts))
    assert (len(first.users), len(second.users), first.throttled + second.throttled) == (60, 60, 0)


async def test_two_ingests_of_one_account_share_its_budget() -> None:
    async with Simulator(speed=60) as simulator, account(simulator) as woowup:
        halves = [[User(document=str(number)) for number in half] for half in (range(100), range(100, 200))]
        await asyncio.gather(*(woowup.ingest(half) for half in halves))
    assert (len(simulator.users), simulator.throttled) == (200, 0)


async def test_a_handler_does_not_hang_through_a_cooldown() -> None:
    timeouts = Timeouts(admit=0.05)
    refusal = json.dumps({"payload": [], "message": "", "code": "too_many_request"}).encode()
    async with Simulator() as simulator, account(simulator, timeouts=timeouts) as woowup:
        simulator.script(Scripted(429, refusal, headers={"Retry-After": "18"}))
        with pytest.raises(errors.AdmissionTimeout) as excinfo:
            await woowup.users.exists(document="1")
    assert 17 < excinfo.value.retry_after < 31  # until the cooldown ends, or until a permit is free after it


async def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    users, simulator = (
        [User(email="ana@example.com"), {"email": "eva@example.com", "zzz": 1}],
        Simulator(api_key="s3cret-key"),
    )
    async with simulator, account(simulator, ingest=IngestPolicy(strict=True)) as woowup:
        await woowup.ingest(users)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("woowup_async")]
    assert len(ours) == 1
    assert "run settled: 2 submitted, 1 accepted, 1 rejected" in ours[0]
    assert not any(secret in "".join(ours) for secret in ("s3cret-key", "@example.com"))


class Customer(NamedTuple):
    email: str
    points: float | None = None


class Order(pydantic.BaseModel):
    number: str = pydantic.Field(serialization_alias="invoice_number")
    mail: str = pydantic.Field(serialization_alias="email")
    lines: list[dict[str, Any]] = pydantic.Field(serialization_alias="purchase_detail")
    prices: dict[str, Any] = {"total": 1}


async def test_rows_and_models_of_other_libraries_are_records(tmp_path: Path) -> None:
    """In each face of ingestion; and a refused one can be sent again from the dead letters."""
    line = {"sku": "AB", "quantity": 1, "unit_price": 1}
    orders = [Order(number=f"F-{number}", mail="ana@b.co", lines=[line]) for number in range(3)]
    bad = Order(number="F-3", mail="ana@b.co", lines=[line | {"quantity": 1.5}])
    async with Simulator(speed=60) as simulator, account(simulator) as woowup:
        first, again = [
            await woowup.ingest([Customer("ana@b.co", float("nan"))], orders, journal=tmp_path / "journal")
            for _ in range(2)
        ]
        assert first.purchases.effects == {"queued": 3}
        assert (again.submitted, again.requests) == (4, 0)
        async with woowup.ingester(outbox=tmp_path / "outbox", dead_letters=tmp_path / "dead.jsonl") as ingester:
            assert isinstance(await (await ingester.submit(Customer("eva@b.co"), entity="user")), Accepted)
            assert isinstance((await ingester.submit(bad)).outcome, Rejected)
    assert {user["email"] for user in simulator.users.values()} == {"ana@b.co", "eva@b.co"}
    (letter,) = (json.loads(text) for text in (tmp_path / "dead.jsonl").read_text().splitlines())
    assert letter["raw"]["invoice_number"] == "F-3"
    assert letter["reasons"][0]["path"] == "purchase_detail[0].quantity"
