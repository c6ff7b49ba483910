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


def promised(raws: Iterable[Purchase]) -> None:
    """Run the floor of what is promised for models: all calls of C that it needs, and nothing of ours."""
    encode, buffer, batch = msgspec.json.Encoder(decimal_format="number").encode_into, bytearray(), []
    for raw in raws:
        encode(raw, buffer)
        body = bytes(buffer)
        assert body.rfind(b"null") < 0
        batch.append((raw, body, hash(body)))
        if len(batch) == 100:
            assert b",".join([body for _, body, _ in batch])
            batch = []


def _timed(work: Callable[[Any], None], raws: list[Any]) -> Callable[[], float]:
    def measure() -> float:
        began = time.process_time()
        work(raws)
        return (time.process_time() - began) / len(raws) * 1e6

    return measure


def _parts(raws: list[bytes], built: list[Purchase]) -> dict[str, Callable[[], float | str]]:
    """Return the parts of our way, each alone."""
    shape, encoder, buffer = PurchaseShape(262_144), msgspec.json.Encoder(decimal_format="number"), bytearray()
    records, bodies = [shape._decode(raw) for raw in raws], [encoder.encode(model) for model in built]

    def each(work: Callable[[Any], object]) -> Callable[[Any], None]:
        def all_of(given: Iterable[Any]) -> None:
            for one in given:
                work(one)

        return all_of

    def copied(one: Purchase) -> bytes:
        encoder.encode_into(one, buffer)
        return bytes(buffer)

    def joined(given: list[bytes]) -> None:
        for start in range(0, len(given), 100):
            assert b",".join(given[start : start + 100])

    def kept(given: Iterable[bytes]) -> None:
        """Do everything but check and encode."""
        books, batcher = Unsettled(), Batcher(BatchLimits(BatchPolicy()), 1.0)
        for number, body in enumerate(given):
            item = Item(Record(Position("purchases", number), body), str(number), body, b"12345678")
            books.open(item)
            for batch in batcher.add(item, 0.0):
                assert batch.body
                books.close(batch.items)

    return {
        "part: decode without patterns": _timed(each(shape._decode), raws),
        "part: patterns outside the decoder": _timed(each(shape._has_patterns), records),
        "part: encode again, to count names": _timed(each(lambda one: encoder.encode_into(one, buffer)), records),
        "part: rules between fields, and the key": _timed(each(lambda one: shape._plainly(b"", one)), records),
        "part: encode into the same memory, and copy": _timed(each(copied), built),
        "part: search for a null": _timed(each(lambda one: one.rfind(b"null")), bodies),
        "part: hash of the body": _timed(each(lambda one: hash(memoryview(one))), bodies),
        "part: body of the batch": _timed(joined, bodies),
        "part: record, item, bookkeeping, batch": _timed(kept, bodies),
    }


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
        "floor of what is promised: encode, copy, null, hash, body": _timed(promised, built),
        "ours, from JSONL bytes": _timed(ours, raws),
        "ours, from models": _timed(ours, built),
        "ours, from dictionaries": _timed(ours, dicts),
        **_parts(raws, built),
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
    least = by_name["floor of what is promised: encode, copy, null, hash, body"]
    result.notes.append(
        f"What is promised takes {least / by_name['floor: msgspec encode alone']:.2f} times the encode, and from models"
        f" we take {model / least:.2f} times that."
    )
    for name, bound in (("json + pydantic v2 + json", 4), ("json + jsonschema + json", 100)):
        if name in by_name:
            result.bar(f"{name} ÷ ours from bytes", by_name[name] / line, "≥", bound)
    result.save()


if __name__ == "__main__":
    main()
