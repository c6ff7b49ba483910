"""The library's own classes keep the contracts, and the error for a broken contract names the rule."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import closing
from pathlib import Path

import anyio
import anyio.lowlevel
import msgspec
import pytest

from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async._ingest.counts import Counts
from woowup_async._journal.file_ledger import FileLedger
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._samples import MAPPING, ORDERS
from woowup_async._transport.http import AiohttpTransport
from woowup_async.budget import BudgetStore, HostStore, Snapshot
from woowup_async.ports import Entry, Request, Response
from woowup_async.sinks.dead_letters import DeadLetters
from woowup_async.sources import Chain, CsvFile, DeadLetterFile, JsonLines, Mapping
from woowup_async.testing.contract import check_budget_store, check_ledger, check_sink, check_source, check_transport

LETTERS = b'{"entity":"user","raw":{"document":"1"}}\n{"entity":"user","raw":{"document":"2"}}\n'


def lines(folder: Path) -> Path:
    path = folder / "a.jsonl"
    path.write_bytes(LETTERS)
    return path


@pytest.mark.slow
class TestOurs:
    @pytest.mark.untraced
    async def test_sources(self, tmp_path: Path) -> None:
        mapping, path = Mapping.load(MAPPING), lines(tmp_path)
        await check_source(JsonLines(path))
        await check_source(DeadLetterFile(path, Entity.USER))
        await check_source(Chain([JsonLines(path)]))
        for entity in (Entity.USER, Entity.PURCHASE):
            await check_source(CsvFile(ORDERS, mapping, entity))

    def test_sinks(self, tmp_path: Path) -> None:
        check_sink(Counts())
        for skip_known in (False, True):
            with closing(DeadLetters(tmp_path / "dead.jsonl", skip_known=skip_known)) as letters:
                check_sink(letters)

    async def test_store_of_budgets(self, tmp_path: Path) -> None:
        # `tests/budget` checks those in a server
        await check_budget_store(lambda: HostStore(tmp_path))

    async def test_ledger(self, tmp_path: Path) -> None:
        await check_ledger(lambda: FileLedger(SqliteLedger(tmp_path / "a.journal")))

    async def test_transport(self) -> None:
        await check_transport(lambda: AiohttpTransport(max_connections=2, ssl=None))


class TestTheyBite:
    async def test_a_source_that_can_be_read_only_once(self) -> None:
        class Once:
            def __init__(self) -> None:
                self._left = [Record(Position("a", number), b"{}") for number in range(2)]

            def check(self) -> None: ...

            async def __aiter__(self) -> AsyncGenerator[Record, None]:
                while self._left:
                    yield self._left.pop()

        with pytest.raises(AssertionError, match="each iteration starts again"):
            await check_source(Once())

    async def test_a_source_without_positions(self) -> None:
        class Same:
            def check(self) -> None: ...

            async def __aiter__(self) -> AsyncGenerator[Record, None]:
                for _ in range(2):
                    yield Record(Position("a", 1), b"{}")

        with pytest.raises(AssertionError, match="each record has its own position"):
            await check_source(Same())

    def test_a_sink_that_must_be_awaited(self) -> None:
        class Late:
            def write(self, settled: Settled) -> object:
                return object()

        with pytest.raises(AssertionError, match="not awaited"):
            check_sink(Late())  # type: ignore[arg-type]

    async def test_a_ledger_that_forgets(self, tmp_path: Path) -> None:
        class Forgetful(FileLedger):
            async def find(self, entity: Entity, keys: Sequence[str]) -> Sequence[Entry | None]:
                return [None] * len(keys)

        with pytest.raises(AssertionError, match="a marked record is in flight"):
            await check_ledger(lambda: Forgetful(SqliteLedger(tmp_path / "a.journal")))

    @pytest.mark.parametrize(
        ("send", "rule"),
        [
            (lambda send, request: send(request), "GET is sent once"),
            (lambda send, request: Response(200, {"Date": "x"}, b""), "lower case"),
        ],
    )
    async def test_a_transport_that_breaks_a_rule(self, send: Callable[..., object], rule: str) -> None:
        class Eager(AiohttpTransport):
            async def send(self, request: Request) -> Response:
                answer = send(super().send, request)
                if isinstance(answer, Response):
                    return answer
                try:
                    return await answer  # type: ignore[misc, no-any-return]
                except Exception:
                    return await super().send(request)

        with pytest.raises(AssertionError, match=f"{rule}|got an answer"):
            await check_transport(lambda: Eager(max_connections=2, ssl=None))


class InMemory:
    """A store that keeps the contract, and whose methods the tests replace. All are one place."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[int, bytes]] = {}

    async def read(self, account: str) -> Snapshot:
        await anyio.lowlevel.checkpoint()
        version, blob = self.kept.get(account, (0, None))
        return Snapshot(time.monotonic(), version, blob)

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        await anyio.lowlevel.checkpoint()
        if self.kept.get(account, (0,))[0] != version:
            return False
        self.kept[account] = version + 1, blob
        return True


