"""The library's own classes keep the contracts, and the error for a broken contract names the rule."""

from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async._ingest.counts import Counts
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._samples import MAPPING, ORDERS
from woowup_async._transport.http import AiohttpTransport
from woowup_async.ports import Entry, Request, Response
from woowup_async.sinks.dead_letters import DeadLetters
from woowup_async.sources import Chain, CsvFile, DeadLetterFile, JsonLines, Mapping
from woowup_async.testing.contract import check_ledger, check_sink, check_source, check_transport

LETTERS = b'{"entity":"user","raw":{"document":"1"}}\n{"entity":"user","raw":{"document":"2"}}\n'


def lines(folder: Path) -> Path:
    path = folder / "a.jsonl"
    path.write_bytes(LETTERS)
    return path


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

    def test_ledger(self, tmp_path: Path) -> None:
        check_ledger(lambda: SqliteLedger(tmp_path / "a.journal"))

    async def test_transport(self) -> None:
        await check_transport(lambda: AiohttpTransport(max_connections=2, ssl=None, trust_env=False))


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

    def test_a_ledger_that_forgets(self, tmp_path: Path) -> None:
        class Forgetful(SqliteLedger):
            def find(self, entity: Entity, key: str) -> Entry | None:
                return None

        with pytest.raises(AssertionError, match="a marked record is in flight"):
            check_ledger(lambda: Forgetful(tmp_path / "a.journal"))

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
            await check_transport(lambda: Eager(max_connections=2, ssl=None, trust_env=False))
