"""Each plugin takes a slot of the outbox, and empties those that no process uses."""

import errno
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import anyio
import pytest

from tests.support.journals import opened
from tests.support.official import purchase_line
from tests.support.outboxes import left_in
from woowup_async import Ingester, WoowUp
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.slots import slot
from woowup_async.contrib import outbox_slots
from woowup_async.contrib.outbox_slots import OutboxSlots
from woowup_async.errors import JournalError
from woowup_async.ports import State
from woowup_async.testing import Simulator


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(speed=60) as simulator:
        simulator._account.create_user({"email": "ana@example.com"})
        yield simulator


def client_of(simulator: Simulator) -> WoowUp:
    return WoowUp(simulator.api_key, base_url=simulator.url)


async def test_each_takes_the_first_free_slot(simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "orders.outbox"
    async with client_of(simulator) as client, AsyncExitStack() as stack:

        def make(path: Path) -> Ingester:
            return client.ingester(outbox=path)

        with closing(SqliteLedger(path, client._session.key.mark)):
            await OutboxSlots(path, make).take(stack)
            third = await OutboxSlots(path, make).take(stack)
            await (await third.submit(purchase_line(3)))
        assert sorted(each.name for each in tmp_path.glob("*.outbox")) == [
            "orders.1.outbox", "orders.2.outbox", "orders.outbox"
        ]  # fmt: skip
        slots = OutboxSlots(path, make)
        assert await slots.find("F-0003") is None  # it has no slot of its own yet
        again = await slots.take(stack)
        assert again._inputs.outbox == path
        entry = await slots.find("F-0003")
        assert entry is not None
        assert entry.state is State.ACCEPTED
        assert await slots.find("F-0004") is None


async def test_when_none_is_free(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_slots, "MOST", 1)
    async with client_of(simulator) as client, AsyncExitStack() as stack:
        with opened(tmp_path / "o"), pytest.raises(JournalError, match="all of its 1 slots are in use"):
            await OutboxSlots(tmp_path / "o", lambda path: client.ingester(outbox=path)).take(stack)


async def test_a_slot_that_cannot_be_used_is_an_error(simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "o").write_text("not an outbox, and long enough that SQLite looks at its head" * 9)
    async with client_of(simulator) as client, AsyncExitStack() as stack:
        with pytest.raises(JournalError, match="not a journal"):
            await OutboxSlots(tmp_path / "o", lambda path: client.ingester(outbox=path)).take(stack)


class TestAdopting:
    async def test_what_dead_workers_left_is_sent(
        self, simulator: Simulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = tmp_path / "orders.outbox"
        await left_in(slot(path, 5), simulator, 1, 2)
        async with client_of(simulator) as client, AsyncExitStack() as stack:
            slots = OutboxSlots(path, lambda each: client.ingester(outbox=each))
            await slots.take(stack)
            tasks = await stack.enter_async_context(anyio.create_task_group())
            stack.callback(tasks.cancel_scope.cancel)
            tasks.start_soon(slots.adopt, 0.01)
            with anyio.fail_after(10):
                while len(simulator.purchases) < 2:
                    await anyio.sleep(0.01)
                while True:  # then the slot is free again
                    try:
                        SqliteLedger(slot(path, 5), client._session.key.mark).close()
                        break
                    except JournalError:
                        await anyio.sleep(0.01)
        lines = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
        assert lines == [f"a worker left 2 records in {slot(path, 5)}: they are sent from here"]

    async def test_a_slot_that_cannot_be_emptied_harms_nothing(
        self, simulator: Simulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        path, asked = tmp_path / "o", list[Path]()
        await left_in(slot(path, 1), simulator, 1)

        def make(each: Path) -> Ingester:
            asked.append(each)
            raise ValueError("ana@example.com")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(OutboxSlots(path, make).adopt, 0.001)
            with anyio.fail_after(5):
                while not asked:
                    await anyio.sleep(0.001)
            await anyio.sleep(0.05)
            tasks.cancel_scope.cancel()
        assert asked == [slot(path, 1)]  # it is not asked for again at once
        assert [each.getMessage() for each in caplog.records] == [f"{slot(path, 1)} was not emptied (ValueError)"]

    async def test_a_folder_that_cannot_be_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def unreadable(path: Path) -> list[Path]:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(outbox_slots, "left_over", unreadable)
        with anyio.move_on_after(0.3):
            await OutboxSlots(tmp_path / "o", lambda path: pytest.fail("no slot is known")).adopt(0.01)
        messages = [each.getMessage() for each in caplog.records]
        assert messages[:2] == ["the slots of the outbox cannot be seen: Permission denied"] * len(messages[:2]) != []

    async def test_a_worker_that_takes_its_slot_first(self, simulator: Simulator, tmp_path: Path) -> None:
        path = tmp_path / "o"
        await left_in(slot(path, 1), simulator, 1)
        async with client_of(simulator) as client:
            slots = OutboxSlots(path, lambda each: client.ingester(outbox=each))
            with closing(SqliteLedger(slot(path, 1), client._session.key.mark)):
                await slots._empty(slot(path, 1))
        assert not simulator.purchases
