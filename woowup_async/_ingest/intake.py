"""Turns records into items, and decides for each item: it is settled already, it waits, or it is sent.

Room: _ingest. A decision uses what was looked up before, and does not wait.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from woowup_async._flow import Entity, Item, Record, Route, Settled, digest_of
from woowup_async._ingest.customers import Standing, missing_outcome, names_together
from woowup_async._ingest.lookups import Lookups
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


class Decided(NamedTuple):
    """The outcome of an item that needs no request.

    Args:
        outcome: the outcome.
        entry: what the ledger has about it.
        is_open: whether the item was taken in.

    """

    outcome: Outcome
    entry: Entry | None = None
    is_open: bool = False


class Intake(msgspec.Struct):
    """Takes records in.

    Args:
        shapes: check and encode records.
        policy: the settings of the run.
        settler: settles records that need no request.
        waiting: purchases that wait for an answer about their customer.
        lookups: what the ledger said; None without one.

    """

    shapes: Shapes
    policy: IngestPolicy
    settler: Settler
    waiting: WaitingPurchases
    lookups: Lookups | None = None

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
        is_kept = settler.storing is not None or is_user or is_other
        digest = digest_of(body) if is_kept else hash(body).to_bytes(8, "little", signed=True)
        return Item(record, encoded.key, body, digest, encoded.left_out, customers)

    def admit(self, record: Record, entity: Entity) -> Item | None:
        """Make an item of a record. If the record is refused, settle it and return None."""
        item = self.item_of(record, entity)
        if isinstance(item, Item):
            return item
        self.refuse(record, entity, item)
        return None

    def as_taken(self, settled: Settled, item: Item) -> Settled:
        """Return a record with the content that was taken in, which its source may have changed since.

        An accepted record, and one that still has this content, stays the same object.
        """
        record = settled.record
        if isinstance(settled.outcome, Accepted) or isinstance(record.raw, bytes | str):
            return settled
        now = self.item_of(record, settled.entity, is_counted=True)
        if isinstance(now, Item) and now.body == item.body:
            return settled
        return msgspec.structs.replace(settled, record=msgspec.structs.replace(record, raw=item.body))

    async def settle(self, entity: Entity, item: Item, decided: Decided) -> None:
        """Settle an item that needs no request, and so has no route."""
        if decided.is_open:
            await self.settler.settle(entity, (item,), decided.outcome)
        else:
            await self.settler.settle_known(entity, item, decided.outcome, decided.entry)

    def refuse(self, record: Record, entity: Entity, refusal: Rejected) -> None:
        """Settle a record that `item_of` refused."""
        customers = identifiers_of(record.raw) if entity is Entity.USER else ()
        self.settler.settle_refused(entity, record, refusal, customers)

    def look_up_of(self, entity: Entity) -> Callable[[Sequence[Item]], Awaitable[None]] | None:
        """Return `look_up` for one kind of record, which begins anew with each call; None if there is no ledger."""
        if (lookups := self.lookups) is None:
            return None

        async def look_up(items: Sequence[Item]) -> None:
            lookups.begin(entity)
            await self.look_up(entity, items)

        return look_up

    async def look_up(self, entity: Entity, items: Sequence[Item]) -> None:
        """Ask the ledger for all that is needed to open these items. Those under way are asked for when they are free.

        When this returns, nothing is missing and nothing has changed, until something else is awaited.
        """
        if (lookups := self.lookups) is None:
            return
        entries, held = lookups.entries[entity], self.settler.unsettled.keys
        while True:
            if keys := [item.key for item in items if item.key not in entries and item.key not in held]:
                await lookups.load_entries(entity, keys)
            elif not await self._look_up_customers(entity, items, lookups):
                return

    async def ready(self, item: Item) -> Item:
        """Return a purchase of which all is known that is needed to open it.

        When it was made, its customer may not have mattered yet, and since then the ledger may have changed.
        """
        if self.settler.customers.matter and not item.customers and (customers := identifiers_of(item.body)):
            item = msgspec.structs.replace(item, customers=customers)
        await self.look_up(Entity.PURCHASE, (item,))
        return item

    async def _look_up_customers(self, entity: Entity, items: Sequence[Item], lookups: Lookups) -> bool:
        """Look up what is missing about customers. Return whether anything was."""
        is_user, customers = entity is Entity.USER, self.settler.customers
        if not is_user and (entity is not Entity.PURCHASE or not customers.matter):
            return False
        of = dict.fromkeys([item.customers for item in items if item.customers])
        people = [each for each in of if lookups.lacks_people(each)] if is_user else ()
        wanted = [
            each
            for each in of
            if (is_user or not customers.remembers(each)) and lookups.lacks_versions(names_together(each))
        ]
        if people:
            await lookups.load_people(people)
        if wanted:
            await lookups.load_versions(dict.fromkeys([name for each in wanted for name in names_together(each)]))
        return bool(people or wanted)

    def names_of(self, item: Item) -> tuple[str, ...]:
        """Return all names of a user's person. Two users who share a name are never in flight together."""
        return self.settler.customers.names_of(item.customers)

    def open_user(self, item: Item, names: tuple[str, ...]) -> Route | Decided | None:
        """Take in a user whose names are free. Return its route, or its outcome if it needs no request."""
        settler = self.settler
        entry = self.lookups.take(Entity.USER, item.key) if self.lookups is not None else None
        outcome = self._known_user(entry, item)
        if outcome is not None:
            return Decided(outcome, entry)
        route = Route.PLAIN if entry is None else route_of(Entity.USER, entry, item.digest, self.policy)
        if settler.customers.is_known(item.customers):
            route = Route.REPLACE
        is_doubtful = entry is not None and doubt_of(entry) is not None
        settler.unsettled.open_user(item, names, is_doubtful=is_doubtful or self._is_in_doubt(item))
        return route

    def open_purchase(self, item: Item) -> Route | Decided | None:
        """Take in a purchase whose key is free.

        Return its route, its outcome if it needs no request, or None if it waits for an answer about its customer.
        """
        settler, route = self.settler, Route.PLAIN
        is_named = bool(item.customers) and settler.customers.matter
        standing = settler.customers.standing(item.customers) if is_named else Standing.UNKNOWN
        is_confirmed = standing is Standing.KNOWN
        if self.lookups is not None:
            entries = self.lookups.entries[Entity.PURCHASE]
            entry = entries[item.key]
            del entries[item.key]  # as `take` does, for each record
        else:
            version = settler.seen.version_of(item.key)
            entry = None if version is None else entry_of(version)
        if entry is not None:
            outcome = known_outcome(
                entry, item.digest, self.policy, is_lasting=settler.is_lasting, is_confirmed=is_confirmed
            )
            if outcome is not None:
                settler.announcer.counts.save("unchanged" if settler.storing is not None else "merged", 1)
                return Decided(outcome, entry)
            route = route_of(Entity.PURCHASE, entry, item.digest, self.policy)
            if settler.storing is None and doubt_of(entry) is not None:
                route = Route.OVERWRITE  # another content may have been accepted before that one
        settler.unsettled.open(
            item,
            is_doubtful=entry is not None and doubt_of(entry) is not None,
            is_unconfirmed=not is_confirmed,
        )
        if is_confirmed or not is_named or route is not Route.PLAIN:
            return route  # updates and doubtful purchases are sent alone: the answer says whether the customer exists
        return self._asked(item, standing)

    def open_other(self, item: Item, entity: Entity) -> Route | Decided:
        """Take in a product, branch or family whose key is free. Return its route, or its outcome."""
        settler = self.settler
        if self.lookups is not None:
            entry = self.lookups.take(entity, item.key)
        else:
            entry = settler.seen.find_other(entity, item.key)
        outcome = None if entry is None else known_outcome(entry, item.digest, self.policy)
        if outcome is not None:
            settler.announcer.counts.save("unchanged" if settler.storing is not None else "merged", 1)
            return Decided(outcome)
        settler.unsettled.open_other(item, entity, is_doubtful=entry is not None and doubt_of(entry) is not None)
        return Route.PLAIN

    def _is_in_doubt(self, item: Item) -> bool:
        """Return whether an identical user was sent without an answer. It is known in a run without a ledger only."""
        return self.settler.seen_users.doubt_of(item.key) == item.digest

    def _salvaged(self, record: Record) -> Encoded | None:
        if not self.policy.salvage or record.refusal is not None:
            return None
        return self.shapes.user.salvaged(record.raw)

    def _known_user(self, entry: Entry | None, item: Item) -> Outcome | None:
        settler = self.settler
        if entry is None:
            outcome = self._known_without_ledger(item) if settler.storing is None else None
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
        is_reported = self.policy.doubt == "report" and self._is_in_doubt(item)
        if is_reported and settler.customers.is_open(item.customers):  # no other version was accepted since
            return InDoubt("an identical record was sent before without an answer")
        if settler.is_lasting:
            return None
        verdict = settler.seen_users.verdict_of(item)
        if settler.customers.is_last_version(item.customers, item.digest):
            return unchanged_after(verdict)
        return verdict if isinstance(verdict, Rejected) else None

    def _asked(self, item: Item, standing: Standing) -> Route | Decided | None:
        """Return the route of a purchase whose customer may be missing. The first is sent alone, the others wait."""
        settler = self.settler
        if standing is Standing.MISSING:
            settler.announcer.counts.save("cached_reads", 1)
            trouble = settler.customers.trouble_of(item.customers)
            return Decided(missing_outcome(trouble), is_open=True)
        if self.waiting.wait(item):
            return None
        if standing is Standing.TROUBLED or settler.customers.may_ask():
            self.waiting.begin(item)
            return Route.ASK
        return Route.PLAIN
