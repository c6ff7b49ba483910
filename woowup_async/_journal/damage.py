"""Moves damaged rows into a table of their own, so that no damaged row ends a run.

Room: _journal. Used when a journal is opened, and by `ledger` for damage that only shows when a row is read.

The content of a damaged record is not known. So the record is in doubt: it is sent again in a way that is safe
whatever the server has, and it never counts as accepted or as new.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import msgspec

#: The errors that reading a damaged row may raise.
NONSENSE = (ValueError, TypeError, ArithmeticError, LookupError, RecursionError, msgspec.MsgspecError)

_ENTITY = "entity NOT IN ('product', 'branch', 'user', 'member', 'purchase')"
_NUMBER = "NOT IN ('integer', 'real')"
_UNKNOWN_RECORD = f"{_ENTITY} OR typeof(key) <> 'text'"
_ODD_RECORD = """
    typeof(digest) <> 'blob' OR typeof(coalesce(accepted, x'')) <> 'blob' OR typeof(coalesce(doubt, x'')) <> 'blob'
    OR state NOT IN ('accepted', 'rejected', 'released', 'in_doubt', 'in_flight')
    OR (state = 'accepted' AND accepted IS NULL)
    OR (outcome IS NOT NULL AND (typeof(outcome) <> 'text' OR NOT json_valid(outcome)))
    OR typeof(position) <> 'text' OR typeof(run) <> 'integer'
"""
#: Rows that are removed from their tables.
_NONSENSE = {
    "records": _UNKNOWN_RECORD,
    "sources": f"typeof(path) <> 'text' OR typeof(size) <> 'integer' OR typeof(modified) {_NUMBER}",
    "customers": "typeof(identifier) <> 'text' OR typeof(coalesce(person, 0)) <> 'integer' OR is_known NOT IN (0, 1)",
    "people": "typeof(version) <> 'blob'",
    "outbox": "entity NOT IN ('user', 'purchase') OR typeof(key) <> 'text' OR typeof(body) <> 'blob'",
    "limiter": "typeof(memory) <> 'blob'",
    "live": f"typeof(at) {_NUMBER} OR typeof(state) <> 'text'",
    "problems": f"typeof(began) {_NUMBER} OR typeof(coalesce(ended, 0)) {_NUMBER} OR typeof(what) <> 'text'",
    "hours": f"typeof(hour) <> 'integer' OR typeof(records) <> 'integer' OR {_ENTITY} OR typeof(state) <> 'text'",
    "notes": "typeof(name) <> 'text' OR typeof(value) <> 'text'",
}
_ODD_RUN = f"typeof(began) {_NUMBER} OR typeof(coalesce(finished, 0)) {_NUMBER}"
#: A run with damaged times counts as finished, so that the next run checks everything again.
_MEND_RUNS = f"""
UPDATE runs SET
    began = iif(typeof(began) {_NUMBER}, :now, began), finished = iif(typeof(finished) {_NUMBER}, :now, finished)
WHERE {_ODD_RUN}
"""
_DOUBTED = """
UPDATE records SET digest = x'', accepted = NULL, doubt = x'', state = 'in_doubt', position = CAST(position AS TEXT),
    outcome = '{"why":"its row in the journal was damaged"}', run = 0
"""
_OPEN_CUSTOMERS = """
UPDATE people SET version = x'' WHERE person IN (
    SELECT person FROM customers WHERE identifier IN (SELECT key FROM records WHERE entity = 'user' AND {})
)
"""
_ONE = "entity = ? AND key = ?"


def set_aside_all(database: sqlite3.Connection) -> int:
    """Check all rows, in the caller's transaction, and set damaged ones aside. Return their number."""
    count = sum(_moved(database, table, which) for table, which in _NONSENSE.items())
    count += _doubted(database, _ODD_RECORD)
    if odd := keep(database, "runs", _ODD_RUN):
        database.execute(_MEND_RUNS, {"now": time.time()})
    return count + odd


def set_record_aside(database: sqlite3.Connection, entity: str, key: str) -> int:
    """Set one record aside, in the caller's transaction. Return the number of rows."""
    return _doubted(database, _ONE, entity, key)


def keep(database: sqlite3.Connection, table: str, which: str, *arguments: Any) -> int:
    """Copy rows to `damaged`, as SQL literals. SQLite does this, since Python may be unable to read their texts."""
    if not database.execute(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {which})", arguments).fetchone()[0]:
        return 0
    columns = [name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")]
    what = " || ', ' || ".join(f"'{name}=' || quote({name})" for name in columns)
    query = f"INSERT INTO damaged SELECT ?, ?, {what} FROM {table} WHERE {which}"
    return database.execute(query, (time.time(), table, *arguments)).rowcount


def tell_of(database: sqlite3.Connection, table: str, what: str) -> int:
    """Note damage in `damaged` that is not a row."""
    database.execute("INSERT INTO damaged VALUES (?, ?, ?)", (time.time(), table, what))
    return 1


def _moved(database: sqlite3.Connection, table: str, which: str) -> int:
    if count := keep(database, table, which):
        database.execute(f"DELETE FROM {table} WHERE {which}")
    return count


def _doubted(database: sqlite3.Connection, which: str, *arguments: Any) -> int:
    if count := keep(database, "records", which, *arguments):
        database.execute(_OPEN_CUSTOMERS.format(which), arguments)
        database.execute(f"{_DOUBTED} WHERE {which}", arguments)
    return count
