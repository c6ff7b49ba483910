"""Damaged rows: with any values, only `JournalError` is raised, and no damaged row is trusted."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.journals import item, note, opened
from woowup_async._flow import Entity
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.reader import JournalReader
from woowup_async._journal.tables import TABLES
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected
from woowup_async.ports import Entry, Mark, State

#: As SQL: each kind of value in the place of each other.
VALUES = (
    "NULL", "'weird'", "'{'", "'{\"effect\":\"merged\"}'", "''", "x'00ff'", "CAST(x'ff41' AS TEXT)",
    "-1", "1.5", "9e999", "'[1e999]'", "'" + "[" * 3_000 + "'",
)  # fmt: skip
KEYS = ("a", "b", "c", "gone")


def kept(path: Path) -> None:
    """Write a journal with rows in each table and a request under way."""
    path.write_bytes(contents())


@cache
def contents() -> bytes:
    """Make such a journal once."""
    with TemporaryDirectory() as folder:
        written(path := Path(folder, "j"))
        return path.read_bytes()


def written(path: Path) -> None:
    with opened(path) as ledger:
        ledger.begin([Mark("a.jsonl", 1, 1.0)])
        ledger.note("left", "[1,2,3,4]")
        ledger.outbox().put(Entity.PURCHASE, item("o"))
        user = item("email:a@b.co", "u", ("email:a@b.co",))
        ledger.mark(Entity.USER, [user], b"[1]")
        ledger.settle([note(user, Accepted("created"), Entity.USER)], b"[1]")
        outcomes: tuple[Outcome, ...] = (Accepted("queued"), Rejected("server", "x"), InDoubt("lost"))
        ledger.mark(Entity.PURCHASE, [item(key) for key in "abcd"], b"[2]")
        ledger.settle([note(item(key), outcome) for key, outcome in zip("abc", outcomes, strict=True)], b"[2]")


def tampered(path: Path, sql: str) -> bool:
    """Change the closed file. Return whether SQLite allowed it."""
    with closing(sqlite3.connect(path)) as database:
        try:
            database.executescript(sql)
        except sqlite3.IntegrityError:
            return False
    return True


def used(path: Path) -> list[Entry | None]:
    """Do all that a run does. Only `JournalError` may be raised."""
    with closing(JournalReader(path)) as reader:
        found = [reader.find(Entity.PURCHASE, key) for key in KEYS]
        reader.status()
        reader.versions(["email:a@b.co"])
        reader.known_customers()
    with opened(path) as ledger:
        ledger.recall()
        ledger.noted("left")
        ledger.versions(["email:a@b.co"])
        found += [ledger.find(Entity.PURCHASE, key) for key in KEYS]
        ledger.outbox().after(0, 10)
        ledger.mark(Entity.PURCHASE, [item("n")], b"[3]")
        ledger.settle([note(item("n"), Accepted("queued"))], b"[3]", [1])
        ledger.finish()
    with closing(JournalReader(path)) as reader:
        reader.status()
    return found


def columns(table: str) -> list[str]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(TABLES[table])
        return [name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")]


@pytest.mark.slow  # seconds in all
@pytest.mark.parametrize(
    ("table", "column"),
    [(table, column) for table in TABLES if table != "damaged" for column in columns(table)],
)
def test_no_value_in_any_place_ends_a_run(tmp_path: Path, table: str, column: str) -> None:
    for value in VALUES:
        kept(tmp_path / "j")
        if not tampered(tmp_path / "j", f"UPDATE OR IGNORE {table} SET {column} = {value}"):
            continue
        try:
            found = used(tmp_path / "j")
        except JournalError as error:
            if table == "account" and "adopt_journal" in str(error):
                continue
            raise AssertionError(f"{column} = {value} ends a run") from error
        for entry in filter(None, found):
            assert isinstance(entry.state, State)
            assert isinstance(entry.digest, bytes)
            assert isinstance(entry.accepted, bytes | None)
            assert isinstance(entry.doubt, bytes | None)
            assert entry.accepted is not None or entry.state is not State.ACCEPTED


@pytest.mark.parametrize(
    "change",
    [
        "state = 'weird'", "outcome = '{'", "outcome = '{\"effect\":\"merged\"}'", "outcome = x'00ff'",
        "outcome = '[[[['",
        "outcome = CAST(x'22ff22' AS TEXT)", "digest = 'text'", "accepted = 'text'", "accepted = NULL", "doubt = 1",
        "run = 'x'", "position = x'00'",
    ],
)  # fmt: skip
def test_a_damaged_record_is_in_doubt(tmp_path: Path, change: str, caplog: pytest.LogCaptureFixture) -> None:
    kept(tmp_path / "j")
    assert tampered(tmp_path / "j", f"UPDATE records SET {change} WHERE key = 'a'")
    with opened(tmp_path / "j") as ledger:
        for _ in range(2):
            entry = ledger.find(Entity.PURCHASE, "a")
            assert entry is not None
            assert (entry.state, entry.accepted, entry.doubt) == (State.IN_DOUBT, None, b"")
            assert isinstance(entry.outcome, InDoubt)
        sound = ledger.find(Entity.PURCHASE, "b")
        assert sound is not None
        assert sound.outcome == Rejected("server", "x")
    assert caplog.text.count("1 damaged rows were set aside") == 1
    with closing(JournalReader(tmp_path / "j")) as reader:
        assert reader.status().damaged == 1
        assert reader.status().counts["purchase"] == {"rejected": 1, "in_doubt": 2, "in_flight": 1}
    with opened(tmp_path / "j") as ledger:  # it was set aside only once, and an answer ends its doubt
        ledger.mark(Entity.PURCHASE, [item("a")], b"")
        ledger.settle([note(item("a"), Accepted("updated"))], b"")
        entry = ledger.find(Entity.PURCHASE, "a")
        assert entry is not None
        assert (entry.state, entry.doubt) == (State.ACCEPTED, None)
        assert ledger.begin([]).damaged == 0


def test_a_run_reports_the_number_of_damaged_rows(tmp_path: Path) -> None:
    kept(tmp_path / "j")
    assert tampered(tmp_path / "j", "UPDATE records SET state = 'weird' WHERE entity = 'purchase'")
    with closing(SqliteLedger(tmp_path / "j")) as ledger:
        assert ledger.begin([]).damaged == 3


def test_the_version_of_a_damaged_user_is_unknown(tmp_path: Path) -> None:
    kept(tmp_path / "j")
    assert tampered(tmp_path / "j", "UPDATE records SET state = 'weird' WHERE entity = 'user'")
    with opened(tmp_path / "j") as ledger:
        assert ledger.versions(["email:a@b.co"]) == [b""]


@pytest.mark.parametrize("table", [name for name in TABLES if name not in ("records", "account")])
def test_a_missing_table_is_created_again(tmp_path: Path, table: str) -> None:
    kept(tmp_path / "j")
    assert tampered(tmp_path / "j", f"DROP TABLE {table}")
    used(tmp_path / "j")
    with closing(JournalReader(tmp_path / "j")) as reader:
        assert reader.status().damaged == 1
        version = b"" if table == "people" else item("", "u").digest  # found in the records
        assert reader.versions(["email:a@b.co"]) == [version]


def test_a_journal_without_the_table_of_records_is_damaged(tmp_path: Path) -> None:
    kept(tmp_path / "j")
    assert tampered(tmp_path / "j", "DROP TABLE records")
    with pytest.raises(JournalError, match="is damaged; restore a copy"):
        SqliteLedger(tmp_path / "j")


@pytest.mark.parametrize(
    "change",
    ["UPDATE account SET salt = NULL", "UPDATE account SET mark = NULL", "DELETE FROM account", "DROP TABLE account",
     "INSERT INTO account SELECT * FROM account"],
)  # fmt: skip
def test_a_journal_without_an_owner_is_not_used(tmp_path: Path, change: str) -> None:
    kept(tmp_path / "j")
    assert tampered(tmp_path / "j", change)
    for _ in range(2):
        with pytest.raises(JournalError, match="does not say to which account it belongs.*adopt_journal"):
            SqliteLedger(tmp_path / "j")
    SqliteLedger(tmp_path / "j", adopt=True).close()
    with opened(tmp_path / "j") as ledger:
        entry = ledger.find(Entity.PURCHASE, "a")
        assert entry is not None
        assert entry.state is State.ACCEPTED


def test_a_request_under_way_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    kept(tmp_path / "j")
    with closing(sqlite3.connect(tmp_path / "j")) as database, database:
        database.execute("INSERT INTO under_way VALUES (7, 'purchase', 1, '{')")
        database.execute("INSERT INTO under_way VALUES (8, 'coupon', 1, '{}')")
    with closing(JournalReader(tmp_path / "j")) as reader:
        assert reader.status().damaged == 2
    with closing(SqliteLedger(tmp_path / "j")) as ledger:
        assert ledger.begin([]).damaged == 2
