"""The batcher: its order, limits and deadlines."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.support.items import item
from woowup_async._flow import Batch
from woowup_async._ingest.rules.batching import Batcher, BatchLimits, Sizes
from woowup_async._ingest.rules.growth import Learned
from woowup_async.policies import BatchPolicy


@given(st.lists(st.integers(1, 60), max_size=60), st.integers(1, 9), st.integers(1, 100), st.sets(st.integers(0, 60)))
def test_every_item_leaves_once_in_order_and_within_the_limits(
    sizes: list[int], max_items: int, max_bytes: int, flushed: set[int]
) -> None:
    policy = BatchPolicy(max_items=max_items, max_bytes=max_bytes)
    batcher, batches = Batcher(BatchLimits(policy), 1.0), list[Batch | None]()
    items = [item(size, number) for number, size in enumerate(sizes)]
    for number, each in enumerate(items):
        batches += batcher.add(each, now=number)
        if number in flushed:
            batches.append(batcher.flush("flush"))
    batches.append(batcher.flush("flush"))
    sealed = [batch for batch in batches if batch is not None]
    assert [each for batch in sealed for each in batch.items] == items
    for batch in sealed:
        assert 1 <= len(batch.items) <= max_items
        assert len(batch.body) - 2 <= max_bytes or len(batch.items) == 1
    assert batcher.deadline is None


@given(st.lists(st.integers(1, 40), min_size=2, max_size=40), st.integers(40, 90))
def test_batches_are_as_large_as_possible(sizes: list[int], max_bytes: int) -> None:
    """Two batches in a row never fit into one."""
    batcher = Batcher(BatchLimits(BatchPolicy(max_items=1_000, max_bytes=max_bytes)), 1.0)
    sealed = [batch for n, size in enumerate(sizes) for batch in batcher.add(item(size, n), 0)]
    for first, second in pairwise(sealed):
        assert len(first.body) - 2 + 1 + len(second.items[0].body) > max_bytes


def test_linger_counts_from_the_first_item() -> None:
    """If it counted from the last item, slow but steady items would wait without end."""
    batcher = Batcher(BatchLimits(BatchPolicy()), 2.0)
    batcher.add(item(1), now=10.0)
    batcher.add(item(1), now=11.9)
    assert batcher.deadline == 12.0


def test_causes() -> None:
    full = Batcher(BatchLimits(BatchPolicy(max_items=2)), 1.0)
    assert [batch.cause for batch in full.add(item(1), 0) + full.add(item(1), 0)] == ["items"]
    heavy = Batcher(BatchLimits(BatchPolicy(max_bytes=10)), 1.0)
    assert [batch.cause for batch in heavy.add(item(4), 0) + heavy.add(item(10), 0)] == ["bytes", "bytes"]
    assert heavy.flush("linger") is None


def test_the_body_is_a_json_array() -> None:
    assert Batch((item(1), item(2)), "items").body == b"[x,xx]"


def test_the_limit_of_bytes_also_cuts_few_items() -> None:
    ceiling, items = BatchLimits(BatchPolicy(max_bytes=43)), [item(10, number) for number in range(8)]
    assert [len(piece) for piece in ceiling.pieces(items)] == [4, 4]


def test_a_request_that_was_too_large_halves_both_limits() -> None:
    ceiling = BatchLimits(BatchPolicy())
    ceiling.lower([item(10, number) for number in range(8)])
    assert (ceiling.max_items, ceiling.max_bytes) == (4, 43)


def test_no_items_make_no_pieces() -> None:
    assert list(BatchLimits(BatchPolicy()).pieces([])) == []


def test_a_trial_that_failed_is_cut_to_the_size_that_works_and_another_request_to_the_first_size() -> None:
    learned = Sizes(Learned(8, 0), Learned(5_000, 0))
    ceiling = BatchLimits(BatchPolicy(max_items=2, grow_to=16), learned)
    items = [item(10, number) for number in range(8)]
    assert [len(piece) for piece in ceiling.smaller_pieces(items, is_trial=False)] == [2, 2, 2, 2]
    assert {len(piece) for piece in ceiling.smaller_pieces(items, is_trial=True)} <= {2, 4, 8}
