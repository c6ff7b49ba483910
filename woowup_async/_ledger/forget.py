"""Forgets personal data of one account in a ledger on a server, as `_journal.forget` does in a file.

Room: _ledger. `retention` uses it. Its calls wait for the server: call them outside the event loop. All is one
transaction, and no run of the account can begin meanwhile.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from woowup_async._journal.forget import Forgotten
from woowup_async._journal.pseudonyms import is_name, keyed, name_of
from woowup_async._journal.quoted import Quoted, bare
from woowup_async._journal.wanted import named_with
from woowup_async._ledger import forgetting as sql
from woowup_async._ledger import reading
from woowup_async._ledger.codes import key_of, parts_of, together
from woowup_async._ledger.forgotten import SALT
from woowup_async._ledger.reader import PostgresReader
from woowup_async._text import in_lower_case
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import JournalError

#: Rows that are changed at a time (guessed).
_BLOCK = 5_000


def people_in(dsn: Dsn, account: Callable[[bytes], bytes], identifiers: Iterable[str]) -> set[str]:
    """Return these identifiers and the others of the same people, as the ledger knows them.

    Raises:
        JournalError: as in `forget_on`.

    """
    with _opened(dsn, account, is_trial=True) as ledger:
        return ledger.people(identifiers)


def forget_on(
    dsn: Dsn, account: Callable[[bytes], bytes], identifiers: Iterable[str], before: float | None, *, is_trial: bool
) -> Forgotten:
    """Forget customers, and what is older than a moment, of one account.

    Args:
        dsn: the address of the ledger.
        account: turns a salt into the mark of the account.
        identifiers: of the customers, as `name:value`.
        before: seconds since 1970; None if nothing is old.
        is_trial: only count, and change nothing.

    Raises:
        JournalError: the server cannot be reached or refuses, there is no ledger or no such account in it, a process
            is in a run of the account, or records are in doubt.

    """
    with _opened(dsn, account, is_trial=is_trial) as ledger:
        return ledger.forget(identifiers, before)


@contextmanager
def _opened(dsn: Dsn, account: Callable[[bytes], bytes], *, is_trial: bool) -> Iterator[_Ledger]:
    """Open a ledger as the only one that uses an account, if no record is in doubt."""
    reader = PostgresReader(dsn, account)
    try:
        if not reader.account:
            raise JournalError(f"journal {dsn}: it has no records of the account with this key")
        with reader.changing(is_trial=is_trial):
            reader.execute(sql.LOCK, account=reader.account)
            if reader.rows(reading.WRITERS, account=reader.account):
                raise JournalError(
                    f"journal {dsn}: a process is in a run of this account; end it, or wait 30 s if it was killed"
                )
            if count := reader.rows(sql.IN_DOUBT, account=reader.account)[0][0]:
                raise JournalError(
                    f"journal {dsn}: {count:,} records are in doubt, so it is not known whether the account has them; "
                    "send them again (the same backfill), and forget then"
                )
            yield _Ledger(reader, account)
    finally:
        reader.close()


class _Ledger:
    """One account of a ledger, in a transaction."""

    def __init__(self, reader: PostgresReader, account: Callable[[bytes], bytes]) -> None:
        self._reader, self._mark = reader, account

    def people(self, identifiers: Iterable[str]) -> set[str]:
        """Return identifiers and the others of the same people."""
        wanted, before = {key_of(each) for each in identifiers}, set[str]()
        while wanted != before:
            before = set(wanted)
            addresses = {each for each in map(in_lower_case, wanted) if each is not None}
            if addresses:
                found = self._rows(sql.SAME_ADDRESS, addresses=list(addresses))
                wanted |= {each for (each,) in found if in_lower_case(each) in addresses}
            wanted |= {each for (each,) in self._rows(sql.SAME_PERSON, identifiers=list(wanted))}
            wanted |= named_with((parts_of(name) for (name,) in self._rows(sql.TOGETHER)), wanted)
        return wanted

    def forget(self, identifiers: Iterable[str], before: float | None) -> Forgotten:
        """Forget, and return what was found."""
        secret, wanted = self._secret(), self.people(identifiers)
        texts, records, rows = self._scrub(wanted), 0, 0
        self._change(sql.WANTED)
        self._change("INSERT INTO wanted SELECT unnest(%(identifiers)s::text[])", identifiers=list(wanted))
        if before is not None:
            old = [run for (run,) in self._rows(sql.OLD_RUNS, before=before)]
            rows = self._change(sql.OLD_PROBLEMS, before=before)
            self._change(sql.OLD_NAMES, old=old)
            self._take_apart()
            self._change(sql.KEEP_RECENT, old=old)
            records = self._hide_others(secret, old)
        self._change(f"DELETE FROM wanted WHERE identifier {sql.IS_NAME}")
        self._name(secret)
        self._change(sql.LEAVE_NAMES)
        self._hide_versions(secret)
        records += self._hide_people(secret)
        found = self._rows(sql.HIDE_CUSTOMERS)[0][0] + self._hide_together()
        return Forgotten(found, records, 0, texts, rows, 0)

    def _take_apart(self) -> None:
        """Want each identifier of a purchase in place of the name for all of them together."""
        self._change(sql.TAKE_APART)
        for block in _blocks(self._rows(sql.TOGETHER)):
            self._change(sql.WANT, identifiers=[part for (name,) in block for part in parts_of(name)])

    def _hide_together(self) -> int:
        """As `_journal.forget` does. The names for several are wanted now, each with what stands for it."""
        count, hidden = 0, dict[str, str]()
        for block in _blocks(self._rows(sql.TOGETHER)):
            parts = {name: parts_of(name) for (name,) in block}
            names = dict(self._rows(sql.NAMES_OF, identifiers=[each for found in parts.values() for each in found]))
            left = list(names.values())
            count += self._change(sql.LEAVE, names=left, folded=[in_lower_case(name) for name in left])
            hidden |= {name: together(names.get(each, each) for each in found) for name, found in parts.items()}
        changed = [name for name, other in hidden.items() if name != other]
        others = [hidden[name] for name in changed]
        self._change(sql.WANT, identifiers=changed)
        self._change(sql.NAME, identifiers=changed, names=others, folded=[in_lower_case(name) for name in others])
        self._rows(sql.HIDE_CUSTOMERS)
        return count

    def _secret(self) -> bytes:
        """Return the secret for the names, and store a new salt for it if there is none. It is not in the ledger."""
        salt = self._reader.noted(SALT)
        if salt is None:
            salt = secrets.token_hex(16)
            self._reader.note(SALT, salt)
        return self._mark(salt.encode())

    def _scrub(self, wanted: set[str]) -> int:
        """Remove the identifiers from texts."""
        quoted = Quoted(wanted)
        if not quoted:
            return 0
        patterns = [f"%{_escaped(each.partition(':')[2])}%" for each in wanted if not is_name(each)]
        count = 0
        for find, change in sql.TEXTS:
            for row, text in self._rows(find, patterns=patterns):
                if quoted.is_in(text):
                    count += self._change(change, row=row, text=quoted.removed_from(text))
        return count

    def _name(self, secret: bytes) -> None:
        while rows := self._rows(sql.NAMELESS, most=_BLOCK):
            identifiers = [identifier for (identifier,) in rows]
            names = [name_of(secret, each) for each in identifiers]
            self._change(sql.NAME, identifiers=identifiers, names=names, folded=[in_lower_case(name) for name in names])

    def _hide_versions(self, secret: bytes) -> None:
        for part in _blocks(self._rows(sql.VERSIONS)):
            versions = [keyed(secret, bytes(version)) for _, version in part]
            self._change(sql.HIDE_VERSIONS, people=[person for person, _ in part], versions=versions)

    def _hide_people(self, secret: bytes) -> int:
        rows = self._rows(sql.TAKE_RECORDS)
        for part in _blocks(rows):
            entities, keys, states, runs, settled, digests, accepted, outcomes = zip(*part)
            self._change(
                sql.PUT_RECORDS,
                entities=list(entities),
                keys=list(keys),
                states=list(states),
                runs=list(runs),
                settled=list(settled),
                digests=[_keyed(secret, each) for each in digests],
                accepted=[_keyed(secret, each) for each in accepted],
                outcomes=[bare(each) for each in outcomes],
            )
        return len(rows)

    def _hide_others(self, secret: bytes, old: list[int]) -> int:
        count, entity, key = 0, 0, ""
        while rows := self._rows(sql.OLD_RECORDS, old=old, entity=entity, key=key, most=_BLOCK):
            entity, key = rows[-1][:2]
            count += self._change(
                sql.HIDE_OTHERS,
                entities=[row[0] for row in rows],
                keys=[row[1] for row in rows],
                digests=[_keyed(secret, row[2]) for row in rows],
                accepted=[_keyed(secret, row[3]) for row in rows],
                outcomes=[bare(row[4]) for row in rows],
            )
        return count

    def _rows(self, query: str, **values: Any) -> list[Any]:
        return self._reader.rows(query, account=self._reader.account, **values)

    def _change(self, statement: str, **values: Any) -> int:
        return self._reader.execute(statement, account=self._reader.account, **values)


def _blocks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(rows), _BLOCK):
        yield rows[first : first + _BLOCK]


def _keyed(secret: bytes, digest: bytes | None) -> bytes | None:
    return None if digest is None else keyed(secret, bytes(digest))


def _escaped(text: str) -> str:
    """Return a text for a pattern of LIKE."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
