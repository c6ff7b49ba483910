"""Builds the parts of a run and connects them. It has no rules.

Room: _ingest.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from woowup_async._clock import Clock
from woowup_async._flow import Entity
from woowup_async._ingest.announcer import Announcer
from woowup_async._ingest.catalogue import FamilyCarrier, NamedCarrier
from woowup_async._ingest.claims import Claims
from woowup_async._ingest.customers import Customers
from woowup_async._ingest.intake import Intake, Shapes
from woowup_async._ingest.item_sender import ItemSender
from woowup_async._ingest.learned import limits_of
from woowup_async._ingest.lookups import Lookups
from woowup_async._ingest.pipeline import Carriers, Pipeline
from woowup_async._ingest.purchases import PurchaseCarrier
from woowup_async._ingest.rules.batching import Sizes
from woowup_async._ingest.rules.people import People
from woowup_async._ingest.rules.seen_purchases import Recent, SeenPurchases
from woowup_async._ingest.rules.seen_users import SeenUsers
from woowup_async._ingest.rules.unsettled import Unsettled
from woowup_async._ingest.rules.waiting import WaitingPurchases
from woowup_async._ingest.settler import Settler
from woowup_async._ingest.storing import Storing
from woowup_async._ingest.users import UserCarrier
from woowup_async._ingest.watch import Watch
from woowup_async._ingest.workers import PermitQueue
from woowup_async._journal.versions import Versions
from woowup_async._transport.drain import Drain
from woowup_async._transport.health import Health
from woowup_async._transport.sender import Sender
from woowup_async._wire.catalogue_shape import BranchShape, FamilyShape, ProductShape
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Shape
from woowup_async._wire.user_shape import UserShape
from woowup_async.outcomes import Report
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Known, Ledger, Opening, Sink


class RunPolicy(msgspec.Struct, frozen=True):
    """The settings of a run."""

    batch: BatchPolicy
    ingest: IngestPolicy
    in_flight: int


class Resources(NamedTuple):
    """The opened journal and sink of a run.

    `known`: how many customers the journal knows. `sizes`: how large bulk requests may be, as it knows.
    """

    ledger: Ledger | None = None
    opening: Opening = Opening()
    sink: Sink | None = None
    known: Known = Known()
    sizes: Sizes | None = None


class Parts(msgspec.Struct, frozen=True):
    """The parts of one run that `faces` uses."""

    pipeline: Pipeline
    intake: Intake
    settler: Settler
    announcer: Announcer
    drain: Drain
    clock: Clock
    started: float
    stores: tuple[Versions | Recent, ...]
    watch: Watch

    @property
    def ledger(self) -> Ledger | None:
        """The journal or another ledger; None without one."""
        return self.settler.ledger

    def report(self) -> Report:
        """Return the counts so far."""
        return self.announcer.counts.report(self.clock.now() - self.started)

    def close(self) -> None:
        """Close the stores of the run."""
        for store in self.stores:
            if isinstance(store, Versions):
                store.close()


def assembled(
    sender: Sender, policy: RunPolicy, resources: Resources, announcer: Announcer, *, is_lasting: bool = False
) -> Parts:
    """Build a run.

    Args:
        sender: sends the account's requests.
        policy: the settings of the run.
        resources: the run's journal and sink.
        announcer: passes on events and outcomes.
        is_lasting: whether the run has no known end. Then its memory is bounded, and it also waits for a server that
            is down from the start.

    """
    ledger, rules, clock = resources.ledger, policy.ingest, sender.clock
    stores = tuple(Recent() if is_lasting else Versions() for _ in range(2))
    shapes, unsettled, permits, waiting = _shapes(policy), Unsettled(), PermitQueue(), WaitingPurchases()
    lookups = None if ledger is None else Lookups(ledger)
    customers = Customers(rules, resources.known, lookups or People(stores[0]), is_lasting=is_lasting)
    is_quick = getattr(ledger, "answers_at_once", False)
    settler = Settler(
        None if ledger is None or lookups is None else Storing(ledger, lookups, sender.limiter, is_quick),
        SeenPurchases(stores[1]),
        SeenUsers(is_lasting=is_lasting),
        customers,
        unsettled,
        announcer,
        is_lasting=is_lasting,
        has_outbox=resources.opening.has_outbox,
    )
    intake = Intake(shapes, rules, settler, waiting, lookups)
    announcer.as_taken = intake.as_taken
    watch = Watch(clock, announcer.hear)
    health = Health(clock, watch.hear, sender.random, has_answer=is_lasting)
    drain = Drain(clock, rules.drain)
    items = ItemSender(sender.in_bulk(announcer.hear, health, drain), rules, health, ledger, unsettled, permits)
    limits = limits_of(policy.batch, ledger, resources.sizes)
    purchases = PurchaseCarrier(items, settler, waiting, limits)
    carriers = Carriers(
        items,
        UserCarrier(items, settler, shapes.user),
        purchases,
        _others(items, settler),
        Claims(ledger, intake, clock) if ledger is not None and not is_quick else None,
    )
    pipeline = Pipeline(intake, carriers, limits, policy.batch.linger, policy.in_flight, drain)
    return Parts(pipeline, intake, settler, announcer, drain, clock, clock.now(), stores, watch)


def _shapes(policy: RunPolicy) -> Shapes:
    most, rules = policy.batch.max_item_bytes, policy.ingest
    purchase = PurchaseShape(
        most,
        strict=rules.strict,
        approvedtime=rules.approvedtime == "createtime",
        shrink=rules.oversize == "shrink",
    )
    others: dict[Entity, Shape] = {
        Entity.PRODUCT: ProductShape(most, strict=rules.strict),
        Entity.BRANCH: BranchShape(most, strict=rules.strict),
        Entity.MEMBER: FamilyShape(most, strict=rules.strict),
    }
    return Shapes(UserShape(most, strict=rules.strict), purchase, others)


def _others(items: ItemSender, settler: Settler) -> dict[Entity, NamedCarrier | FamilyCarrier]:
    named = {entity: NamedCarrier(items, settler, entity) for entity in (Entity.PRODUCT, Entity.BRANCH)}
    return {**named, Entity.MEMBER: FamilyCarrier(items, settler)}
