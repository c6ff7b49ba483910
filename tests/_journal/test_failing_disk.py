"""A failing disk: the first error is raised as `JournalError`, and the file works again when the disk does."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.journals import item, note, opened
from woowup_async._flow import Entity
from woowup_async._journal import ledger as ledger_module
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.schema import transaction
from woowup_async.errors import JournalError
from woowup_async.outcomes import Rejected

#: In a process of its own: the limit on the size of files is the whole process's.
FILLED = """
import json, resource, sys
from woowup_async._flow import Entity, Item, Position, Record, Settled
from woowup_async.ports import Note
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted

def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
def item(key): return Item(Record(Position("a", 1), None), key, b"{}", b"d")
def note(key): return Note(Settled(Entity.PURCHASE, item(key).record, key, Accepted("queued")), b"d")

messages = []
def attempt(step):
    try:
        step()
    except JournalError as error:
        messages.append(str(error))

ledger = SqliteLedger(sys.argv[1])
ledger.begin([])
outbox = ledger.outbox()
number = outbox.put(Entity.PURCHASE, item("0"))
ledger.mark(Entity.PURCHASE, [item("0")], b"")
limit(1)
many = [(Entity.PURCHASE, item(str(each))) for each in range(1_000)]
attempt(lambda: outbox.put_all(many))
attempt(lambda: ledger.settle([note("0")], b"", [number]))
attempt(lambda: ledger.mark(Entity.PURCHASE, [item("1")], b""))
attempt(ledger.finish)
limit(resource.RLIM_INFINITY)
before = ledger.find(Entity.PURCHASE, "0").state, outbox.size
ledger.settle([note("0")], b"", [number])
after = ledger.find(Entity.PURCHASE, "0").state, outbox.size
ledger.close()
print(json.dumps([messages, before, after]))
"""


def test_the_journal_can_be_used_again_when_the_disk_can(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", FILLED, tmp_path / "j"], capture_output=True, text=True, check=True)
    messages, before, after = json.loads(run.stdout)
    assert len(messages) == 4
    assert all("the disk failed or is full" in each and "start again" in each for each in messages)
    assert (before, after) == (["in_flight", 1], ["accepted", 0])


class Broken:
    """A connection whose `COMMIT` and `ROLLBACK` fail."""

    in_transaction = True

    def execute(self, query: str) -> None:
        if query != "BEGIN IMMEDIATE":
            raise sqlite3.OperationalError(f"{query} failed")


def test_a_failing_rollback_does_not_hide_the_first_error() -> None:
    with (
        pytest.raises(sqlite3.OperationalError, match="COMMIT failed"),
        transaction(cast("sqlite3.Connection", Broken())),
    ):
        pass
    with pytest.raises(KeyError, match="first"), transaction(cast("sqlite3.Connection", Broken())):
        raise KeyError("first")


class BrokenTables:
    """The tables of a failing database."""

    def __getattr__(self, name: str) -> Any:
        def fail(*args: object, **more: object) -> None:
            raise sqlite3.OperationalError("no such disk")

        return fail


def test_each_error_names_the_failing_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.mark(Entity.PURCHASE, [item("1")], b"")
        monkeypatch.setattr(ledger, "_customers", BrokenTables())
        monkeypatch.setattr(ledger_module, "entry_of", BrokenTables().entry_of)
        for asked in (
            lambda: ledger.find(Entity.PURCHASE, "1"),
            lambda: ledger.versions(["email:a"]),
            lambda: ledger.people(["email:a"]),
        ):
            with pytest.raises(JournalError, match="journal .*j: cannot be used: no such disk"):
                asked()


def test_a_ledger_with_waiting_records_can_be_closed_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = SqliteLedger(tmp_path / "j")
    ledger.begin([])
    ledger.settle([note(item("1"), Rejected("client", "invalid"))._replace(digest=b"")], b"")

    def full() -> None:
        raise JournalError("the disk is full")

    monkeypatch.setattr(ledger, "_transaction", full)
    ledger.close()


def test_after_a_failed_step_the_next_one_recovers_first(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "j")
    ledger.begin([])
    with pytest.raises(JournalError), ledger._transaction():
        raise sqlite3.OperationalError("disk I/O error")
    with ledger._transaction():
        assert ledger.find(Entity.PURCHASE, "1") is None
    ledger.close()
