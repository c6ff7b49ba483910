"""The journal's file: one writer, one account, and a clear error for each way in which it can be unusable."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.items import item
from tests.support.journals import opened
from tests.support.modes import is_private
from woowup_async._flow import Entity, Item, Position, Record, Settled, digest_of
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.outcomes import decoded, encoded, state_of
from woowup_async._journal.reader import JournalReader
from woowup_async._journal.seen_keys import SeenKeys
from woowup_async._transport.credentials import ApiKey
from woowup_async.errors import JournalError, Reason
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import Mark, Note, State

OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Accepted, st.sampled_from(["created", "queued"]), st.lists(st.text()).map(tuple)),
    st.builds(
        Rejected,
        st.sampled_from(["client", "server"]),
        st.text(),
        st.lists(st.builds(Reason, st.text(), st.text())).map(tuple),
    ),
    st.builds(Released, st.text()),
    st.builds(InDoubt, st.text()),
)


def settled(one: Item, outcome: Outcome) -> Note:
    return Note(Settled(Entity.USER, one.record, one.key, outcome), digest_of(one.body))


@given(OUTCOMES)
def test_outcomes_are_read_back_unchanged(outcome: Outcome) -> None:
    assert decoded(state_of(outcome), encoded(outcome)) == outcome


def test_files_are_private(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    ledger = SqliteLedger(path)
    ledger.begin([])
    ledger.mark(Entity.USER, [item(3)], b"x")
    assert {file.name for file in tmp_path.iterdir()} == {
        "a.journal", "a.journal-wal", "a.journal-shm", "a.journal.lock",
    }  # fmt: skip
    assert all(map(is_private, tmp_path.iterdir()))
    ledger.close()


def test_one_writer(tmp_path: Path) -> None:
    first = SqliteLedger(tmp_path / "a.journal")
    with pytest.raises(JournalError, match=r"a\.journal: this process already writes to it; one run at a time"):
        SqliteLedger(tmp_path / "a.journal")
    first.close()
    SqliteLedger(tmp_path / "a.journal").close()


def test_one_account(tmp_path: Path) -> None:
    path, mine, other = tmp_path / "a.journal", ApiKey("my-secret-key"), ApiKey("other-key")
    SqliteLedger(path, mine.mark).close()
    SqliteLedger(path, mine.mark).close()
    with pytest.raises(JournalError, match="was written with another API key"):
        SqliteLedger(path, other.mark)
    SqliteLedger(path, other.mark, adopt=True).close()
    SqliteLedger(path, other.mark).close()
    assert b"secret" not in path.read_bytes()


class TestUnusableFiles:
    def test_a_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(JournalError, match="No such file"):
            SqliteLedger(tmp_path / "none" / "a.journal")

    def test_a_folder_in_its_place(self, tmp_path: Path) -> None:
        with pytest.raises(JournalError, match="cannot be written here"):
            SqliteLedger(tmp_path)

    def test_a_text(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("InvoiceNo,StockCode\n" * 100)
        with pytest.raises(JournalError, match="is not a journal; use another file name"):
            SqliteLedger(path)
        assert path.read_text().startswith("InvoiceNo")

    def test_another_programs_database(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "a.db") as other:
            other.execute("CREATE TABLE t (a)")
        other.close()
        with pytest.raises(JournalError, match="is another program's database"):
            SqliteLedger(tmp_path / "a.db")

    def test_a_newer_version(self, tmp_path: Path) -> None:
        path = tmp_path / "a.journal"
        SqliteLedger(path).close()
        newer = sqlite3.connect(path)
        newer.execute("PRAGMA user_version = 9")
        newer.close()
        with pytest.raises(JournalError, match="newer version"):
            SqliteLedger(path)

    def test_damage(self, tmp_path: Path) -> None:
        path = tmp_path / "a.journal"
        ledger = SqliteLedger(path)
        ledger.begin([])
        for number in range(300):
            ledger.settle([settled(item(100, number), Accepted("created"))], b"")
        ledger.close()
        content = bytearray(path.read_bytes())
        content[8192:12288] = b"\xff" * 4096
        path.write_bytes(content)
        with pytest.raises(JournalError, match="is damaged; restore a copy, or move it away"):
            SqliteLedger(path)

    def test_a_read_only_database(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path, connect = tmp_path / "a.journal", sqlite3.connect
        SqliteLedger(path).close()
        monkeypatch.setattr(sqlite3, "connect", lambda file, **kw: connect(f"file:{file}?mode=ro", uri=True, **kw))
        with (
            pytest.raises(JournalError, match="it needs a directory that this user can write to"),
            opened(path) as ledger,
        ):
            ledger.begin([])

    def test_a_full_disk_keeps_settled_records(self, tmp_path: Path) -> None:
        path = tmp_path / "a.journal"
        ledger = SqliteLedger(path)
        ledger.begin([])
        ledger.settle([settled(item(9, 1), Accepted("created"))], b"")
        ledger._database.execute("PRAGMA max_page_count = 12")
        many = [settled(item(9, number), Accepted("created")) for number in range(2, 2_000)]
        with pytest.raises(JournalError, match="the disk is full; make room and start again"):
            ledger.settle(many, b"")
        ledger.close()
        again = SqliteLedger(path)
        opening = again.begin([])
        assert opening.is_resumed
        assert opening.settled == 1
        entry = again.find(Entity.USER, "1")
        assert entry is not None
        assert entry.state is State.ACCEPTED
        again.close()


def test_locally_refused_records_are_written_together_and_at_the_end(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "a.journal")
    ledger.begin([])
    refused = Rejected("client", "malformed", (Reason("", "is not valid JSON"),))
    for number in range(300):
        one = Settled(Entity.PURCHASE, Record(Position("a.jsonl", number), b"{"), "", refused)
        ledger.settle([Note(one, b"")], b"")
    assert _count(ledger) > 250
    ledger.close()
    again = SqliteLedger(tmp_path / "a.journal")
    assert _count(again) == 300
    again.close()


@pytest.mark.parametrize(("corrected", "left"), [("F-1", {"accepted": 1}), (None, {"rejected": 1})])
def test_a_record_without_a_key_is_forgotten_when_its_place_has_one_with_a_key(
    corrected: str | None, left: dict[str, int], tmp_path: Path
) -> None:
    malformed = Rejected("client", "malformed", ())

    def noted(key: str, outcome: Outcome = malformed, entity: Entity = Entity.PURCHASE) -> Note:
        return Note(Settled(entity, Record(Position("a.jsonl", 1), None), key, outcome), b"")

    with opened(tmp_path / "j") as ledger:
        ledger.settle([noted("")], b"")
        ledger.finish()
    with opened(tmp_path / "j") as ledger:
        if corrected:
            ledger.settle([noted(corrected, Accepted("queued"))], b"")
        ledger.settle([noted("", entity=Entity.USER)], b"")  # of this run
        ledger.finish()
    with closing(JournalReader(tmp_path / "j")) as reader:
        assert reader.status().counts == {"purchase": left, "user": {"rejected": 1}}


def test_a_key_that_is_not_utf8_can_be_stored(tmp_path: Path) -> None:
    ledger, one = SqliteLedger(tmp_path / "a.journal"), Item(Record(Position("a", 1), None), "e:\ud800ñ", b"{}", b"d")
    ledger.begin([])
    ledger.mark(Entity.USER, [one], b"")
    assert ledger.find(Entity.USER, one.key) is not None
    ledger.close()


def test_a_resumed_run_reports_changed_sources(tmp_path: Path) -> None:
    for marks, changed in (([Mark("a", 1, 1.0)], ()), ([Mark("a", 1, 1.0)], ()), ([Mark("a", 2, 2.0)], ("a",))):
        ledger = SqliteLedger(tmp_path / "a.journal")
        assert ledger.begin(marks).changed == changed
        ledger.close()


def _count(ledger: SqliteLedger) -> int:
    return int(ledger._database.execute("SELECT count(*) FROM records").fetchone()[0])


def test_a_journal_that_began_empty_finds_later_records(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.begin([])
        assert ledger._sieve is not None
        assert ledger.find(Entity.PURCHASE, "1") is None
        ledger.mark(Entity.PURCHASE, [item(1, 1)], b"")
        found = ledger.find(Entity.PURCHASE, "1")
        assert found is not None
        assert found.state is State.IN_FLIGHT
    with opened(tmp_path / "j") as ledger:
        ledger.begin([])
        assert ledger._sieve is None  # the file has records of another process
        assert ledger.find(Entity.PURCHASE, "1") is not None


@given(st.lists(st.text()), st.lists(st.text()))
def test_a_sieve_never_misses_a_key(held: list[str], others: list[str]) -> None:
    sieve = SeenKeys()
    for key in held:
        sieve.add(key)

    assert all(map(sieve.may_hold, held))
    assert not [key for key in others if key not in held and sieve.may_hold(key) and not _collides(key, held)]


def _collides(key: str, held: list[str]) -> bool:
    return any(hash(key) % 2**23 == hash(each) % 2**23 for each in held)
