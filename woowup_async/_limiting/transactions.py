"""One worker's transactions with the store: read, count, take permits, swap.

Room: _limiting.
"""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Mapping
from typing import NamedTuple

import anyio
import msgspec

from woowup_async._clock import Clock
from woowup_async._limiting.ahead import jitter_of
from woowup_async._limiting.line import Given
from woowup_async._limiting.own_log import Fate, OwnLog, Sending
from woowup_async._limiting.shared_state import SharedState, Unreadable, decoded, encoded, moved
from woowup_async._limiting.shared_window import SharedWindow
from woowup_async._limiting.spending import Memory
from woowup_async._limiting.store_clock import StoreClock
from woowup_async._limiting.window import Window
from woowup_async.budget import MAX_BLOB_BYTES, BudgetStore, Snapshot
from woowup_async.policies import Lane, RateLimit

_log = logging.getLogger("woowup_async.limiting")

#: Seconds after which an operation of the store has failed. docs/limiter.md: a shared budget.
_PATIENCE = 1.0
#: Weight of the newest round trip in the average, for statistics. docs/limiter.md: a shared budget.
_NEWEST = 0.1


class Outlook(NamedTuple):
    """The result of a transaction, by this worker's clock.

    Args:
        given: the permits.
        look_at: when the next transaction is useful.
        next_at: about when the next permit comes.
        gathers_until: until then this worker must use its own part; minus infinity if it need not.
        is_delicate: whether answers should be reported at once: the phase is unknown, or other programs spend, too.

    """

    given: list[Given]
    look_at: float
    next_at: float
    gathers_until: float
    is_delicate: bool


class Conflict(NamedTuple):
    """Another worker was faster. `jitter`: most seconds to wait after a first conflict."""

    jitter: float


