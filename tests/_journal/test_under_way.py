"""What is under way stands in the journal, a row for each request; what was lost from sight is found again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests._journal.test_ledger import opened
from woowup_async._flow import Entity, Item, Note, Position, Record, Settled, State
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.reader import JournalReader
from woowup_async._journal.schema import VERSION
from woowup_async._journal.under_way import left_in
from woowup_async.outcomes import Accepted, InDoubt

KEYS = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)


def purchase(key: str, digest: bytes = b"d") -> Item:
    return Item(Record(Position("a.csv", 7), None), key, b"{}", digest)


def settle(ledger: SqliteLedger, keys: list[str]) -> None:
    settled = [Settled(Entity.PURCHASE, purchase(key).record, key, Accepted("queued")) for key in keys]
    ledger.settle([Note(one, b"d") for one in settled], b"")


@given(st.lists(st.tuples(st.sampled_from(["mark", "settle", "again"]), KEYS, st.binary(min_size=1, max_size=1))))
def test_what_is_marked_and_not_settled_stands_there_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[str], bytes]]
) -> None:
    under_way, settled = dict[str, bytes](), set[str]()
    path = tmp_path_factory.mktemp("journal") / "j"
    with opened(path) as ledger:
        ledger.begin([])
        for step, keys, digest in steps:
            if step == "settle":
                settle(ledger, keys)
                settled |= set(keys)
                under_way = {key: digest for key, digest in under_way.items() if key not in keys}
            else:
                for _ in range(1 + (step == "again")):
                    ledger.mark(Entity.PURCHASE, [purchase(key, digest) for key in keys], b"")
                under_way |= dict.fromkeys(keys, digest)
            found = list(left_in(ledger._database))
            assert {left.key: left.digest for left in found} == under_way
            assert len(found) == len(under_way)
        with closing(JournalReader(path)) as reader:
            counts = reader.status().counts.get("purchase", {})
        assert counts.get("in_flight", 0) == len(under_way)
        assert counts.get("accepted", 0) == len(settled - under_way.keys())
    with opened(path) as again:
        again.begin([])
        assert not list(left_in(again._database))
        for key in "abcdef":
            entry = again.find(Entity.PURCHASE, key)
            if key in under_way:
                assert entry is not None
                assert (entry.state, entry.digest) == (State.IN_FLIGHT, under_way[key])
                assert entry.accepted == (b"d" if key in settled else None)
            else:
                assert (entry is not None and entry.state is State.ACCEPTED) == (key in settled)


def test_attempts_of_one_request_are_one_row(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.begin([])
        changes = ledger._database.total_changes
        for _ in range(3):
            ledger.mark(Entity.PURCHASE, [purchase("1"), purchase("2")], b"")
        assert ledger._database.total_changes - changes == 1


def test_a_journal_from_before_the_table_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with opened(path) as ledger:
        ledger.begin([])
        ledger.settle([Note(Settled(Entity.PURCHASE, purchase("1").record, "1", InDoubt("lost")), b"d")], b"")
    with closing(sqlite3.connect(path)) as old:
        old.executescript("DROP TABLE under_way; PRAGMA user_version = 1; UPDATE records SET state = 'in_flight'")
    with closing(JournalReader(path)) as reader:
        assert reader.status().counts == {"purchase": {"in_flight": 1}}
    with opened(path) as ledger:
        assert ledger.begin([]).is_resumed
        entry = ledger.find(Entity.PURCHASE, "1")
        assert entry is not None
        assert entry.state is State.IN_FLIGHT
        ledger.mark(Entity.PURCHASE, [purchase("2")], b"")
        assert ledger._database.execute("PRAGMA user_version").fetchone() == (VERSION,)
