"""Runs that share a ledger in PostgreSQL: each record is sent once, and nothing is lost when a process is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import anyio
import pytest

from tests.support.journals import item
from tests.support.ledgers import schema
from tests.support.official import purchase_line
from tests.support.postgres import Server
from woowup_async import IngestPolicy, RateLimit, WoowUp
from woowup_async._flow import Entity, Settled
from woowup_async._ledger import connections
from woowup_async._ledger.ledger import PostgresLedger
from woowup_async._ledger.reader import PostgresReader
from woowup_async._transport.credentials import ApiKey
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import JournalError
from woowup_async.events import RequestSent, RunEvent
from woowup_async.outcomes import Accepted, Report
from woowup_async.testing import Simulator

USERS = [{"email": "ana@example.com"}]


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with schema(postgres) as found:
        yield found


def lines(count: int) -> list[dict[str, object]]:
    return [purchase_line(number) for number in range(count)]


class Heard:
    """What one run did."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.outcomes: dict[str, object] = {}

    def hear(self, event: RunEvent) -> None:
        if isinstance(event, RequestSent):
            self.sent.update(str(record.raw["invoice_number"]) for record in event.records if "prices" in record.raw)
        elif isinstance(event, Settled) and event.entity == "purchase":
            assert event.key not in self.outcomes
            self.outcomes[event.key] = event.outcome


async def run(simulator: Simulator, url: str, count: int, heard: Heard, *, users: bool = True) -> Report:
    limit = RateLimit(segment=simulator.segment)
    async with WoowUp(
        simulator.api_key, base_url=simulator.url, rate_limit=limit, ingest=IngestPolicy(drain=5)
    ) as woowup:
        return await woowup.ingest(USERS if users else None, lines(count), journal=url, on_event=heard.hear)


@pytest.mark.slow
async def test_two_runs_at_once_send_each_purchase_once(url: str) -> None:
    first, second = Heard(), Heard()
    async with Simulator(speed=200, latency=0.02) as simulator:
        await run(simulator, url, 0, Heard())
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run, simulator, url, 700, first)
            tasks.start_soon(run, simulator, url, 700, second)
        assert {number for _, number in simulator.purchases} == {str(one["invoice_number"]) for one in lines(700)}
        assert simulator.duplicates == 0
        requests = simulator.requests
        again = Heard()
        report = await run(simulator, url, 700, again)
        assert simulator.requests == requests
    assert report.purchases.effects == {"unchanged": 700}
    sent = first.sent + second.sent
    assert set(sent.values()) == {1}
    assert len(sent) == 700
    for heard in (first, second):
        assert len(heard.outcomes) == 700
        assert set(heard.outcomes.values()) <= {Accepted("queued"), Accepted("unchanged")}


@pytest.mark.slow
async def test_what_a_dead_process_had_claimed_is_sent_when_its_lease_ends(postgres: Server, url: str) -> None:
    heard, name = Heard(), url.rpartition("%3D")[2]
    async with Simulator(speed=200) as simulator:
        await run(simulator, url, 0, Heard())
        dead = PostgresLedger(Dsn(url), ApiKey(simulator.api_key).mark)
        await dead.begin([])
        await dead.claim(Entity.PURCHASE, [item(f"F-{number:04}", "other content") for number in range(3)])
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run, simulator, url, 50, heard)
            while len(heard.outcomes) < 47:
                await anyio.sleep(0.01)
            assert len(simulator.purchases) == 47
            postgres.execute(
                f"UPDATE {name}.woowup_writer SET until = clock_timestamp() - interval '1 s' WHERE id = {dead._writer}"
            )
        assert len(simulator.purchases) == 50
        await dead.aclose()
    assert len(heard.outcomes) == 50
    # the content that may have been processed is another one: they are created, or updated if they exist
    assert set(heard.outcomes.values()) == {Accepted("queued"), Accepted("created")}


@pytest.mark.slow
async def test_what_a_dead_process_left_is_sent_in_one_request(postgres: Server, url: str) -> None:
    heard, name = Heard(), url.rpartition("%3D")[2]
    async with Simulator(speed=200) as simulator:
        await run(simulator, url, 20, Heard())
        dead = PostgresLedger(Dsn(url), ApiKey(simulator.api_key).mark)
        await dead.begin([])
        postgres.execute(  # as if it had been killed before the answer
            f"INSERT INTO {name}.woowup_claim SELECT account, {dead._writer}, 1, entity, array_agg(key), "
            f"array_agg(digest), array_agg(position) FROM {name}.woowup_record WHERE entity = 5 GROUP BY 1, 4",
            f"DELETE FROM {name}.woowup_record WHERE entity = 5",
        )
        requests = simulator.requests
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run, simulator, url, 21, heard)
            while len(heard.outcomes) < 1:
                await anyio.sleep(0.01)
            postgres.execute(
                f"UPDATE {name}.woowup_writer SET until = clock_timestamp() - interval '1 s' WHERE id = {dead._writer}"
            )
        await dead.aclose()
        assert simulator.requests - requests <= 3  # the user, the new purchase, and what was left
        assert (len(simulator.purchases), simulator.duplicates) == (21, 20)
    assert len(heard.outcomes) == 21