class Unchecked(InMemory):
    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        self.kept[account] = version + 1, blob
        return True


class Racing(InMemory):
    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        if (await self.read(account)).version != version:
            return False
        await anyio.lowlevel.checkpoint()
        self.kept[account] = version + 1, blob
        return True


class Recreating(InMemory):
    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        if version == 0:
            self.kept.pop(account, None)
        return await super().swap(account, version, blob)


class OneForAll(InMemory):
    async def read(self, account: str) -> Snapshot:
        return await super().read(account[:1].lower())

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        return await super().swap(account[:1].lower(), version, blob)


class Textual(InMemory):
    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        return await super().swap(account, version, blob.replace(b"\r\n", b"\n"))


class Small(InMemory):
    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        return await super().swap(account, version, blob[:100_000])


class Skipping(InMemory):
    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        if not await super().swap(account, version, blob):
            return False
        self.kept[account] = version + 2, blob
        return True


class Timed(InMemory):
    """A store whose clock is replaced."""

    def clock(self) -> float:
        return 0.0

    async def read(self, account: str) -> Snapshot:
        return msgspec.structs.replace(await super().read(account), time=self.clock())


class InMilliseconds(Timed):
    def clock(self) -> float:
        return time.monotonic() * 1_000


class Backwards(Timed):
    reads = 0

    def clock(self) -> float:
        self.reads += 1
        return time.monotonic() - (self.reads > 60) * self.reads


class Torn(InMemory):
    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        if blob == b"cancelled":
            self.kept[account] = version, b"half"
            await anyio.sleep(1)
        return await super().swap(account, version, blob)


class Stuck(InMemory):
    """A store that a cancelled swap leaves without use."""

    is_stuck = False

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        self.is_stuck = self.is_stuck or blob == b"cancelled"
        return not self.is_stuck and await super().swap(account, version, blob)


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (Unchecked, "a version other than 0 does not create a blob"),
        (Recreating, "version 0 creates only once"),
        (Skipping, "one more"),
        (Racing, "exactly one returns True, not 12"),
        (OneForAll, "each account has its own blob"),
        (Textual, "exactly as it was stored"),
        (Small, "exactly as it was stored"),
        (Timed, "advances at the real rate"),
        (InMilliseconds, "advances at the real rate"),
        (Backwards, "does not run backwards"),
        (Torn, "stores all or nothing"),
        (Stuck, "the newest version can be swapped"),
    ],
)
async def test_a_store_of_budgets_that_breaks_a_rule(kind: Callable[[], BudgetStore], rule: str) -> None:
    store = kind()
    with pytest.raises(AssertionError, match=rule):
        await check_budget_store(lambda: store)


@pytest.mark.slow
async def test_a_store_of_budgets_that_forgets_when_it_is_closed() -> None:
    with pytest.raises(AssertionError, match="has what was stored before"):
        await check_budget_store(InMemory)
    store = InMemory()
    await check_budget_store(lambda: store)
