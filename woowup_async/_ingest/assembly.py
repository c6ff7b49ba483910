"""What both faces are made of: shapes, desk and pipeline, wired; and who is told of what happens.

Room: _ingest. Made by `run` (the pull face) and `ingester` (the push face).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import msgspec

from woowup_async._flow import Entity, Item, Record, Settled, digest_of
from woowup_async._ingest.counts import Counts
from woowup_async._ingest.customers import Customers
from woowup_async._ingest.desk import Desk
from woowup_async._ingest.pipeline import Pipeline
from woowup_async._ingest.rules.people import People
from woowup_async._ingest.rules.seen_purchases import Recent, SeenPurchases
from woowup_async._journal.versions import Versions
from woowup_async._transport.drain import Drain
from woowup_async._transport.health import Health
from woowup_async._transport.sender import Sender
from woowup_async._wire.encode import Encoded, PurchaseShape, Shape, UserShape
from woowup_async._wire.identity import identifiers_of
from woowup_async.errors import WoowUpError
from woowup_async.events import Event
from woowup_async.outcomes import Rejected, Report
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Ledger, OnEvent, Opening, Sink

_log = logging.getLogger("woowup_async.ingest")


class RunPolicy(msgspec.Struct, frozen=True):
    """What a run needs to know beside its sources."""

    batch: BatchPolicy
    ingest: IngestPolicy
    in_flight: int


class Listener(msgspec.Struct, frozen=True):
    """Who takes the outcomes one by one, and how to wait for him."""

    take: Callable[[Settled], None]
    breathe: Callable[[], Awaitable[None]] | None = None


class Resources(NamedTuple):
    """What a run writes to, opened."""

    ledger: Ledger | None = None
    opening: Opening = Opening()
    sink: Sink | None = None


class Engine:
    """Carries items and tells of their outcomes.

    Args:
        sender: the account's.
        policy: of the run.
        resources: what it writes to.
        on_event: hears of everything.
        listener: takes outcomes one by one.
        is_lasting: the end of the run is not known: nothing is kept that grows with it, and outages are waited out
            from the start.

    """

    def __init__(
        self,
        sender: Sender,
        policy: RunPolicy,
        resources: Resources,
        on_event: OnEvent | None,
        listener: Listener | None,
        *,
        is_lasting: bool = False,
    ) -> None:
        self.ledger, _, self._sink = resources
        self._policy, self._on_event, self._listener = policy.ingest, on_event, listener
        self._counting = Counts()
        self._clock = sender.clock
        self._started = self._clock.now()
        most, strict = policy.batch.max_item_bytes, policy.ingest.strict
        self._user_shape = UserShape(most, strict=strict)
        purchase_shape = PurchaseShape(
            most,
            strict=strict,
            approvedtime=policy.ingest.approvedtime == "createtime",
            shrink=policy.ingest.oversize == "shrink",
        )
        self._shapes: dict[Entity, Shape] = {Entity.USER: self._user_shape, Entity.PURCHASE: purchase_shape}
        health = Health(self._clock, self.hear, sender.luck, has_answer=is_lasting)
        self.drain = Drain(self._clock, policy.ingest.drain)
        bulk_sender = sender.in_bulk(self.hear, health, self.drain)
        self._stores = [Recent() if is_lasting else Versions() for _ in Entity]
        memory, seen = People(self._stores[0]), SeenPurchases(self._stores[1])
        self.desk = Desk(
            bulk_sender,
            policy.ingest,
            health,
            self.ledger,
            self._take,
            self.hear,
            self._counting.save,
            Customers(policy.ingest, self.ledger, memory, is_lasting=is_lasting),
            seen,
            is_lasting,
        )
        #: Waits for whoever takes the outcomes; None where nobody does.
        self.breathe = listener.breathe if listener else None
        self.pipeline = Pipeline(self.desk, policy.batch, self._user_shape, self.drain, policy.in_flight, self.breathe)

    def item_of(self, record: Record, entity: Entity) -> Item | Rejected:
        """Check and encode a record; what is refused costs no request."""
        encoded = record.refusal or self._shapes[entity].encode(record.raw)
        if isinstance(encoded, Rejected):
            salvaged = self._salvaged(record, entity)
            if salvaged is None:
                return encoded
            encoded = salvaged
        if not encoded.dated or encoded.rewritten or encoded.unknown:
            self._counting.notice(entity, encoded)
        body, desk = encoded.body, self.desk
        has_customers = entity is Entity.USER or desk.is_lasting or desk.customers.matter
        customers = identifiers_of(body) if has_customers else ()
        # 64 bits tell the contents of one key in one run apart; a ledger keeps 128 that are the same in each process
        is_kept = self.ledger is not None or entity is Entity.USER
        digest = digest_of(body) if is_kept else hash(body).to_bytes(8, "little", signed=True)
        return Item(record, encoded.key, body, digest, encoded.left_out, customers)

    def admit(self, record: Record, entity: Entity) -> Item | None:
        """Make an item of a record; settle what is refused, and return None."""
        item = self.item_of(record, entity)
        if isinstance(item, Item):
            return item
        self.refuse(record, entity, item)
        return None

    def refuse(self, record: Record, entity: Entity, refusal: Rejected) -> None:
        """Settle a record that `item_of` refused."""
        customers = identifiers_of(record.raw) if entity is Entity.USER else ()
        self.desk.settle_refused(entity, record, refusal, customers)

    def release(self, why: str) -> None:
        """Settle all that is in the books, as the run ends."""
        with _only_warned():
            self.desk.release(why)

    def release_unopened(self, items: Iterable[tuple[Entity, Item]], why: str) -> None:
        """Settle what never came into them."""
        with _only_warned():
            self.desk.release_unopened(items, why)

    def close(self) -> None:
        """Forget what the run saw."""
        for store in self._stores:
            if isinstance(store, Versions):
                store.close()

    def report(self) -> Report:
        """The counts so far."""
        return self._counting.report(self._clock.now() - self._started)

    def hear(self, event: Event) -> None:
        """Count and pass on what happened."""
        self._counting.hear(event)
        self._tell(event)

    def _salvaged(self, record: Record, entity: Entity) -> Encoded | None:
        if entity is not Entity.USER or not self._policy.salvage or record.refusal is not None:
            return None
        return self._user_shape.salvaged(record.raw)

    def _take(self, settled: Sequence[Settled]) -> None:
        """Tell everyone of outcomes: all of them, whatever fails."""
        self._counting.write_all(settled)
        failure: WoowUpError | None = None
        for one in settled if self._on_event or self._listener or self._sink else ():
            self._tell(one)
            if self._listener is not None:
                self._listener.take(one)  # it keeps or wakes, and never fails
            if self._sink is not None:
                try:
                    self._keep(self._sink, one)
                except WoowUpError as error:
                    failure = failure or error
        if failure is not None:
            raise failure

    def _keep(self, sink: Sink, settled: Settled) -> None:
        try:
            sink.write(settled)
        except Exception as error:
            self._sink = None  # it failed for good, and ends the run: what is left is settled without it
            if isinstance(error, WoowUpError):
                raise
            raise WoowUpError(f"the sink of dead letters failed: {type(error).__name__}") from error

    def _tell(self, event: Event) -> None:
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except Exception:
            _log.exception("on_event failed; it is not called again in this run")
            self._on_event = None


@contextmanager
def _only_warned() -> Iterator[None]:
    """Let a failing journal or sink pass: the run ends anyway, and each outcome was told."""
    try:
        yield
    except WoowUpError as error:
        _log.warning("%s", error)
