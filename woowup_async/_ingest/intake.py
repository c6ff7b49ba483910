"""Turns records into items, and decides for each item: it is settled already, it waits, or it is sent.

Room: _ingest. It never awaits.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from woowup_async._flow import Entity, Item, Record, Route, digest_of
from woowup_async._ingest.customers import Standing, missing_outcome
from woowup_async._ingest.rules.history import doubt_of, known_outcome, route_of
from woowup_async._ingest.rules.seen_purchases import entry_of
from woowup_async._ingest.rules.verdicts import unchanged_after
from woowup_async._ingest.rules.waiting import WaitingPurchases
from woowup_async._ingest.settler import Settler
from woowup_async._wire.identity import identifiers_of
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded, Shape
from woowup_async._wire.user_shape import UserShape
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected
from woowup_async.policies import IngestPolicy
from woowup_async.ports import Entry


class Shapes(msgspec.Struct, frozen=True):
    """The checks and encoding of each kind of record."""

    user: UserShape
    purchase: PurchaseShape
    others: Mapping[Entity, Shape]


class Intake(msgspec.Struct):
    """Takes records in.

    Args:
        shapes: check and encode records.
        policy: the settings of the run.
        settler: settles records that need no request.
        waiting: purchases that wait for an answer about their customer.

    """

    shapes: Shapes
    policy: IngestPolicy
    settler: Settler
    waiting: WaitingPurchases

    def item_of(self, record: Record, entity: Entity, *, is_counted: bool = False) -> Item | Rejected:
        """Check and encode a record. A refused record costs no request. `is_counted`: it was counted before."""
        is_user, is_purchase = entity is Entity.USER, entity is Entity.PURCHASE
        shapes = self.shapes
        shape = shapes.purchase if is_purchase else shapes.user if is_user else shapes.others[entity]
        encoded = record.refusal or shape.encode(record.raw)
        if isinstance(encoded, Rejected):
            salvaged = self._salvaged(record) if is_user else None
            if salvaged is None:
                return encoded
            encoded = salvaged
        settler = self.settler
        if not is_counted and (not encoded.dated or encoded.rewritten or encoded.unknown):
            settler.announcer.counts.notice(entity, encoded)
        body = encoded.body
        is_other = not is_user and not is_purchase
        has_customers = is_user or (not is_other and (settler.is_lasting or settler.customers.matter))
        customers = identifiers_of(body) if has_customers else ()
        # 64 bits are enough for the contents of one key in one run. A ledger needs 128 that do not depend on the
        # process.
        is_kept = settler.ledger is not None or is_user or is_other
        digest = digest_of(body) if is_kept else hash(body).to_bytes(8, "little", signed=True)
        return Item(record, encoded.key, body, digest, encoded.left_out, customers)

    def admit(self, record: Record, entity: Entity) -> Item | None:
        """Make an item of a record. If the record is refused, settle it and return None."""
        item = self.item_of(record, entity)
        if isinstance(item, Item):
            return item
        self.refuse(record, entity, item)
        return None

    def refuse(self, record: Record, entity: Entity, refusal: Rejected) -> None:
        """Settle a record that `item_of` refused."""
        customers = identifiers_of(record.raw) if entity is Entity.USER else ()
        self.settler.settle_refused(entity, record, refusal, customers)

    def names_of(self, item: Item) -> tuple[str, ...]:
        """Return all names of a user's person. Two users who share a name are never in flight together."""
        return self.settler.customers.names_of(item.customers)

    def open_user(self, item: Item, names: tuple[str, ...]) -> Route | None:
        """Take in a user whose names are free. Return its route, or None if it needs no request."""
        settler = self.settler
        entry = settler.ledger.find(Entity.USER, item.key) if settler.ledger is not None else None
        outcome = self._known_user(entry, item)
        if outcome is not None:
            settler.settle_known(Entity.USER, item, outcome, entry)
            return None
        route = Route.PLAIN if entry is None else route_of(Entity.USER, entry, item.digest, self.policy)
        if settler.customers.is_known(item.customers):
            route = Route.REPLACE
        is_doubtful = entry is not None and doubt_of(entry) is not None
        settler.unsettled.open_user(item, names, is_doubtful=is_doubtful or settler.is_user_in_doubt(item))
        return route

    def open_purchase(self, item: Item) -> Route | None:
        """Take in a purchase whose key is free. Return its route, or None if it needs no request or waits."""
        settler, route = self.settler, Route.PLAIN
        is_named = bool(item.customers) and settler.customers.matter
        standing = settler.customers.standing(item.customers) if is_named else Standing.UNKNOWN
        is_confirmed = standing is Standing.KNOWN
        if settler.ledger is not None:
            entry = settler.ledger.find(Entity.PURCHASE, item.key)
        else:
            version = settler.seen.version_of(item.key)
            entry = None if version is None else entry_of(version)
        if entry is not None:
            outcome = known_outcome(
                entry, item.digest, self.policy, is_lasting=settler.is_lasting, is_confirmed=is_confirmed
            )
            if outcome is not None:
                settler.announcer.counts.save("unchanged" if settler.ledger is not None else "merged", 1)
                settler.settle_known(Entity.PURCHASE, item, outcome, entry)
                return None
            route = route_of(Entity.PURCHASE, entry, item.digest, self.policy)
            if settler.ledger is None and doubt_of(entry) is not None:
                route = Route.OVERWRITE  # another content may have been accepted before that one
        settler.unsettled.open(
            item,
            is_doubtful=entry is not None and doubt_of(entry) is not None,
            is_unconfirmed=not is_confirmed,
        )
        if is_confirmed or not is_named or route is not Route.PLAIN:
            return route  # updates and doubtful purchases are sent alone: the answer says whether the customer exists
        return self._asked(item, standing)

    def open_other(self, item: Item, entity: Entity) -> bool:
        """Take in a product, branch or family whose key is free. Return whether it needs a request."""
        settler = self.settler
        if settler.ledger is not None:
            entry = settler.ledger.find(entity, item.key)
        else:
            entry = settler.seen.find_other(entity, item.key)
        outcome = None if entry is None else known_outcome(entry, item.digest, self.policy)
        if outcome is not None:
            settler.announcer.counts.save("unchanged" if settler.ledger is not None else "merged", 1)
            settler.settle_known(entity, item, outcome)
            return False
        settler.unsettled.open_other(item, entity, is_doubtful=entry is not None and doubt_of(entry) is not None)
        return True

    def _salvaged(self, record: Record) -> Encoded | None:
        if not self.policy.salvage or record.refusal is not None:
            return None
        return self.shapes.user.salvaged(record.raw)

    def _known_user(self, entry: Entry | None, item: Item) -> Outcome | None:
        settler = self.settler
        if entry is None:
            outcome = self._known_without_ledger(item) if settler.ledger is None else None
            if outcome is not None:
                settler.announcer.counts.save("merged", 1)
            return outcome
        outcome = known_outcome(entry, item.digest, self.policy, is_lasting=settler.is_lasting)
        if isinstance(outcome, Accepted) and not settler.customers.is_last_version(item.customers, item.digest):
            return None  # since then another version of the person was accepted, under another identifier
        if outcome is not None:
            settler.announcer.counts.save("unchanged", 1)
        return outcome

    def _known_without_ledger(self, item: Item) -> Outcome | None:
        """Return the outcome of an identical user of this run, if no other version of the person came after it."""
        settler = self.settler
        is_reported = self.policy.doubt == "report" and settler.is_user_in_doubt(item)
        if is_reported and settler.customers.is_open(item.customers):  # no other version was accepted since
            return InDoubt("an identical record was sent before without an answer")
        if settler.is_lasting:
            return None
        verdict = settler.verdict_of(item)
        if settler.customers.is_last_version(item.customers, item.digest):
            return unchanged_after(verdict)
        return verdict if isinstance(verdict, Rejected) else None

    def _asked(self, item: Item, standing: Standing) -> Route | None:
        """Return the route of a purchase whose customer may be missing. The first is sent alone, the others wait."""
        settler = self.settler
        if standing is Standing.MISSING:
            settler.announcer.counts.save("cached_reads", 1)
            trouble = settler.customers.trouble_of(item.customers)
            settler.settle(Entity.PURCHASE, (item,), missing_outcome(trouble))
            return None
        if self.waiting.wait(item):
            return None
        if standing is Standing.TROUBLED or settler.customers.may_ask():
            self.waiting.begin(item)
            return Route.ASK
        return Route.PLAIN
