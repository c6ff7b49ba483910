"""The blob that workers share."""

import msgspec
import pytest

from woowup_async._limiting.bounded import AGES_AGO
from woowup_async._limiting.shared_state import (
    NewerSchema,
    SharedPermit,
    SharedState,
    Unreadable,
    Worker,
    decoded,
    encoded,
    moved,
)
from woowup_async._limiting.spending import Limits
from woowup_async._limiting.window import Window
from woowup_async.budget import MAX_BLOB_BYTES
from woowup_async.policies import Lane, RateLimit


def state() -> SharedState:
    window = Window(RateLimit())
    for at in (1_000.0, 1_000.5):
        window.observe(window.spend(at), at + 0.1, Limits(70, 68.0, 1_030.0, 1_000.0), refused=False)
    made = SharedState.fresh(RateLimit())
    made.window = window.state(0.0)
    made.permits = [SharedPermit(1_001.0, 7, 1, is_bulk=True)]
    made.workers = {7: Worker(3, 1_001.0, 1_002.0, None, 1_001.5, 1.0)}
    return made


def test_a_blob_comes_back() -> None:
    copy = decoded(encoded(state()))
    assert encoded(copy) == encoded(state())
    assert len(encoded(copy)) < 400
    assert copy.workers[7].since(Lane.BULK) == 1_001.5
    assert copy.workers[7].since(Lane.INTERACTIVE) is None


def test_permits_with_equal_values_are_different_permits() -> None:
    assert len({SharedPermit(1.0, 1, 1, is_bulk=True), SharedPermit(1.0, 1, 1, is_bulk=True)}) == 2


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"text",
        b"\x90",
        msgspec.msgpack.encode([]),
        msgspec.msgpack.encode(["1"]),
        msgspec.msgpack.encode([1]),
        msgspec.msgpack.encode([1, 2, 3]),
        msgspec.msgpack.encode({"schema": 1}),
        b"\x91" * 5_000,
        encoded(state())[:-1],
        encoded(state()) + b"\x00",
        b"\x00" * (MAX_BLOB_BYTES + 1),
    ],
)
def test_what_is_no_blob_is_unreadable(blob: bytes) -> None:
    with pytest.raises(Unreadable):
        decoded(blob)


def test_numbers_out_of_bounds_are_unreadable() -> None:
    for wrong in (float("nan"), float("inf"), 1e15):
        broken = state()
        broken.permits[0].sent = wrong
        with pytest.raises(Unreadable):
            decoded(encoded(broken))


def test_a_newer_schema_is_left_alone_whatever_follows() -> None:
    with pytest.raises(NewerSchema, match="schema 2, this version reads 1"):
        decoded(msgspec.msgpack.encode([2, {"new": "layout"}]))


def test_times_move_with_the_store_s_clock() -> None:
    before, after = state(), moved(decoded(encoded(state())), 99.0, 101.0)
    assert after.epoch == before.epoch + 1
    assert after.permits[0].sent == 1_101.0
    worker = after.workers[7]
    assert (worker.seen, worker.due, worker.bulk_since, worker.interactive_since) == (1_101.0, 1_102.0, 1_101.5, None)
    window = after.window
    assert window.last_spent == before.window.last_spent + 100
    assert window.phase.low == pytest.approx((before.window.phase.low or 0) - 101)
    assert window.phase.high == pytest.approx((before.window.phase.high or 0) - 99)
    assert window.own.accepted == {-1: [1_100.1, 1_100.6]}
    assert window.foreign.last is not None
    assert window.foreign.last.received == 1_100.6
    assert moved(SharedState.fresh(RateLimit()), 5.0, 5.0).window.phase.low is None
    assert moved(SharedState.fresh(RateLimit()), 5.0, 5.0).interactive_at == AGES_AGO + 5
