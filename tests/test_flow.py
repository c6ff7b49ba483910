"""Records, items and batches."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.items import item
from woowup_async._flow import Batch, Item, Position, Record, digest_of

BODIES = st.lists(st.dictionaries(st.text(max_size=5), st.integers(), max_size=3), max_size=5)


@given(BODIES)
def test_a_batch_is_the_json_array_of_its_items(fields: list[dict[str, Any]]) -> None:
    record = Record(Position("t", 1), None)
    items = tuple(Item(record, str(number), json.dumps(each).encode()) for number, each in enumerate(fields))
    assert json.loads(Batch(items, "items").body) == fields


def test_positions_are_read_by_people_and_sorted_by_source_and_number() -> None:
    assert str(Position("o.csv", 7)) == "o.csv:7"
    assert min([Position("b", 1), Position("a", 10), Position("a", 9)]) == Position("a", 9)


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_digest_is_16_bytes_and_differs_for_different_contents(one: bytes, other: bytes) -> None:
    assert len(digest_of(one)) == 16
    assert (digest_of(one) == digest_of(other)) == (one == other)


def test_a_record_shows_only_what_is_set() -> None:
    shown = repr(item(1).record)
    assert "refusal" not in shown
    assert "rows" not in shown
