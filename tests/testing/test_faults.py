"""Each fault does what its name says, and the library raises the right error."""

from typing import Any

import pytest

from tests.support.official import purchase_line
from woowup_async import RateLimit, RetryPolicy, Timeouts, WoowUp, errors
from woowup_async.testing import Faults, Scripted, Simulator
from woowup_async.testing.faults import KINDS

ONCE = RetryPolicy(attempts=1)
#: The error that a caller gets for each kind, and whether the server processed the request.
SEEN: dict[str, tuple[type[errors.WoowUpError] | None, bool]] = {
    "throttled": (errors.Throttled, False),
    "internal_error": (errors.ServerError, False),
    "bad_gateway": (errors.ServerError, False),
    "unavailable": (errors.ServerError, False),
    "gateway_timeout": (errors.ServerError, False),
    "gateway_timeout_processed": (errors.ServerError, True),
    "reset_before": (errors.ReplyLost, False),
    "reset_after": (errors.ReplyLost, True),
    "late": (errors.ReplyLost, True),
    "truncated": (errors.ReplyLost, True),
    "slow": (None, True),
    "page": (errors.UnexpectedReply, False),
    "no_headers": (None, True),
}


def client(simulator: Simulator, url: str | None = None, **options: Any) -> WoowUp:
    timeouts = Timeouts(total=0.3)
    return WoowUp(simulator.api_key, base_url=url or simulator.url, retry=ONCE, timeouts=timeouts, **options)


def test_every_kind_is_in_the_table() -> None:
    assert SEEN.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
async def test_a_fault_raises_its_error(kind: str) -> None:
    error, is_processed = SEEN[kind]
    async with Simulator() as simulator, client(simulator) as woowup:
        simulator.script(Faults(1, late=0.6).of(kind))
        if error is None:
            await woowup.users.create({"document": "1"})
        else:
            with pytest.raises(error):
                await woowup.users.create({"document": "1"})
    assert len(simulator.users) == is_processed


async def test_an_answer_without_rate_limit_headers() -> None:
    async with Simulator() as simulator, client(simulator) as woowup:
        simulator.script(Scripted(genuine=True, bare=True))
        await woowup.users.create({"document": "1"})
        assert woowup.statistics().phase_uncertainty is None


async def test_a_server_without_tls() -> None:
    async with Simulator() as simulator, client(simulator, simulator.tls_url) as woowup:
        with pytest.raises(errors.NotSent, match="no trusted TLS connection|cannot connect|broke"):
            await woowup.users.create({"document": "1"})
    assert simulator.requests == 0


async def test_a_maximum_body_size_and_an_index() -> None:
    async with Simulator(max_body_bytes=1_000, names_index=True) as simulator, client(simulator) as woowup:
        await woowup.users.create({"email": "ana@example.com"})
        with pytest.raises(errors.BadRequest) as excinfo:
            await woowup.purchases.create_bulk([purchase_line(number) for number in range(20)])
        assert excinfo.value.status == 413
        simulator.refuses = lambda record: ["bad"] if record["invoice_number"] == "F-0001" else []
        with pytest.raises(errors.BadRequest, match=r"\[1\] bad"):
            await woowup.purchases.create_bulk([purchase_line(number) for number in range(3)])


def test_the_same_seed_gives_the_same_faults() -> None:
    first, second = Faults(0.3, 7), Faults(0.3, 7)
    drawn = [first.draw() for _ in range(200)]
    assert drawn == [second.draw() for _ in range(200)]
    assert 40 <= sum(fault is not None for fault in drawn) <= 80


@pytest.mark.parametrize("given", [{"rate": 2}, {"rate": 0.1, "kinds": ["flood"]}])
def test_invalid_faults(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Faults"):
        Faults(**given)


@pytest.mark.slow
async def test_a_run_through_each_fault_at_a_high_rate() -> None:
    """With forty faults in a hundred requests, a run is slower and has the same result."""
    limit = RateLimit(limit=10_000, segment=0.5)
    faults = Faults(0.4, 3, late=0.5, retry_after=0.01)
    options: dict[str, Any] = {"rate_limit": limit, "retry": RetryPolicy(base=0.001, cap=0.01, attempts=30)}
    async with (
        Simulator(RateLimit(limit=10_000), speed=60, faults=faults) as simulator,
        WoowUp(simulator.api_key, base_url=simulator.url, timeouts=Timeouts(total=0.3), **options) as woowup,
    ):
        users = [{"document": str(number)} for number in range(60)]
        mine = [purchase_line(number, email=None, document=str(number % 60)) for number in range(600)]
        report = await woowup.ingest(users, mine)
    assert report.submitted == 660
    assert len(simulator.users) == report.users.accepted
    assert len(simulator.purchases) == report.purchases.accepted
    assert report.released == 0
