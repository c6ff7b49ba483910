"""Random faults, bad records and cancellations: the counts add up, and the account has exactly what was accepted."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import anyio
import pytest

from tests.support.official import purchase_line
from woowup_async import Accepted, InDoubt, RateLimit, Released, RetryPolicy, Timeouts, WoowUp, WoowUpError
from woowup_async._flow import Entity, Settled
from woowup_async.errors import TransportError
from woowup_async.events import RunEvent
from woowup_async.models import Identity
from woowup_async.outcomes import Outcome
from woowup_async.testing import Faults, Simulator

pytestmark = pytest.mark.untraced
USERS, PURCHASES = 5_000, 20_000
#: A high limit, so that nothing waits: this is about faults.
UNPACED = RateLimit(limit=1_000_000, segment=0.5)
IMPATIENT = Timeouts(connect=1, total=0.5)
QUICK = RetryPolicy(base=0.001, cap=0.01)
GIFTED = Identity(document="00000000")
RUNS = [
    pytest.param(0, 0.1, marks=pytest.mark.timeout(120)),
    # ten seconds on a free machine, two minutes on a busy one
    *(pytest.param(seed, 1.0, marks=[pytest.mark.long, pytest.mark.timeout(900)]) for seed in range(200)),
]


@dataclass
class Heard:
    """The outcomes of one run, by entity and key, and the records that got two."""

    outcomes: dict[tuple[Entity, str], Outcome] = field(default_factory=dict)
    twice: list[tuple[Entity, str]] = field(default_factory=list)

    def __call__(self, event: RunEvent) -> None:
        if isinstance(event, Settled):
            key = (event.entity, str(event.record.position))
            if key in self.outcomes:
                self.twice.append(key)  # an exception here would not reach the test
            self.outcomes[key] = event.outcome


def records(rng: Random, size: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return users and their purchases. Only the server refuses one in a hundred of each."""
    users = [
        {"document": f"{number:08}", "first_name": "poison" if rng.random() < 0.01 else "Ana"}
        for number in range(round(size * USERS))
    ]
    purchases = [
        purchase_line(number, document=rng.choice(users)["document"]) | {"channel": "web"}
        for number in range(round(size * PURCHASES))
    ]
    for purchase in purchases:
        purchase.pop("email")
        if rng.random() < 0.01:
            purchase["metadata"] = {"note": "poison"}
    return users, purchases


def refuses(record: dict[str, Any]) -> list[str]:
    return ["poison"] if "poison" in (record.get("first_name"), record.get("metadata", {}).get("note")) else []


async def add_points(woowup: WoowUp, count: int) -> None:
    """Send requests that must never be repeated, in parallel with all the others."""
    for number in range(count):
        try:
            await woowup.users.add_points(GIFTED, 1, description=f"gift {number}")
        except (TransportError, WoowUpError):
            continue


@pytest.mark.parametrize(("seed", "size"), RUNS)
@pytest.mark.slow
async def test_nothing_is_lost_doubled_or_invented(seed: int, size: float, tmp_path: Path) -> None:
    rng = Random(seed)
    users, purchases = records(rng, size)
    faults = Faults(0.10, seed, late=0.7, retry_after=0.02)
    inputs: dict[str, Any] = {"users": users, "purchases": purchases, "journal": tmp_path / "run.journal"}
    async with Simulator(RateLimit(limit=1_000_000), speed=60, faults=faults) as simulator:
        simulator.refuses = refuses
        options: dict[str, Any] = {"rate_limit": UNPACED, "retry": QUICK, "timeouts": IMPATIENT}
        async with (
            WoowUp(simulator.api_key, base_url=simulator.url, **options) as woowup,
            anyio.create_task_group() as tasks,
        ):
            began = time.monotonic()
            tasks.start_soon(add_points, woowup, 50)
            for _ in range(rng.randrange(3)):
                heard = Heard()
                with anyio.move_on_after(rng.uniform(0, 8 * size)):
                    await woowup.ingest(on_event=heard, **inputs)
                check(simulator, users, purchases, heard)
            heard = Heard()
            report = await woowup.ingest(on_event=heard, **inputs)
            print(f"seed {seed}: {simulator.requests} requests, {time.monotonic() - began:.1f} s")
    assert report.submitted == len(users) + len(purchases) == len(heard.outcomes)
    assert report.accepted + report.rejected + report.released + report.in_doubt == report.submitted
    assert report.released == 0
    check(simulator, users, purchases, heard)
    gifts = [each["description"] for history in simulator.transactions.values() for each in history]
    assert len(gifts) == len(set(gifts))


def check(simulator: Simulator, users: list[Any], purchases: list[Any], heard: Heard) -> None:
    """Check that accepted records are there, and that others were accepted before or are in doubt."""
    assert not heard.twice
    held = {user["document"] for user in simulator.users.values()}
    assert len(held) == len(simulator.users)
    numbers = {number for _, number in simulator.purchases}
    for entity, sent, there, name in (
        (Entity.USER, users, held, "document"),
        (Entity.PURCHASE, purchases, numbers, "invoice_number"),
    ):
        outcomes = {
            record[name]: heard.outcomes.get((entity, f"{entity.value}s:{index}")) for index, record in enumerate(sent)
        }
        for key, outcome in outcomes.items():
            if isinstance(outcome, Accepted):
                assert key in there, f"{entity.value} {key} was accepted and is not there"
            elif outcome is not None and not isinstance(outcome, InDoubt | Released):
                assert key not in there, f"{entity.value} {key} was rejected and is there"
        unread = {key for key, outcome in outcomes.items() if isinstance(outcome, InDoubt | Released | None)}
        assert there - unread == {key for key, outcome in outcomes.items() if isinstance(outcome, Accepted)}
