"""The journal's tables, and the update of those of older versions.

Room: _journal. Version 1 stored records under way in `records`. Version 2 had no `doubt` and no customers. Version 3
did not say which identifiers belong to one person. Version 4 had no days, live statistics, problems and outcomes by
hour.
"""

from __future__ import annotations

import sqlite3

from woowup_async._journal.customers import copy, fill

VERSION = 5

#: `under_way` has a row for each request, with its records as JSON. `notes` are for people who look at the journal.
TABLES = {
    "account": "CREATE TABLE account (mark BLOB, salt BLOB)",
    "runs": "CREATE TABLE runs (id INTEGER PRIMARY KEY, began REAL NOT NULL, finished REAL)",
    "sources": """CREATE TABLE sources (
        run INTEGER NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, modified REAL NOT NULL, PRIMARY KEY (run, path)
    ) WITHOUT ROWID""",
    "records": """CREATE TABLE records (
        entity TEXT NOT NULL,    -- user, purchase, product, branch, member
        key TEXT NOT NULL,       -- as the server knows it; the position if it was refused before it had a key
        digest BLOB NOT NULL,    -- of the bytes that were last sent
        accepted BLOB,           -- digest of the bytes that the server was last known to have
        state TEXT NOT NULL,     -- in_flight, accepted, rejected, released, in_doubt
        outcome TEXT,            -- JSON
        position TEXT NOT NULL,  -- for messages
        run INTEGER NOT NULL,
        doubt BLOB,              -- digest of bytes that the server may have processed without an answer; x'': several
        day INTEGER,             -- of an accepted purchase: 20240531; NULL: not known
        PRIMARY KEY (entity, key)
    ) WITHOUT ROWID""",
    "customers": """CREATE TABLE customers (
        identifier TEXT PRIMARY KEY,  -- name:value
        folded TEXT,                  -- an e-mail address in lower case, if the identifier is not
        person INTEGER,               -- the same for all identifiers of a user; NULL if only a purchase named it
        is_known INTEGER NOT NULL DEFAULT 1  -- 0: it may be an identifier of that person
    ) WITHOUT ROWID""",
    "people": """CREATE TABLE people (
        person INTEGER PRIMARY KEY,
        version BLOB NOT NULL  -- digest of the last accepted user of that person; x'': not known
    )""",
    "outbox": """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT, entity TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL,
        left_out TEXT  -- JSON: fields of the record that are not in the body; NULL: none
    )""",
    "under_way": """CREATE TABLE under_way (
        number INTEGER PRIMARY KEY, entity TEXT NOT NULL, run INTEGER NOT NULL, sent BLOB NOT NULL
    )""",
    "limiter": "CREATE TABLE limiter (id INTEGER PRIMARY KEY CHECK (id = 1), memory BLOB NOT NULL)",
    "notes": "CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "live": "CREATE TABLE live (id INTEGER PRIMARY KEY CHECK (id = 1), at REAL NOT NULL, state TEXT NOT NULL)",
    "problems": """CREATE TABLE problems (
        began REAL NOT NULL, kind TEXT NOT NULL,  -- outage, cooldown, no_answer
        ended REAL,  -- NULL: it lasts
        what TEXT NOT NULL, PRIMARY KEY (began, kind)
    ) WITHOUT ROWID""",
    "hours": """CREATE TABLE hours (
        hour INTEGER NOT NULL,  -- since 1970
        entity TEXT NOT NULL, state TEXT NOT NULL, records INTEGER NOT NULL, PRIMARY KEY (hour, entity, state)
    ) WITHOUT ROWID""",
    "damaged": "CREATE TABLE damaged (at REAL NOT NULL, from_table TEXT NOT NULL, what TEXT NOT NULL)",
}
_OUTBOX_INDEX = "CREATE INDEX IF NOT EXISTS outbox_keys ON outbox (entity, key)"
_CUSTOMERS_INDEXES = (
    "CREATE INDEX IF NOT EXISTS {}customers_folded ON customers (folded) WHERE folded IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS {}customers_person ON customers (person) WHERE person IS NOT NULL",
)
#: Tables and the version that added them. An older journal is sound without them.
_CAME_WITH = {
    "notes": 2, "under_way": 2, "customers": 3, "damaged": 3, "people": 4, "live": 5, "problems": 5, "hours": 5,
}  # fmt: skip
#: The doubt of a record in an older journal, for readers.
OLDER_DOUBT = "CASE WHEN state IN ('in_flight', 'in_doubt') THEN digest END"


def tables_in(database: sqlite3.Connection) -> set[str]:
    """Return the names of the tables that exist."""
    return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def has_column(database: sqlite3.Connection, table: str, column: str) -> bool:
    """Return whether a table has a column. Older journals do not have all columns."""
    return any(name == column for _, name, *_ in database.execute(f"PRAGMA table_info({table})"))


def bring_up_to_date(database: sqlite3.Connection, version: int) -> list[str]:
    """Create missing tables and columns, in the caller's transaction. Return the tables that were lost by damage."""
    present = tables_in(database)
    missing = [name for name in TABLES if name not in present]
    is_version_3 = "customers" in present and not has_column(database, "customers", "person")
    for name in missing:
        database.execute(TABLES[name])
    database.execute(_OUTBOX_INDEX)
    if not has_column(database, "outbox", "left_out"):
        database.execute("ALTER TABLE outbox ADD COLUMN left_out TEXT")
    if not has_column(database, "records", "doubt"):
        database.execute("ALTER TABLE records ADD COLUMN doubt BLOB")
    if not has_column(database, "records", "day"):
        database.execute("ALTER TABLE records ADD COLUMN day INTEGER")
    if present and version < 3:
        database.execute(f"UPDATE records SET doubt = {OLDER_DOUBT} WHERE doubt IS NULL")
    if is_version_3:
        _remake_customers(database)
    elif present and "customers" in missing:
        fill(database)
    for index in _CUSTOMERS_INDEXES:
        database.execute(index.format(""))
    if version < VERSION:
        database.execute(f"PRAGMA user_version = {VERSION}")
    return [name for name in missing if present and _CAME_WITH.get(name, 0) <= version]


def copy_customers(database: sqlite3.Connection) -> None:
    """Build the present tables of customers for a reader of an older journal, in SQLite's temporary file."""
    has_customers, has_people = "customers" in tables_in(database), has_column(database, "customers", "person")
    for name in ("people",) if has_people else ("people", "customers"):
        database.execute(TABLES[name].replace("CREATE", "CREATE TEMP", 1))
    if has_people:
        return  # it is damaged, and has only lost the versions
    if has_customers:
        copy(database, "main.customers")
    else:
        fill(database, "doubt" if has_column(database, "records", "doubt") else OLDER_DOUBT)
    for index in _CUSTOMERS_INDEXES:
        database.execute(index.format("temp."))


def _remake_customers(database: sqlite3.Connection) -> None:
    """Copy the customers of version 3 into the present tables."""
    database.execute("ALTER TABLE customers RENAME TO customers_of_version_3")
    database.execute("DROP INDEX IF EXISTS customers_folded")
    database.execute(TABLES["customers"])
    copy(database, "customers_of_version_3")
    database.execute("DROP TABLE customers_of_version_3")
