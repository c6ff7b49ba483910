"""`python -m benchmarks journal`: the CPU of a purchase with a journal and without, and what the journal takes it for.

A run sends purchases, a hundred in each request, over a transport that answers at once. Each part is called by itself,
with a journal of its own.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.common import Result, lines, median
from benchmarks.request_parts import AtOnce
from woowup_async import RateLimit, WoowUp
from woowup_async._flow import Entity, Item, Position, Record, Settled, digest_of
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.notes import rows_of, write_settled
from woowup_async._journal.schema import transaction
from woowup_async._transport.credentials import ApiKey
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async.outcomes import Accepted
from woowup_async.ports import Note

COUNT, CHUNK, ROUNDS = 10_000, 100, 7
_MEMORY = bytes(200)  # about as long as the limiter's


async def _run(raws: Sequence[bytes], journal: Path | None) -> float:
    """Return the CPU of one purchase, in µs."""
    limit = RateLimit(limit=10_000_000)
    async with WoowUp("benchmark", base_url="http://127.0.0.1:9/apiv3", rate_limit=limit) as woowup:
        await woowup._connections.aclose()
        woowup._connections._transport = AtOnce()
        began = time.process_time()
        report = await woowup.ingest(purchases=raws, journal=journal)
        assert report.accepted == len(raws), report
        return (time.process_time() - began) / len(raws) * 1e6


def _batches(raws: Sequence[bytes]) -> list[list[Item]]:
    shape, items = PurchaseShape(262_144), []
    for number, raw in enumerate(raws):
        encoded = shape.encode(raw)
        assert isinstance(encoded, Encoded)
        items.append(
            Item(Record(Position("purchases", number), raw), encoded.key, encoded.body, digest_of(encoded.body))
        )
    return [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]


def _notes(items: Sequence[Item]) -> list[Note]:
    outcome = Accepted("unconfirmed")
    return [Note(Settled(Entity.PURCHASE, item.record, item.key, outcome), item.digest) for item in items]


def _parts(batches: Sequence[Sequence[Item]], folder: Path) -> dict[str, float]:
    """Return the CPU of each part for a purchase, in µs."""
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        began = time.process_time()
        work()
        name = f"part: {name}"
        spent[name] = spent.get(name, 0.0) + (time.process_time() - began) / COUNT * 1e6

    def opened() -> None:
        SqliteLedger(folder / "opened", ApiKey("benchmark").mark).close()

    timed("open and close it, for each of them", opened)
    ledger, other = SqliteLedger(folder / "all"), SqliteLedger(folder / "rows")

    def one(items: Sequence[Item]) -> None:
        notes = _notes(items)
        timed("a hash of 64 bits, without a journal", lambda: [hash(memoryview(item.body)) for item in items])
        timed("a digest of 128 bits, with one", lambda: [digest_of(item.body) for item in items])
        timed("look up", lambda: ledger.find_all(Entity.PURCHASE, [item.key for item in items]))
        timed("mark before sending, and commit", lambda: ledger.mark(Entity.PURCHASE, items, _MEMORY))
        timed("settle: all of it, and commit", lambda: ledger.settle(notes, _MEMORY))
        timed("of settling: make the rows", lambda: rows_of(notes, 1))
        rows = rows_of(notes, 1)
        with transaction(other._database):
            timed("of settling: insert or update the rows", lambda: write_settled(other._database, rows))

    ledger.begin(())
    for items in batches:
        one(items)
    ledger.close()
    other.close()
    return spent


def main() -> None:
    """Measure, print, save."""
    raws = list(lines(COUNT))
    batches = _batches(raws)
    gc.collect()
    gc.freeze()
    without, having, seen = [], [], list[dict[str, float]]()
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            without.append(asyncio.run(_run(raws, None)))
            having.append(asyncio.run(_run(raws, Path(name) / "journal")))
            seen.append(_parts(batches, Path(name)))
    result = Result("journal", "What a journal costs", head=("CPU of a purchase", "µs"))
    result.notes.append(f"n = {COUNT:,}, medians of {ROUNDS} alternating rounds in one process; answers at once.")
    result.rows = [
        ("without a journal", f"{median(without):.1f}"),
        ("with a journal", f"{median(having):.1f}"),
        *((name, f"{median([each[name] for each in seen]):.2f}") for name in seen[0]),
    ]
    above = median([one - other for one, other in zip(having, without)])
    result.rows.append(("with, above without", f"{above:.1f}"))
    result.save()


if __name__ == "__main__":
    main()
