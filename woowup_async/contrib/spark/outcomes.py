"""What a ledger knows about each record, as rows: `spark.read.format("woowup")`.

Room: contrib, an edge. It needs the extra `postgres`; a journal that is a file needs no extra.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from woowup_async._flow import Entity
from woowup_async._journal import schema
from woowup_async._journal.outcomes import decoded
from woowup_async._ledger.address import address_of, check_driver, path_of
from woowup_async._ledger.codes import ENTITY_OF, STATE_OF, shown
from woowup_async._platform import read_only_address
from woowup_async.budget.dsn import Dsn
from woowup_async.contrib.spark.options import ACCOUNT
from woowup_async.contrib.spark.sending import ACCOUNT_NOTE
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released
from woowup_async.ports import State

#: The columns of the rows, in the language of Spark.
SCHEMA = (
    "account string, entity string, key string, state string, effect string, code string, reasons array<string>, "
    "why string, position string, run bigint"
)
#: Rows that the server sends at a time (guessed).
_BLOCK = 10_000

_PARTS = """
SELECT a.id, n.value, (SELECT max(r.id) FROM woowup_run AS r WHERE r.account = a.id)
FROM woowup_account AS a LEFT JOIN woowup_note AS n ON n.account = a.id AND n.name = %s ORDER BY a.id
"""
_ROWS = """
SELECT entity, key, state, outcome, position, run FROM woowup_record AS r
WHERE account = %(account)s AND (run = %(run)s OR %(run)s IS NULL) AND NOT EXISTS (
    SELECT FROM woowup_claimed AS c WHERE c.account = r.account AND c.entity = r.entity AND c.key = r.key)
UNION ALL
SELECT c.entity, c.key, 0, NULL, c.position, w.run FROM woowup_claimed AS c JOIN woowup_writer AS w ON w.id = c.writer
WHERE c.account = %(account)s AND (w.run = %(run)s OR %(run)s IS NULL)
"""
_FILE_ROWS = """
SELECT entity, key, state, outcome, position, run FROM records
WHERE run = ? OR ? IS NULL
"""


class Part(NamedTuple):
    """The records of one account.

    Args:
        journal: `env:NAME`, an address without a password, or the path of a file.
        account: its name, if a write with Spark noted it; otherwise its number in the ledger, as `#7`.
        number: in the ledger; 0 in a file.
        run: the run to read; None for all.

    """

    journal: str
    account: str
    number: int
    run: int | None


def parts_of(journal: str, *, is_last: bool) -> list[Part]:
    """Return the accounts of a ledger, or the files that a path with `{account}` names.

    Raises:
        JournalError: it cannot be read, or there is none.

    """
    address = address_of(journal)
    if address is not None:
        with _connected(address) as connection:
            found = connection.execute(_PARTS, (ACCOUNT_NOTE,)).fetchall()
        return [
            Part(journal, name if name is not None else f"#{number}", number, run if is_last else None)
            for number, name, run in found
        ]
    pattern = path_of(journal)
    paths = sorted(pattern.parent.glob(pattern.name.replace(ACCOUNT, "*")))
    if not paths:
        raise JournalError(f"journal {journal}: there is no such file")
    parts = []
    for path in paths:
        with _opened(path) as database:
            name = database.execute("SELECT value FROM notes WHERE name = ?", (ACCOUNT_NOTE,)).fetchone()
            (run,) = database.execute("SELECT max(id) FROM runs").fetchone()
        parts.append(Part(str(path), name[0] if name else path.stem, 0, run if is_last else None))
    return parts


def rows_of(part: Part) -> Iterator[tuple[Any, ...]]:
    """Yield the records of one account as rows of `SCHEMA`.

    Raises:
        JournalError: the ledger cannot be read.

    """
    address = address_of(part.journal)
    if address is None:
        with _opened(part.journal) as database:
            for entity, key, state, *rest in database.execute(_FILE_ROWS, (part.run, part.run)):
                yield _row(part, Entity(entity), schema.shown(key), State(state), *rest)
        return
    with _connected(address) as connection, connection.cursor("outcomes") as cursor:
        cursor.itersize = _BLOCK
        for number, key, code, *rest in cursor.execute(_ROWS, {"account": part.number, "run": part.run}):
            yield _row(part, ENTITY_OF[number], shown(key), STATE_OF[code], *rest)


def _row(part: Part, entity: Entity, key: str, state: State, text: str | None, position: str, run: int) -> Any:
    outcome = decoded(state, text) if text is not None else None
    effect = code = why = None
    reasons = list[str]()
    match outcome:
        case Accepted():
            effect = outcome.effect
        case Rejected():
            code, reasons = outcome.code, [str(reason) for reason in outcome.reasons]
        case Released() | InDoubt():
            why = outcome.why
    return part.account, entity.value, key, state.value, effect, code, reasons, why, position, run


def _connected(address: Dsn) -> Any:
    """Connect for one transaction that only reads."""
    check_driver(address)
    from woowup_async._ledger.reader import connected_now  # a read of files needs no driver

    connection = connected_now(address)
    connection.read_only = True
    return connection


def _opened(path: str | Path) -> Any:
    """Open a file for reading only."""
    return closing(sqlite3.connect(read_only_address(Path(path).resolve()), uri=True))