@pytest.mark.slow
async def test_a_server_that_goes_away_changes_no_outcome(
    postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.0)
    heard, name = Heard(), url.rpartition("%3D")[2]

    def break_it(event: RunEvent) -> None:
        heard.hear(event)
        if isinstance(event, RequestSent) and event.status == 200 and sum(heard.sent.values()) == 200:
            postgres.execute(f"ALTER TABLE {name}.woowup_record RENAME TO gone")

    async with Simulator(speed=200) as simulator:
        await run(simulator, url, 0, Heard())
        async with WoowUp(
            simulator.api_key, base_url=simulator.url, rate_limit=RateLimit(segment=simulator.segment)
        ) as woowup:
            with pytest.raises(JournalError, match="woowup_record") as caught:
                await woowup.ingest(purchases=lines(1_000), journal=url, on_event=break_it)
            there = {number for _, number in simulator.purchases}
            assert 200 <= len(there) < 1_000
            for key, outcome in heard.outcomes.items():
                assert isinstance(outcome, Accepted) == (key in there), outcome
            report = caught.value.report
            assert isinstance(report, Report)
            assert report.submitted == len(heard.outcomes)
            postgres.execute(f"ALTER TABLE {name}.gone RENAME TO woowup_record")
            again = await woowup.ingest(purchases=lines(1_000), journal=url)
        assert again.accepted == 1_000
        assert len(simulator.purchases) == 1_000


@pytest.mark.slow
async def test_an_ingester_looks_a_purchase_up(url: str) -> None:
    async with Simulator(speed=200) as simulator:
        await run(simulator, url, 1, Heard())
        async with (
            WoowUp(
                simulator.api_key, base_url=simulator.url, rate_limit=RateLimit(segment=simulator.segment)
            ) as woowup,
            woowup.ingester(journal=url) as ingester,
        ):
            receipt = await ingester.submit(purchase_line(1))
            assert isinstance(await receipt, Accepted)
            for number in ("F-0000", "F-0001"):
                entry = await ingester.look_up(number)
                assert entry is not None
                assert isinstance(entry.outcome, Accepted)
            assert await ingester.look_up("F-0002") is None


@pytest.mark.slow
async def test_a_run_that_was_paused_beyond_its_lease_ends(postgres: Server, url: str) -> None:
    heard, name = Heard(), url.rpartition("%3D")[2]
    requests = 0

    def pause(event: RunEvent) -> None:
        nonlocal requests
        heard.hear(event)
        if isinstance(event, RequestSent) and event.status == 200 and sum(heard.sent.values()) >= 200 and not requests:
            requests = simulator.requests
            postgres.execute(f"UPDATE {name}.woowup_writer SET until = clock_timestamp() - interval '1 s'")

    async with Simulator(speed=200, latency=0.02) as simulator:
        await run(simulator, url, 0, Heard())
        async with WoowUp(
            simulator.api_key, base_url=simulator.url, rate_limit=RateLimit(segment=simulator.segment)
        ) as woowup:
            with pytest.raises(JournalError, match="was not heard for longer than its lease") as caught:
                await woowup.ingest(purchases=lines(2_000), journal=url, on_event=pause)
            assert simulator.requests - requests <= 8
            assert sum(heard.sent.values()) < 2_000
            report = caught.value.report
            assert isinstance(report, Report)
            assert report.submitted == len(heard.outcomes)
            there = {number for _, number in simulator.purchases}
            reader = PostgresReader(Dsn(url), ApiKey(simulator.api_key).mark)
            for key, outcome in heard.outcomes.items():
                if isinstance(outcome, Accepted):
                    entry = reader.find(Entity.PURCHASE, key)
                    assert key in there
                    assert entry is not None
                    assert entry.outcome == outcome
            reader.close()
            again = await woowup.ingest(purchases=lines(2_000), journal=url)
        assert again.accepted == 2_000
        assert len(simulator.purchases) == 2_000
        assert simulator.duplicates == 0  # all answers came, and ended the doubt


@pytest.mark.untraced
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.long)])
@pytest.mark.long
async def test_one_of_two_processes_is_killed_again_and_again(seed: int, url: str, tmp_path: Path) -> None:
    rng, count = Random(seed), 4_000
    source = tmp_path / "purchases.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in lines(count)))
    async with Simulator(speed=60, latency=0.05) as simulator:
        command = [
            sys.executable, "-m", "woowup_async", "backfill", "--base-url", simulator.url, "--segment",
            str(simulator.segment), "--journal", "env:LEDGER_URL", "--purchases", str(source),
        ]  # fmt: skip
        environment = os.environ | {"WOOWUP_API_KEY": simulator.api_key, "LEDGER_URL": url}

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        async with WoowUp(simulator.api_key, base_url=simulator.url) as woowup:
            await woowup.ingest(USERS)
        steady, kills = start(), 0
        while steady.poll() is None and kills < 5:
            victim, before = start(), simulator.requests
            while victim.poll() is None and simulator.requests < before + 4:
                await anyio.sleep(0.005)
            await anyio.sleep(rng.uniform(0, 0.05))
            kills += victim.poll() is None
            victim.send_signal(signal.SIGKILL)
            await anyio.to_thread.run_sync(victim.wait)
        code = await anyio.to_thread.run_sync(steady.wait)
        assert code == 0
        assert {number for _, number in simulator.purchases} == {str(one["invoice_number"]) for one in lines(count)}
        assert simulator.duplicates <= 8 * 100 * max(kills, 1)
        print(f"{kills} kills: {simulator.requests} requests, {simulator.duplicates} purchases sent twice")
    reader = PostgresReader(Dsn(url))
    assert reader.status().counts["purchase"] == {"accepted": count}
    reader.close()
