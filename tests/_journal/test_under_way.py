"""The journal has a row for each request under way, and the next run finds the records of lost requests."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from tests.support.journals import opened
from woowup_async._flow import Entity, Item, Position, Record, Settled
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.reader import JournalReader
from woowup_async._journal.tables import VERSION
from woowup_async._journal.under_way import left_in
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted, Rejected, Released
from woowup_async.ports import Entry, Note, State

KEYS = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)


def purchase(key: str, digest: bytes = b"d") -> Item:
    return Item(Record(Position("a.csv", 7), None), key, b"{}", digest)


def settle(ledger: SqliteLedger, contents: dict[str, bytes]) -> None:
    settled = [Settled(Entity.PURCHASE, purchase(key).record, key, Accepted("queued")) for key in contents]
    ledger.settle([Note(one, contents[one.key]) for one in settled], b"")


@pytest.mark.slow
@settings(max_examples=some(40), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["mark", "settle", "again"]), KEYS, st.binary(min_size=1, max_size=1))))
def test_a_marked_unsettled_record_is_stored_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[str], bytes]]
) -> None:
    under_way, settled = dict[str, bytes](), dict[str, bytes]()
    path = tmp_path_factory.mktemp("journal") / "j"
    with opened(path) as ledger:
        ledger.begin([])
        for step, keys, digest in steps:
            if step == "settle":
                contents = {key: under_way.pop(key, b"never sent") for key in keys}
                settle(ledger, contents)
                settled |= contents
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
        assert counts.get("accepted", 0) == len(settled.keys() - under_way.keys())
    with opened(path) as again:
        again.begin([])
        assert not list(left_in(again._database))
        for key in "abcdef":
            entry = again.find(Entity.PURCHASE, key)
            if key in under_way:
                assert entry is not None
                assert (entry.state, entry.digest) == (State.IN_FLIGHT, under_way[key])
                assert entry.accepted == settled.get(key)
            else:
                assert (entry is not None and entry.state is State.ACCEPTED) == (key in settled)


def test_attempts_of_one_request_are_one_row(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.begin([])
        changes = ledger._database.total_changes
        for _ in range(3):
            ledger.mark(Entity.PURCHASE, [purchase("1"), purchase("2")], b"")
        assert ledger._database.total_changes - changes == 1


def test_content_that_was_not_settled_stays_under_way(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.begin([])
        ledger.mark(Entity.PURCHASE, [purchase("1", b"x"), purchase("2", b"x")], b"")
        refused = Settled(Entity.PURCHASE, purchase("1").record, "1", Rejected("client", "invalid"))
        ledger.settle([Note(refused, b""), Note(refused, b"y")], b"")
        assert [(left.key, left.digest) for left in left_in(ledger._database)] == [("1", b"x"), ("2", b"x")]
        ledger.settle([Note(refused, b"x")], b"")
        assert [left.key for left in left_in(ledger._database)] == ["2"]


def test_content_that_is_replaced_before_it_was_settled_is_in_doubt(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.begin([])
        ledger.mark(Entity.PURCHASE, [purchase("1", b"x"), purchase("1", b"y")], b"")  # even within one request
        ledger.mark(Entity.PURCHASE, [purchase("2", b"x")], b"")
        ledger.mark(Entity.PURCHASE, [purchase("2", b"y")], b"")
        for key in "12":
            settled = Settled(Entity.PURCHASE, purchase(key).record, key, Released("stopped"))
            ledger.settle([Note(settled, b"y")], b"")
            entry = ledger.find(Entity.PURCHASE, key)
            assert entry is not None
            assert (entry.state, entry.doubt) == (State.IN_DOUBT, b"x")


def test_after_a_failed_mark_the_next_attempt_writes_it(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.begin([])
        items = [purchase(f"{number}" * 100) for number in range(300)]
        ledger._database.execute("PRAGMA max_page_count = 1")
        for _ in range(2):
            with pytest.raises(JournalError, match="the disk is full"):
                ledger.mark(Entity.PURCHASE, items, b"")
            assert ledger.find(Entity.PURCHASE, items[0].key) is None
        ledger._database.execute("PRAGMA max_page_count = 100000")
        ledger.mark(Entity.PURCHASE, items, b"")
        assert len(list(left_in(ledger._database))) == 300


def test_outcomes_that_could_not_be_noted_stay_under_way(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.begin([])
        contents = {f"{number}" * 100: b"d" for number in range(300)}
        ledger.mark(Entity.PURCHASE, [purchase(key) for key in contents], b"")
        ledger._database.execute("PRAGMA max_page_count = 1")
        with pytest.raises(JournalError, match="the disk is full"):
            settle(ledger, contents)
        entry = ledger.find(Entity.PURCHASE, "7" * 100)
        assert entry is not None
        assert (entry.state, entry.doubt) == (State.IN_FLIGHT, b"d")


#: As version 2 made them; version 1 had no table of what is under way.
VERSION_2 = """
CREATE TABLE account (mark BLOB, salt BLOB);
CREATE TABLE runs (id INTEGER PRIMARY KEY, began REAL NOT NULL, finished REAL);
CREATE TABLE sources (
    run INTEGER NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, modified REAL NOT NULL, PRIMARY KEY (run, path)
) WITHOUT ROWID;
CREATE TABLE records (
    entity TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, accepted BLOB, state TEXT NOT NULL, outcome TEXT,
    position TEXT NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (entity, key)
) WITHOUT ROWID;
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, entity TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX outbox_keys ON outbox (entity, key);
CREATE TABLE limiter (id INTEGER PRIMARY KEY CHECK (id = 1), memory BLOB NOT NULL);
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE under_way (number INTEGER PRIMARY KEY, entity TEXT NOT NULL, run INTEGER NOT NULL, sent BLOB NOT NULL);
INSERT INTO account VALUES (x'01', x'01');
INSERT INTO runs VALUES (1, 1.0, NULL);
INSERT INTO records VALUES
    ('purchase', 'a', x'0a', x'0a', 'accepted', '{"effect":"queued","left_out":[]}', 'f:1', 1),
    ('purchase', 'd', x'0d', NULL, 'in_doubt', '{"why":"lost"}', 'f:2', 1),
    ('purchase', 'f', x'0f', x'0a', 'in_flight', NULL, 'f:3', 1),
    ('purchase', 'r', x'08', NULL, 'released', '{"why":"stopped"}', 'f:4', 1);
