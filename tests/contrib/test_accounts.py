"""Ingesters by account: an ingester that an error ended is replaced."""

from pathlib import Path

import anyio
import pytest

from woowup_async import SessionPool
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.contrib.accounts import Accounts
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted
from woowup_async.testing import Simulator

KEY = "simulator-key"


@pytest.mark.parametrize("uses_it", [True, False], ids=["in use", "idle"])
async def test_an_ingester_that_an_error_ended_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, uses_it: bool
) -> None:
    settle, is_full = SqliteLedger.settle, True

    def full(self: SqliteLedger, *args: object) -> None:
        if is_full:
            raise JournalError("the disk is full")
        settle(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(SqliteLedger, "settle", full)
    idle = 600 if uses_it else 0.3
    async with (
        Simulator(speed=60) as simulator,
        SessionPool(allow_http=True) as pool,
        Accounts(pool, idle=idle, outbox=lambda key: tmp_path / "o", base_url=simulator.url) as accounts,
    ):
        broken = await accounts.ingester(KEY)
        assert broken.is_open
        await (await broken.submit({"document": "1"}, entity="user"))
        with pytest.raises(JournalError):
            await broken.flush()
        assert not broken.is_open
        is_full = False
        if not uses_it:
            with anyio.fail_after(5):
                while len(accounts):
                    await anyio.sleep(0.01)
        ingester = await accounts.ingester(KEY)
        assert ingester is not broken
        assert isinstance(await (await ingester.submit({"document": "2"}, entity="user")), Accepted)
        assert await accounts.ingester(KEY) is ingester
    assert "the ingester of an account ended: the disk is full" in caplog.text
    assert KEY not in caplog.text
    assert not ingester.is_open