class Transactions:
    """Speaks to the store.

    Args:
        store: keeps the blob.
        account: its name in the store.
        policy: the account's budget.
        clock: this worker's.

    """

    def __init__(self, store: BudgetStore, account: str, policy: RateLimit, clock: Clock) -> None:
        self.store, self._account, self._policy, self._clock = store, account, policy, clock
        self.me = secrets.randbits(60)
        self.log = OwnLog(3 * policy.segment)
        self.store_clock = StoreClock()
        self.trips = self.conflicts = self.forgotten = 0
        self.latency = 0.0
        self._turn = self._epoch = self._version = 0
        self._memory = b""
        self._recalled: tuple[Memory, float, float] | None = None
        self._is_warned = False

    def recall(self, memory: Memory, wall: float) -> None:
        """Use a journal's memory if the store has none."""
        self._recalled = memory, wall, self._clock.now()

    def remind(self, window: Window, now: float) -> None:
        """Give a new window a journal's memory, if there is one. The window's clock shows `now`."""
        if self._recalled is not None:
            memory, wall, at = self._recalled
            window.recall(memory, now, wall + self._clock.now() - at)

    def known(self, now: float) -> SharedWindow | None:
        """Return what the store last said, seen from now; None if it was never read."""
        if not (self._memory and self.store_clock.is_known):
            return None
        return SharedWindow(self._policy, decoded(self._memory), self.store_clock.earliest(now), self.me)

    async def turn(
        self, wants: Mapping[Lane, int], most_in_flight: int, fell_at: float | None = None
    ) -> Outlook | Conflict:
        """Do one transaction.

        Args:
            wants: tasks that wait, by lane.
            most_in_flight: bulk requests without an answer, of all workers.
            fell_at: since when the store did not work, by this worker's clock.

        Raises:
            Exception: any exception of the store, or a timeout. The swap may have happened. If it did, the next
                transaction gives back its permits.
            NewerSchema: a newer version of this library uses the account.

        """
        snapshot = await self._read()
        state, is_new = self._state(snapshot)
        shared = SharedWindow(self._policy, state, snapshot.time, self.me, self.latency)
        shared.is_changed |= is_new
        self.log.forget_old(self._clock.now())
        sendings = [self._for_store(sending) for sending in self.log.missing(shared.last_turn)]
        shared.settle(sendings)
        if is_new and self._memory:
            shared.gather(snapshot.time)
        elif fell_at is not None:
            shared.gather(self.store_clock.earliest(fell_at))
        turn = shared.serve({} if shared.is_gathering else wants, most_in_flight, self.log.next_number)
        if shared.is_changed:
            self._turn = max(self._turn, shared.last_turn) + 1
            blob = encoded(shared.finished(self._turn))
            if not await self._swap(snapshot.version, blob):
                self.conflicts += 1
                return Conflict(jitter_of(self.latency, has_turn=bool(turn.granted)))
            self._version, self._memory = snapshot.version + 1, blob
            self._epoch, self.store_clock.jump = state.epoch, None
            self.log.written(sendings, self._turn)
        when = self.store_clock.when
        given = [Given(Sending(grant.number, grant.lane, when(grant.at)), when(grant.at)) for grant in turn.granted]
        for each in given:
            self.log.add(each.sending)
        window = shared.window
        is_delicate = not window.is_phase_known or window.foreign.is_present
        gathers_until = when(state.gathers_until) if shared.is_gathering else -math.inf
        return Outlook(given, when(turn.look_at), when(turn.next_at), gathers_until, is_delicate)

    async def leave(self) -> None:
        """Report what is left, once, and wait for nothing."""
        await self.turn({}, 0)

    async def _read(self) -> Snapshot:
        before = self._clock.now()
        with anyio.fail_after(_PATIENCE):
            snapshot = await self.store.read(self._account)
        after = self._clock.now()
        self._count_trip(after - before)
        if not math.isfinite(snapshot.time):
            raise ValueError("the store's clock is not a number")
        if not self.store_clock.observe(before, snapshot.time, after) and not self._is_warned:
            self._is_warned = True
            _log.warning("the clock of the budget store was set: moving the shared times with it")
        return snapshot

    async def _swap(self, version: int, blob: bytes) -> bool:
        if len(blob) > MAX_BLOB_BYTES:
            raise ValueError(f"the shared state has {len(blob)} bytes")
        before = self._clock.now()
        with anyio.fail_after(_PATIENCE):
            was_swapped = await self.store.swap(self._account, version, blob)
        self._count_trip(self._clock.now() - before)
        return was_swapped

    def _count_trip(self, seconds: float) -> None:
        self.trips += 1
        self.latency += (seconds - self.latency) * (_NEWEST if self.trips > 1 else 1.0)

    def _state(self, snapshot: Snapshot) -> tuple[SharedState, bool]:
        """Return the state to work on, and whether it must be written in any case."""
        state = self._decoded(snapshot.blob)
        knows_more = state is not None and self._knows_more(state, snapshot.time)
        if self._memory and (state is None or snapshot.version < self._version):
            self.forgotten += 1
            self._version = snapshot.version
            _log.warning("the budget store forgot this account's state: writing again what this process knows")
        elif snapshot.blob is not None and state is not None and not knows_more:
            self._version, self._memory = snapshot.version, snapshot.blob
        is_new = state is None or knows_more
        if state is None:
            state = decoded(self._memory) if self._memory else self._fresh(snapshot.time)
        elif knows_more:
            state = msgspec.structs.replace(decoded(self._memory), gathers_until=state.gathers_until)
        if self.store_clock.jump is not None:
            if self._memory and state.epoch == self._epoch:
                return moved(state, *self.store_clock.jump), True
            self.store_clock.jump = None
        return state, is_new

    def _knows_more(self, state: SharedState, now: float) -> bool:
        """Return whether another worker wrote the state again, from a memory that is older than this worker's."""
        return bool(self._memory) and now < state.gathers_until and decoded(self._memory).serial > state.serial

    def _decoded(self, blob: bytes | None) -> SharedState | None:
        if blob is None:
            return None
        try:
            return decoded(blob)
        except Unreadable as error:
            _log.warning("the shared state of this account cannot be read, and is written anew: %s", error)
            return None

    def _fresh(self, now: float) -> SharedState:
        state = SharedState.fresh(self._policy)
        if self._recalled is None:
            return state
        shared = SharedWindow(self._policy, state, now, self.me)
        self.remind(shared.window, now)
        state.window = shared.window.state(now)
        return state

    def _for_store(self, sending: Sending) -> Sending:
        """Return a copy with the store's times: it left at the earliest, and its answer came at the latest."""
        earliest, latest = self.store_clock.earliest, self.store_clock.latest
        return msgspec.structs.replace(
            sending,
            sent=earliest(sending.sent),
            received=latest(sending.received) if sending.fate is not Fate.IN_FLIGHT else sending.received,
            cool_until=latest(sending.cool_until),
        )
