"""Claims and settles records in PostgreSQL, one step of the server for each batch.

Room: _ledger. A process is a writer: a row whose lease it renews by the server's clock. A record belongs to the writer
that claimed it, until it is settled or the lease has ended. What a dead writer had claimed is in doubt, as what was
under way in a journal's file when its process was killed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable, Collection, Mapping, Sequence

import anyio.to_thread

from woowup_async._cancellation import finished
from woowup_async._flow import Entity, Item
from woowup_async._journal.live import Live, Problem
from woowup_async._ledger import statements as sql
from woowup_async._ledger.claimed import Claimed
from woowup_async._ledger.codes import ENTITIES, key_of, keys_of, stored
from woowup_async._ledger.connections import LeaseEnded, Rows, Statement, migrated
from woowup_async._ledger.lease import Lease
from woowup_async._ledger.pending import Pending
from woowup_async._ledger.questions import Questions
from woowup_async._ledger.rows import items_of
from woowup_async._ledger.steps import Writer, late_steps_of, steps_of
from woowup_async._platform import seconds_since_boot
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import JournalError
from woowup_async.ports import Entry, Mark, Note, Opening

_log = logging.getLogger("woowup_async.journal")
#: Seconds that a claim holds without a sign of its process, and seconds between two signs (guessed: a dead process is
#: noticed soon, and one that pauses for a few seconds keeps its claims).
LEASE, _BEAT = 30.0, 5.0
#: In place of the number of settlements of a record: another process has it, or it was not looked up.
_ELSEWHERE, _UNSEEN = -1, -2
#: Keys of each kind whose settlements are remembered until they are claimed (guessed: more than wait for a batch).
_MOST_SEEN = 50_000


class PostgresLedger(Questions):
    """A ledger on a server, for one run of one account.

    Args:
        dsn: address of the server.
        account: turns a salt into a mark of the account. It is slow on purpose, and called in a thread.
        lease: seconds that its claims hold without a sign of this process.
        now: seconds, which go on while the machine sleeps.

    """

    def __init__(
        self,
        dsn: Dsn,
        account: Callable[[bytes], bytes] = bytes,
        *,
        lease: float = LEASE,
        now: Callable[[], float] = seconds_since_boot,
    ) -> None:
        super().__init__(dsn)
        self._mark, self._lease = account, Lease(dsn, lease, now)
        self._place = stored(f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(8)}")
        self._claims = self._steps = 0
        self._unsure = set[int]()
        self._seen: dict[Entity, dict[str, int]] = {entity: {} for entity in Entity}
        self._memory, self._pending = b"", Pending()
        self._beating: asyncio.Task[None] | None = None

    async def begin(self, sources: Sequence[Mark]) -> Opening:
        """Begin a run, join the one that other processes have under way, or continue the one that was left."""
        salt = await migrated(self._connections)
        mark = await anyio.to_thread.run_sync(self._mark, salt)
        ((self._account,),) = await self._rows(sql.ACCOUNT, mark, mark) or await self._rows(sql.ACCOUNT, mark, mark)
        before, seconds = self._lease.now(), self._lease.seconds
        ((self._run, self._writer, is_resumed),) = await self._rows(sql.BEGIN, self._account, self._place, seconds)
        self._lease.renewed(before)
        await self._sweep()
        known = {path: rest for path, *rest in await self._rows(sql.SOURCES, self._run)}
        changed = tuple(path for path, *rest in sources if known.get(stored(path), rest) != rest)
        if sources:
            await self._connections.step(*[(sql.SOURCE, (self._run, stored(path), *rest)) for path, *rest in sources])
        ((settled,),) = await self._rows(sql.SETTLED, self._run, self._account)
        self._beating = asyncio.create_task(self._beat())
        return Opening(is_resumed, settled if is_resumed else 0, changed)

    async def find(self, entity: Entity, keys: Sequence[str]) -> Sequence[Entry | None]:
        """Look records up. Those that a dead process had under way are in doubt from then on."""
        if not keys:
            return ()
        rows = await self._known(entity, keys)
        if any(row[8] is not None and not row[10] for row in rows):
            await self._sweep()
            rows = await self._known(entity, keys)
        found: list[Entry | None] = [None] * len(keys)
        seen = dict.fromkeys(keys, 0)
        for place, entry, settled in self._entries(entity, keys, rows):
            found[place] = entry
            seen[keys[place]] = _ELSEWHERE if entry.is_elsewhere else settled
        known = self._seen[entity]
        known.update(seen)
        while len(known) > _MOST_SEEN:
            del known[next(iter(known))]
        return found

    async def claim(self, entity: Entity, items: Sequence[Item]) -> Collection[str]:
        """Claim items. Return the keys of those that another process has, or has settled since they were looked up."""
        self._lease.check_end()
        if mine := self._claimed.of(entity):
            overtaken = [item.key for item in items if item.key in mine and mine[item.key][0] != item.digest]
            if overtaken:
                await self._overtake(entity, overtaken)
            items = [item for item in items if item.key not in mine]
        known = self._seen[entity]
        seen = {item.key: known.pop(item.key, _UNSEEN) for item in items}
        taken = {key for key, count in seen.items() if count == _ELSEWHERE}
        if wanted := [item for item in items if item.key not in taken]:
            taken |= await self._claim(entity, wanted, seen)
        return taken

    def mark(self, entity: Entity, items: Sequence[Item], memory: bytes) -> None:
        """Keep the limiter's memory. The claim says that these items are under way.

        Raises:
            JournalError: the claims may not hold any more, since the server was not reached for too long.

        """
        self._lease.check()
        self._memory = memory or self._memory

    async def settle(self, notes: Sequence[Note], memory: bytes, delivered: Sequence[int] = ()) -> None:
        """Note outcomes. Nothing is delivered here, since an outbox is a file."""
        self._memory = memory or self._memory
        with self._pending.refusals() as refused:
            await self._store([*refused, *notes])

    def defer(self, notes: Sequence[Note], delivered: Sequence[int] = ()) -> None:
        """Note refused records with the next step, or within some seconds."""
        self._pending.refused += notes

    async def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        """Return the version of each customer; b"" if it is not known, None if the customer is not known."""
        await self._store_deferred()  # refused records link identifiers, too
        return await super().versions(customers)

    async def people(self, records: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """Return names of the persons who have these identifiers, for each record."""
        await self._store_deferred()
        return await super().people(records)

    async def finish(self) -> None:
        """Note that this process has finished. The run is finished when no other process is in it."""
        await self._store_deferred()
        with self._pending.texts(self._who) as texts:
            await self._step(*texts, (sql.FINISH, (self._account, self._writer)))

    def note(self, name: str, value: str) -> None:
        """Store a text under a name within some seconds."""
        self._pending.note(name, value)

    async def noted(self, name: str) -> str | None:
        """Return the text stored under a name; None if there is none."""
        rows = await self._rows(sql.NOTED, self._account, stored(name))
        waiting = self._pending.noted(name)
        return waiting if waiting is not None or not rows else str(rows[0][0])

    def show_live(self, live: Live, problems: Sequence[Problem]) -> None:
        """Replace what this process shows about itself within some seconds."""
        self._pending.show(live, problems)

    async def aclose(self) -> None:
        """Give up what is claimed, and close the connections. A server that fails now is only logged.

        A cancellation waits for it. Otherwise the next run would wait for the end of the lease.
        """
        await finished(self._close())

    async def _close(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait((self._beating,))
        try:
            if self._writer and not self._lease.has_ended:
                await self._store_deferred()
                with self._pending.texts(self._who) as texts, self._pending.sign(self._who) as sign:
                    unsent = sql.UNCLAIM, (self._account, self._writer, list(self._unsure))
                    await self._step(*texts, sign, unsent, self._end)
                await self._sweep()
            elif self._account and not self._writer:  # its begin was cancelled or failed
                await self._step(self._end)
        except JournalError as error:
            _log.warning("%s; what it had claimed is free after %g s", error, self._lease.seconds)
        finally:
            await self._connections.aclose()

    @property
    def _end(self) -> Statement:
        return sql.END, (self._account, self._place)

    @property
    def _who(self) -> Writer:
        return Writer(self._writer, self._account, self._run, self._memory, self._lease.seconds)

    async def _step(self, *statements: Statement) -> list[Rows]:
        """Do a step that the server refuses once the lease has ended."""
        self._lease.check_end()
        try:
            return await self._connections.step(*statements)
        except LeaseEnded as error:
            self._lease.end(error)
            raise

    async def _store_deferred(self) -> None:
        if self._pending.refused:
            await self.settle((), b"")

    async def _store(self, notes: Sequence[Note]) -> None:
        """Write notes: those of one kind together, in one step."""
        if not notes:
            if self._memory:
                await self._renew()
            return
        before, claimed, self._steps = self._lease.now(), self._claimed, self._steps + 1
        settled, who = claimed.settled(notes), self._who._replace(step=self._steps)
        try:
            await self._step(*steps_of(notes, who, claimed, claimed.dropped(settled)))
        except LeaseEnded:
            await self._store_late(notes)
            raise
        self._lease.renewed(before)
        claimed.remove(settled)

    async def _store_late(self, notes: Sequence[Note]) -> None:
        """Write what is still true, after the lease has ended: answers about what is in doubt."""
        self._claimed = Claimed()
        sweep = sql.SWEEP, (self._account, self._run)
        await self._connections.step(self._end, sweep, *late_steps_of(notes, self._who))

    async def _claim(self, entity: Entity, items: Sequence[Item], seen: Mapping[str, int]) -> set[str]:
        """Claim items in one step. Return the keys of those that were not free."""
        self._claims = number = self._claims + 1
        self._unsure.add(number)  # if this is cancelled or fails, the server may have it all the same
        places = keys_of([item.key for item in items])
        values = items_of(entity, places, items, [seen[item.key] for item in items])
        arguments = self._writer, self._account, number, ENTITIES[entity], *values
        (rows,) = await self._step((sql.CLAIM, arguments))
        self._unsure.discard(number)
        by_place = dict(zip(places, items)) if rows else {}
        taken = {by_place[place].key for (place,) in rows}
        self._claimed.add(entity, number, items, taken, is_new=not any(seen.values()))
        return taken

    async def _overtake(self, entity: Entity, keys: Sequence[str]) -> None:
        """Add the content that this process claimed before to the doubt of these records."""
        arguments = self._writer, self._account, ENTITIES[entity], self._run, [key_of(key) for key in keys]
        await self._rows(sql.OVERTAKE, *arguments)
        mine = self._claimed.of(entity)
        self._claimed.remove({(entity, key): mine[key][1] for key in keys})
        for key in keys:
            self._seen[entity].pop(key, None)

    async def _sweep(self) -> None:
        """Take note of what dead processes had claimed: these records are in doubt."""
        await self._rows(sql.SWEEP, self._account, self._run)

    async def _beat(self) -> None:
        """Renew the lease, and write what waits. An error is logged once: the next note finds the same server."""
        is_lost = False
        while True:
            await asyncio.sleep(min(_BEAT, self._lease.seconds / 3))
            try:
                await self._store_deferred()
                await self._renew()
                await self._sweep()
            except LeaseEnded as error:
                _log.warning("%s", error)
                return  # the next claim, mark or note of the run raises it, too
            except JournalError as error:
                if not is_lost:
                    _log.warning("%s; trying again", error)
                is_lost = True
            else:
                is_lost = False

    async def _renew(self) -> None:
        before = self._lease.now()
        with self._pending.texts(self._who) as texts, self._pending.sign(self._who) as sign:
            await self._step(*texts, sign)
        self._lease.renewed(before)
