"""Outcomes as a table of Arrow.

Room: _ingest. It needs pyarrow, which it imports when it is used.
"""

from __future__ import annotations

from typing import Any

from woowup_async._flow import Settled
from woowup_async.outcomes import Accepted, Rejected, Released

#: Rows that are kept as Python objects (guessed: a few MB).
_MOST_ROWS = 10_000


class OutcomeTable:
    """Collects outcomes, in batches of Arrow.

    Raises:
        ModuleNotFoundError: pyarrow is not installed.

    """

    def __init__(self) -> None:
        try:
            import pyarrow as pa
        except ModuleNotFoundError as error:
            hint = "to_arrow() needs an extra: pip install 'woowup_async[parquet]'"
            raise ModuleNotFoundError(hint, name="pyarrow") from error
        reason = pa.struct([("path", pa.string()), ("message", pa.string())])
        self._schema = pa.schema(
            [
                ("entity", pa.string()), ("source", pa.string()), ("position", pa.int64()), ("key", pa.string()),
                ("outcome", pa.string()), ("effect", pa.string()), ("by", pa.string()), ("code", pa.string()),
                ("why", pa.string()), ("reasons", pa.list_(reason)), ("left_out", pa.list_(pa.string())),
            ]
        )  # fmt: skip
        self._rows: list[dict[str, Any]] = []
        self._batches: list[Any] = []

    def add(self, settled: Settled) -> None:
        """Add one outcome as a row."""
        self._rows.append(_row_of(settled))
        if len(self._rows) == _MOST_ROWS:
            self._pack()

    def table(self) -> Any:
        """Return all rows so far."""
        import pyarrow as pa

        self._pack()
        return pa.Table.from_batches(self._batches, self._schema)

    def _pack(self) -> None:
        import pyarrow as pa

        self._batches.append(pa.RecordBatch.from_pylist(self._rows, self._schema))
        self._rows = []


def _row_of(settled: Settled) -> dict[str, Any]:
    position, outcome = settled.record.position, settled.outcome
    row: dict[str, Any] = {
        "entity": settled.entity.value, "source": _text(position.source), "position": position.number,
        "key": _text(settled.key),
        "reasons": [], "left_out": [],
    }  # fmt: skip
    match outcome:
        case Accepted(effect, left_out):
            return row | {"outcome": "accepted", "effect": effect, "left_out": left_out}
        case Rejected(by, code, reasons):
            pairs = [{"path": _text(reason.path), "message": _text(reason.message)} for reason in reasons]
            return row | {"outcome": "rejected", "by": by, "code": code, "reasons": pairs}
    name = "released" if isinstance(outcome, Released) else "in_doubt"
    return row | {"outcome": name, "why": _text(outcome.why)}


def _text(text: str) -> str:
    """Return a text that is valid UTF-8: of a damaged file, it may have halves of surrogate pairs."""
    return text.encode("utf-8", "backslashreplace").decode()
