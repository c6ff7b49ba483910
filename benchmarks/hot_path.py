"""`python -m benchmarks hot_path`: CPU from a record to a sealed batch, compared with floors and other libraries.

Ours is the pure part of a run without its event loop: record, check, encode, bookkeeping, batcher, body. The floors are
one decode and one encode, which it always needs.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from benchmarks.common import Result, interleaved, lines, mappings, models
from woowup_async import Purchase
from woowup_async._flow import Item, Position, Record
from woowup_async._ingest.rules.batching import Batcher, BatchLimits
from woowup_async._ingest.rules.unsettled import Unsettled
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async.policies import BatchPolicy

COUNT, ROUNDS = 20_000, 5
_MISSING = "not installed: pip install 'woowup_async[peers]'"


def ours(raws: Iterable[Any]) -> None:
    """Put records into sealed batches, and settle them."""
    shape, books, batcher = PurchaseShape(262_144), Unsettled(), Batcher(BatchLimits(BatchPolicy()), 1.0)
    for number, raw in enumerate(raws):
        record = Record(Position("purchases", number), raw)
        encoded = shape.encode(record.raw)
        assert isinstance(encoded, Encoded)
        item = Item(record, encoded.key, encoded.body, hash(encoded.body).to_bytes(8, "little", signed=True))
        books.open(item)
        for batch in batcher.add(item, 0.0):
            assert batch.body
            books.close(batch.items)


def decoded(raws: Iterable[bytes]) -> None:
    """Run the floor for bytes: one typed decode."""
    decode = msgspec.json.Decoder(Purchase).decode
    for raw in raws:
        decode(raw)


def encoded(raws: Iterable[Purchase]) -> None:
    """Run the floor for models: one encode."""
    encode = msgspec.json.Encoder(decimal_format="number").encode
    for raw in raws:
        encode(raw)


def _timed(work: Callable[[Any], None], raws: list[Any]) -> Callable[[], float]:
    def measure() -> float:
        began = time.process_time()
        work(raws)
        return (time.process_time() - began) / len(raws) * 1e6

    return measure


def _pydantic(raws: list[bytes]) -> Callable[[], float | str]:
    try:
        from benchmarks.pydantic_models import PydanticPurchase
    except ModuleNotFoundError:
        return lambda: _MISSING

    def work(given: Iterable[bytes]) -> None:
        batch: list[str] = []
        for raw in given:
            batch.append(json.dumps(PydanticPurchase.model_validate(json.loads(raw)).model_dump(exclude_none=True)))
            if len(batch) == 100:
                assert f"[{','.join(batch)}]"
                batch.clear()

    return _timed(work, raws)


def _jsonschema(raws: list[bytes]) -> Callable[[], float | str]:
    try:
        from jsonschema import Draft202012Validator
    except ModuleNotFoundError:
        return lambda: _MISSING
    validator = Draft202012Validator(msgspec.json.schema(Purchase))

    def work(given: Iterable[bytes]) -> None:
        for raw in given:
            fields = json.loads(raw)
            validator.validate(fields)
            json.dumps(fields)

    return _timed(work, raws[: len(raws) // 20])


def main() -> None:
    """Measure, print, save."""
    raws, built = list(lines(COUNT)), list(models(COUNT))
    dicts = [fields | {"prices": fields["prices"] | {"total": Decimal(1899)}} for fields in mappings(COUNT)]
    gc.collect()
    gc.freeze()  # otherwise each collection would visit what only this benchmark keeps
    measures: dict[str, Callable[[], float | str]] = {
        "floor: msgspec typed decode alone": _timed(decoded, raws),
        "floor: msgspec encode alone": _timed(encoded, built),
        "ours, from JSONL bytes": _timed(ours, raws),
        "ours, from models": _timed(ours, built),
        "ours, from dictionaries": _timed(ours, dicts),
        "json + pydantic v2 + json": _pydantic(raws),
        "json + jsonschema + json": _jsonschema(raws),
    }
    figures = interleaved(measures, ROUNDS)
    result = Result("hot_path", "From a record to a sealed batch", head=("CPU of a purchase of 1.7 KB", "µs"))
    result.notes.append(f"n = {COUNT:,}, medians of {ROUNDS} interleaved rounds in one process.")
    result.rows = [(name, f"{figure:.2f}" if isinstance(figure, float) else figure) for name, figure in figures.items()]
    by_name = {name: figure for name, figure in figures.items() if isinstance(figure, float)}
    line, model = by_name["ours, from JSONL bytes"], by_name["ours, from models"]
    result.bar("from JSONL bytes ÷ decode", line / by_name["floor: msgspec typed decode alone"], "≤", 1.5)
    result.bar("from models ÷ encode", model / by_name["floor: msgspec encode alone"], "≤", 2)
    for name, bound in (("json + pydantic v2 + json", 4), ("json + jsonschema + json", 100)):
        if name in by_name:
            result.bar(f"{name} ÷ ours from bytes", by_name[name] / line, "≥", bound)
    result.save()


if __name__ == "__main__":
    main()
