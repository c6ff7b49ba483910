"""After a key was renewed, `woowup new-key` lets a service go on with what is in its outbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import woowup
from tests.support.outboxes import left_in
from woowup_async import RateLimit, WoowUp
from woowup_async._journal.slots import slot
from woowup_async.errors import JournalError
from woowup_async.testing import Simulator


async def emptied(outbox: Path, simulator: Simulator) -> None:
    """Send what is in an outbox, as the service does after its start."""
    limit = RateLimit(segment=simulator.segment)
    client = WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit)
    async with client, client.ingester(outbox=outbox) as ingester:
        await ingester.flush()


async def test_the_slots_of_an_outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slots = [slot(tmp_path / "orders.outbox", number) for number in (0, 1)]
    async with Simulator(speed=60) as simulator:
        simulator._account.create_user({"email": "ana@example.com"})
        for number, each in enumerate(slots):
            await left_in(each, simulator, number)
        simulator.api_key = "renewed"
        with pytest.raises(JournalError, match="`woowup new-key FILE`"):
            await emptied(slots[0], simulator)
        monkeypatch.setenv("WOOWUP_API_KEY", "renewed")
        result = woowup("new-key", *slots)
        assert (result.exit_code, result.stdout.count("belongs to the new key")) == (0, 2)
        for each in slots:
            await emptied(each, simulator)
        assert len(simulator.purchases) == 2


def test_a_file_that_does_not_exist_and_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_API_KEY", "renewed")
    result = woowup("new-key", tmp_path / "j")
    assert (result.exit_code, [*tmp_path.iterdir()]) == (2, [])
    monkeypatch.delenv("WOOWUP_API_KEY")
    result = woowup("new-key", tmp_path / "j")
    assert (result.exit_code, "set WOOWUP_API_KEY" in result.stderr) == (2, True)
