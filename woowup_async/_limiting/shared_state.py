"""What the workers of an account share, as one blob in a store.

Room: _limiting. Pure. It is msgpack with a schema version, decoded into exact types: a program that can write to
the store can spend the budget, and nothing else. All times are by the store's clock.
"""

from __future__ import annotations

import msgspec

from woowup_async._limiting.bounded import AGES_AGO, Amount, Count, Number, Ordinal
from woowup_async._limiting.spending import Spent
from woowup_async._limiting.window import Window
from woowup_async._limiting.window_state import WindowState
from woowup_async.budget import MAX_BLOB_BYTES
from woowup_async.policies import Lane, RateLimit

#: Version of the blob. A worker that finds a newer one leaves it alone. docs/limiter.md: a shared budget.
SCHEMA = 1
#: Most workers in a blob (guessed): with more, each would get a permit in four minutes.
#: docs/limiter.md: a shared budget.
MOST_WORKERS = 512


class NewerSchema(Exception):
    """The blob was written by a newer version of this library."""


class Unreadable(Exception):
    """The blob was written by another program, or is damaged."""


class SharedPermit(Spent, eq=False, array_like=True, forbid_unknown_fields=True, gc=False):
    """A permit without a report. `owner` is a worker, and `number` counts its permits."""

    sent: Number
    owner: Ordinal
    number: Ordinal
    is_bulk: bool


class Worker(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """One process.

    Args:
        turn: number of its last transaction in this history.
        seen: when that was.
        due: when it will look again, as it said then.
        interactive_since, bulk_since: when the wait for its next permit of that lane began; None if no task waits.
        recent: its permits, each by half of its weight for each segment of age.

    """

    turn: Ordinal
    seen: Number
    due: Number = AGES_AGO
    interactive_since: Number | None = None
    bulk_since: Number | None = None
    recent: Amount = 0.0

    def since(self, lane: Lane) -> float | None:
        """Return when the wait in a lane began."""
        return self.bulk_since if lane is Lane.BULK else self.interactive_since

    def wait(self, lane: Lane, since: float | None) -> None:
        """Note when the wait in a lane began, or that no task waits in it."""
        if lane is Lane.BULK:
            self.bulk_since = since
        else:
            self.interactive_since = since


class SharedState(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """The blob.

    Args:
        schema: see `SCHEMA`.
        serial: number of transactions in this history, without those while all gather. So if the store forgot, it shows
            how old the memory was from which the state was written again.
        epoch: changes when the times in it were moved, because the store's clock was set.
        window: the window, without its requests in flight.
        permits: the requests in flight.
        workers: by their random numbers.
        in_a_row: interactive permits since the last bulk one.
        interactive_at: when the last interactive permit was given.
        gathers_until: until then each worker uses its own part, because requests of others may not be counted yet.

    """

    schema: int
    serial: Ordinal
    epoch: Ordinal
    window: WindowState
    permits: list[SharedPermit]
    workers: dict[Ordinal, Worker]
    in_a_row: Count = 0
    interactive_at: Number = AGES_AGO
    gathers_until: Number = AGES_AGO

    @classmethod
    def fresh(cls, policy: RateLimit) -> SharedState:
        """Return the state of an account that was never used."""
        return cls(SCHEMA, 0, 0, Window(policy).state(AGES_AGO), [], {})


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SharedState)
_parts = msgspec.msgpack.Decoder(list[msgspec.Raw])
_int = msgspec.msgpack.Decoder(int)


def encoded(state: SharedState) -> bytes:
    """Return the blob of a state."""
    return _encoder.encode(state)


def decoded(blob: bytes) -> SharedState:
    """Return the state of a blob.

    Raises:
        NewerSchema: a newer version of this library wrote it.
        Unreadable: it is no such blob.

    """
    if len(blob) > MAX_BLOB_BYTES:
        raise Unreadable(f"a blob of {len(blob)} bytes")
    try:
        schema = _int.decode(_parts.decode(blob)[0])
    except (msgspec.DecodeError, IndexError, RecursionError):
        raise Unreadable("a blob without a schema version") from None
    if schema > SCHEMA:
        raise NewerSchema(f"the blob has schema {schema}, this version reads {SCHEMA}")
    try:
        return _decoder.decode(blob)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(f"a damaged blob: {error}") from None


def moved(state: SharedState, least: float, most: float) -> SharedState:
    """Return a state for a clock that was set forward by `least` to `most` seconds (back, if negative)."""
    by = (least + most) / 2
    window, replace = state.window, msgspec.structs.replace
    phase, foreign, own = window.phase, window.foreign, window.own
    if phase.low is not None and phase.high is not None:
        phase = replace(phase, low=phase.low - most, high=phase.high - least, at=phase.at + by)
    last = foreign.last and replace(foreign.last, received=foreign.last.received + by)
    foreign = replace(foreign, last=last, refused_at=foreign.refused_at + by)
    own = replace(
        own,
        accepted={segment: [at + by for at in times] for segment, times in own.accepted.items()},
        totals={segment: (total, at + by) for segment, (total, at) in own.totals.items()},
    )
    window = replace(
        window,
        phase=phase,
        blind=tuple(at + by for at in window.blind),
        foreign=foreign,
        own=own,
        last_spent=window.last_spent + by,
        cool_until=window.cool_until + most,
    )
    for permit in state.permits:
        permit.sent += by
    for worker in state.workers.values():
        worker.seen, worker.due = worker.seen + by, worker.due + by
        for lane in Lane:
            since = worker.since(lane)
            worker.wait(lane, None if since is None else since + by)
    return replace(
        state,
        epoch=state.epoch + 1,
        window=window,
        interactive_at=state.interactive_at + by,
        gathers_until=state.gathers_until + by,
    )
