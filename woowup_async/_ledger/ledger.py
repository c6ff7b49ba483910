"""The ledger in PostgreSQL, which many processes share.

Room: _ledger. A process is a writer: a row whose lease it renews by the server's clock. A record belongs to the writer
that claimed it, until it is settled or the lease has ended. What a dead writer had claimed is in doubt, as what was
under way in a journal's file when its process was killed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import anyio.to_thread
import msgspec

from woowup_async._flow import Entity, Item
from woowup_async._journal.live import Live, Problem
from woowup_async._ledger import arrays
from woowup_async._ledger import statements as sql
from woowup_async._ledger.claimed import Claimed
from woowup_async._ledger.codes import ENTITIES, key_of, keys_of, stored
from woowup_async._ledger.connections import Connections, Rows, Statement, migrated
from woowup_async._ledger.rows import entry_of, items_of, spelled, under_way
from woowup_async._ledger.steps import Writer, steps_of
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import JournalError
from woowup_async.ports import Entry, Known, Mark, Note, Opening

_log = logging.getLogger("woowup_async.journal")
#: Seconds that a claim holds without a sign of its process, and seconds between two signs (guessed: a dead process is
#: noticed soon, and one that pauses for a few seconds keeps its claims).
LEASE, _BEAT = 30.0, 5.0
#: In place of the number of settlements of a record: another process has it, or it was not looked up.
_ELSEWHERE, _UNSEEN = -1, -2
#: Keys of each kind whose settlements are remembered until they are claimed (guessed: more than wait for a batch).
_MOST_SEEN = 50_000


class PostgresLedger:
    """A ledger on a server, for one run of one account.

    Args:
        dsn: address of the server.
        account: turns a salt into a mark of the account. It is slow on purpose, and called in a thread.
        lease: seconds that its claims hold without a sign of this process.

    """

    def __init__(self, dsn: Dsn, account: Callable[[bytes], bytes] = bytes, *, lease: float = LEASE) -> None:
        self._dsn, self._mark, self._lease = dsn, account, lease
        self._connections = Connections(dsn)
        self._account = self._run = self._writer = 0
        self._claimed, self._claims = Claimed(), 0
        self._seen: dict[Entity, dict[str, int]] = {entity: {} for entity in Entity}
        self._memory, self._live = b"", ""
        self._notes: dict[str, str] = {}
        self._problems: list[Problem] = []
        self._deferred: list[Note] = []
        self._held_until = 0.0
        self._beating: asyncio.Task[None] | None = None

    async def begin(self, sources: Sequence[Mark]) -> Opening:
        """Begin a run, join the one that other processes have under way, or continue the one that was left."""
        salt = await migrated(self._connections)
        mark = await anyio.to_thread.run_sync(self._mark, salt)
        ((self._account,),) = await self._rows(sql.ACCOUNT, mark, mark) or await self._rows(sql.ACCOUNT, mark, mark)
        place = stored(f"{socket.gethostname()}:{os.getpid()}")
        before = time.monotonic()
        ((self._run, self._writer, is_resumed),) = await self._rows(sql.BEGIN, self._account, place, self._lease)
        self._held_until = before + self._lease
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
        number, account = ENTITIES[entity], self._account
        values = arrays.texts(keys_of(list(keys))), account, number, self._writer, account, number
        rows = await self._rows(sql.FIND, *values)
        if any(row[8] is not None and not row[10] for row in rows):
            await self._sweep()
            rows = await self._rows(sql.FIND, *values)
        rows = under_way(rows, keys, self._claimed.of(entity), self._writer)
        found: list[Entry | None] = [None] * len(keys)
        seen = dict.fromkeys(keys, 0)
        for row in rows:
            place = row[0] - 1
            found[place] = entry = entry_of(row, self._writer, self._run)
            seen[keys[place]] = _ELSEWHERE if entry.is_elsewhere else row[7] or 0
        known = self._seen[entity]
        known.update(seen)
        while len(known) > _MOST_SEEN:
            del known[next(iter(known))]
        return found

    async def claim(self, entity: Entity, items: Sequence[Item]) -> Collection[str]:
        """Claim items. Return the keys of those that another process has, or has settled since they were looked up."""
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
        if time.monotonic() > self._held_until:
            raise JournalError(
                f"journal {self._dsn}: was not reached for {self._lease:g} s: other processes may send what this one "
                "had under way. Start again, the run continues where it stopped"
            )
        self._memory = memory or self._memory

    async def settle(self, notes: Sequence[Note], memory: bytes, delivered: Sequence[int] = ()) -> None:
        """Note outcomes. Nothing is delivered here, since an outbox is a file."""
        deferred, self._deferred = self._deferred, []
        self._memory = memory or self._memory
        try:
            await self._store([*deferred, *notes])
        except BaseException:
            self._deferred = [*deferred, *self._deferred]
            raise

    def defer(self, notes: Sequence[Note], delivered: Sequence[int] = ()) -> None:
        """Note refused records with the next step, or within some seconds."""
        self._deferred += notes

    async def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        """Return the version of each customer; b"" if it is not known, None if the customer is not known."""
        await self._store_deferred()
        found: list[bytes | None] = [None] * len(customers)
        for number, version in await self._rows(sql.VERSIONS, [key_of(each) for each in customers], self._account):
            found[number - 1] = version
        return found

    async def people(self, records: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """Return names of the persons who have these identifiers, for each record."""
        await self._store_deferred()
        numbers = [number for number, customers in enumerate(records) for _ in customers]
        names, lowered = spelled([each for customers in records for each in customers])
        found: list[list[str]] = [[] for _ in records]
        for number, person in await self._rows(sql.PEOPLE, numbers, names, lowered, self._account, self._account):
            found[number].append(f"person:{person}")
        return found

    async def known_customers(self) -> Known:
        """Count the identifiers under which a customer is known."""
        return Known(*(await self._rows(sql.KNOWN, self._account))[0])

    async def recall(self) -> bytes:
        """Return the memory of the limiter that wrote last."""
        rows = await self._rows(sql.RECALL, self._account)
        return bytes(rows[0][0]) if rows else b""

    async def finish(self) -> None:
        """Note that this process has finished. The run is finished when no other process is in it."""
        await self._store_deferred()
        await self._connections.step(*self._take_notes(), (sql.FINISH, (self._account, self._writer)))

    def note(self, name: str, value: str) -> None:
        """Store a text under a name within some seconds."""
        self._notes[name] = value

    async def noted(self, name: str) -> str | None:
        """Return the text stored under a name; None if there is none."""
        rows = await self._rows(sql.NOTED, self._account, stored(name))
        return self._notes.get(name, str(rows[0][0]) if rows else None)

    def show_live(self, live: Live, problems: Sequence[Problem]) -> None:
        """Replace what this process shows about itself within some seconds."""
        self._live = stored(msgspec.json.encode(live).decode())
        self._problems += problems

    async def aclose(self) -> None:
        """Give up what is claimed, and close the connections. A server that fails now is only logged."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait((self._beating,))
        try:
            if self._writer:
                await self._store_deferred()
                await self._connections.step(*self._take_notes(), *self._take_live(), (sql.END, (self._writer,)))
                await self._sweep()
        except JournalError as error:
            _log.warning("%s; what it had claimed is free after %g s", error, self._lease)
        finally:
            await self._connections.aclose()

    async def _rows(self, statement: str, *values: Any) -> Rows:
        return (await self._connections.step((statement, values)))[0]

    async def _store_deferred(self) -> None:
        if self._deferred:
            await self.settle((), b"")

    async def _store(self, notes: Sequence[Note]) -> None:
        """Write notes: those of one kind together, in one step."""
        before = time.monotonic()
        who = Writer(self._writer, self._account, self._run, self._memory, self._lease)
        settled = self._claimed.settled(notes)
        steps = list(steps_of(notes, who, self._claimed, self._claimed.dropped(settled)))
        if not notes and self._memory:
            steps = self._take_live()
        if steps:
            await self._connections.step(*steps)
            self._held_until = before + self._lease
        self._claimed.remove(settled)

    async def _claim(self, entity: Entity, items: Sequence[Item], seen: Mapping[str, int]) -> set[str]:
        """Claim items in one step. Return the keys of those that were not free."""
        self._claims = number = self._claims + 1
        places = keys_of([item.key for item in items])
        values = items_of(entity, places, items, [seen[item.key] for item in items])
        rows = await self._rows(sql.CLAIM, self._writer, self._account, number, ENTITIES[entity], *values)
        by_place = dict(zip(places, items)) if rows else {}
        taken = {by_place[place].key for (place,) in rows}
        self._claimed.add(entity, number, items, taken, is_new=not any(seen.values()))
        return taken

    async def _overtake(self, entity: Entity, keys: Sequence[str]) -> None:
        """Add the content that this process claimed before to the doubt of these records."""
        arguments = self._writer, self._account, ENTITIES[entity], self._run, [key_of(key) for key in keys]
        await self._open(await self._rows(sql.OVERTAKE, *arguments))
        mine = self._claimed.of(entity)
        self._claimed.remove({(entity, key): mine[key][1] for key in keys})
        for key in keys:
            self._seen[entity].pop(key, None)

    async def _sweep(self) -> None:
        """Take note of what dead processes had claimed: these records are in doubt."""
        await self._open(await self._rows(sql.SWEEP, self._account, self._run))

    async def _open(self, left: Rows) -> None:
        """Note that the server may have another version of these users."""
        steps = [
            (sql.CUSTOMERS, (self._account, "open", *spelled(customers), b"")) for (customers,) in left if customers
        ]
        if steps:
            await self._connections.step(*steps)

    async def _beat(self) -> None:
        """Renew the lease, and write what waits. An error is logged once: the next note finds the same server."""
        is_lost = False
        while True:
            await asyncio.sleep(min(_BEAT, self._lease / 3))
            try:
                await self._store_deferred()
                await self._renew()
            except JournalError as error:
                if not is_lost:
                    _log.warning("%s; trying again", error)
                is_lost = True
            else:
                is_lost = False

    async def _renew(self) -> None:
        before = time.monotonic()
        steps = [*self._take_notes(), *self._take_live()]
        results = await self._connections.step(*steps)
        if not results[-1]:
            raise JournalError(f"journal {self._dsn}: this process is not among its writers any more")
        self._held_until = before + self._lease
        await self._sweep()

    def _take_notes(self) -> list[Statement]:
        notes, self._notes = self._notes, {}
        problems, self._problems = self._problems, []
        return [
            *((sql.NOTE, (self._account, stored(name), stored(value))) for name, value in notes.items()),
            *(
                (sql.PROBLEM, (self._account, self._writer, one.began, one.kind, one.ended, stored(one.what)))
                for one in problems
            ),
        ]

    def _take_live(self) -> list[Statement]:
        live, self._live = self._live, ""
        return [(sql.RENEW, (self._lease, self._memory, self._memory, live or None, self._writer))]