INSERT INTO under_way VALUES (4, 'purchase', 1, '{"f":["Hw==","f:9"],"u":["Hw==","f:9"]}');
PRAGMA application_id = 2003791735;
"""
VERSION_1 = "DROP TABLE notes; DROP TABLE under_way;"


@pytest.mark.parametrize("version", [1, 2])
def test_a_journal_of_an_older_version_is_continued(tmp_path: Path, version: int) -> None:
    with closing(sqlite3.connect(tmp_path / "j")) as old:
        old.executescript(f"{VERSION_2} {VERSION_1 if version == 1 else ''} PRAGMA user_version = {version}")
    lost = version == 2
    doubts = {
        "a": (State.ACCEPTED, None),
        "d": (State.IN_DOUBT, b"\x0d"),
        "f": (State.IN_FLIGHT, b"" if lost else b"\x0f"),
        "r": (State.RELEASED, None),
    } | ({"u": (State.IN_FLIGHT, b"\x1f")} if lost else {})
    counts = {"accepted": 1, "in_doubt": 1, "in_flight": 1 + lost, "released": 1}
    with closing(JournalReader(tmp_path / "j")) as reader:
        assert reader.status().counts == {"purchase": counts}
        assert (reader.status().damaged, reader.status().unconfirmed) == (0, 0)
        assert {key: state_and_doubt(reader.find(Entity.PURCHASE, key)) for key in doubts} == doubts
    for _ in range(2):
        with closing(SqliteLedger(tmp_path / "j")) as ledger:
            opening = ledger.begin([])
            assert (opening.is_resumed, opening.damaged) == (True, 0)
            assert {key: state_and_doubt(ledger.find(Entity.PURCHASE, key)) for key in doubts} == doubts
            assert ledger._database.execute("PRAGMA user_version").fetchone() == (VERSION,)
            assert not list(left_in(ledger._database))


def state_and_doubt(entry: Entry | None) -> tuple[State, bytes | None] | None:
    return None if entry is None else (entry.state, entry.doubt)


def test_unconfirmed_purchases_are_counted_separately(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.begin([])
        for key, effect in (("1", "unconfirmed"), ("2", "queued"), ("3", "unconfirmed"), ("4", "unconfirmed")):
            settled = Settled(Entity.PURCHASE, purchase(key).record, key, Accepted(effect))  # type: ignore[arg-type]
            ledger.settle([Note(settled, b"d")], b"")
        ledger.mark(Entity.PURCHASE, [purchase("3")], b"")  # it is sent again, since its customer is known now
        with closing(JournalReader(tmp_path / "j")) as reader:
            assert reader.status().unconfirmed == 2
            assert reader.status().counts["purchase"] == {"accepted": 3, "in_flight": 1}
