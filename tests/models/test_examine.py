"""All errors of a record, with their paths."""

from __future__ import annotations

import difflib
from typing import Any

import pytest

from tests.support.official import purchase_line
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded

LINE = purchase_line(1)


def test_only_a_few_unknown_names_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, inner = list[str](), difflib.get_close_matches

    def counted(word: str, *args: Any, **kwargs: Any) -> list[str]:
        calls.append(word)
        found: list[str] = inner(word, *args, **kwargs)
        return found

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    result = PurchaseShape(10**6).encode(
        LINE | ({f"field_{number}": 1 for number in range(15_000)} | {"x" * 50_000: 1})
    )
    assert isinstance(result, Encoded)
    assert len(result.unknown) == 15_001
    assert len(calls) <= 20
    assert max(map(len, calls)) <= 60
