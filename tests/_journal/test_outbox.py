"""The outbox: a stored record is on the disk, and is removed in the step that notes its outcome."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from tests.support.journals import item, note, opened
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.reader import JournalReader
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import Note

MALFORMED = Rejected("client", "malformed")
OUTCOMES: tuple[Outcome, ...] = (Accepted("created"), Rejected("server", "x"), Released("x"), InDoubt("x"))
#: Ways to name one person.
NAMES = {
    "a": ("email:ana@b.co",),
    "A": ("email:Ana@b.co",),
    "d": ("document:1",),
    "ad": ("email:ana@b.co", "document:1"),
}


def refused() -> Note:
    """Return a note of a record that was refused locally. If it is the only one, it may wait."""
    return Note(Settled(Entity.PURCHASE, Record(Position("outbox", 1), b"{"), "", MALFORMED), b"")


def stored(path: Path) -> tuple[int, int]:
    """Return the numbers of records and of outbox records on the disk, as another connection sees them."""
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM outbox)"
        records, waiting = database.execute(query).fetchone()
        return records, waiting


def synchronous(ledger: SqliteLedger) -> int:
    return int(ledger._database.execute("PRAGMA synchronous").fetchone()[0])


def test_each_step_of_a_file_with_an_outbox_waits_for_the_disk(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        assert synchronous(ledger) == 1  # NORMAL
        ledger.outbox()
        assert synchronous(ledger) == 2  # FULL


@settings(max_examples=some(20), deadline=None)
@given(sizes=st.lists(st.integers(0, 5), max_size=5))
def test_records_put_together_are_read_back_in_order(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    path, put = tmp_path_factory.mktemp("outbox") / "j", list[tuple[int, Entity, bytes, tuple[str, ...]]]()
    with opened(path) as ledger:
        outbox = ledger.outbox()
        for turn, size in enumerate(sizes):
            records = [
                (Entity.USER if number % 2 else Entity.PURCHASE, item(f"{turn}/{number}", f"{turn}/{number}"))
                for number in range(size)
            ]
            numbers = outbox.put_all(records)
            put += [(number, entity, one.body, ()) for number, (entity, one) in zip(numbers, records, strict=True)]
        put.append((outbox.put(Entity.USER, item("last")), Entity.USER, b"x", ()))
        assert (outbox.size, outbox.last) == (len(put), put[-1][0])
    with opened(path) as again:
        outbox = again.outbox()
        assert (outbox.size, outbox.last) == (len(put), put[-1][0])
        assert [tuple(left) for left in outbox.after(0, 1_000)] == put
        assert outbox.holds(Entity.USER, "last")


def test_if_one_record_cannot_be_stored_none_is(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        outbox = ledger.outbox()
        outbox.put(Entity.USER, item("1"))
        ledger._database.execute("PRAGMA max_page_count = 1")
        with pytest.raises(JournalError, match="the disk is full"):
            outbox.put_all([(Entity.USER, item(str(number), "x" * 1_000)) for number in range(50)])
        assert (outbox.size, outbox.last) == (1, 1)
        assert stored(tmp_path / "j")[1] == 1
        ledger._database.execute("PRAGMA max_page_count = 100000")
        assert len(outbox.put_all([(Entity.USER, item("2"))])) == 1


@pytest.mark.parametrize(
    ("notes", "records"),
    [
        ([note(item("1"), Accepted("queued"))], 1),
        ([note(item("1"), Rejected("server", "x"))], 1),
        ([refused()], 1),
        ([], 0),
    ],
    ids=["accepted", "rejected", "refused before it was sent", "nothing to note"],
)
def test_a_delivered_record_is_removed_in_the_step_that_settles_it(
    tmp_path: Path, notes: list[Note], records: int
) -> None:
    with opened(tmp_path / "j") as ledger:
        outbox = ledger.outbox()
        first, second, third = outbox.put_all([(Entity.PURCHASE, item(key)) for key in "123"])
        ledger.settle(notes, b"", [first, third, 999])
        assert outbox.size == 1
        assert [left.number for left in outbox.after(0, 10)] == [second]
        assert stored(tmp_path / "j") == (records, 1)


def test_a_step_that_fails_keeps_the_record_in_the_outbox(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        outbox = ledger.outbox()
        number = outbox.put(Entity.PURCHASE, item("1"))
        ledger._database.execute("PRAGMA max_page_count = 1")
        many = [note(item(str(number)), Accepted("queued")) for number in range(1_000)]
        with pytest.raises(JournalError, match="the disk is full"):
            ledger.settle(many, b"", [number])
        assert outbox.size == 1
        assert stored(tmp_path / "j") == (0, 1)


@pytest.mark.slow
@settings(max_examples=some(100), deadline=None)
@given(
    st.sampled_from(OUTCOMES),
    st.lists(
        st.tuples(st.sampled_from(sorted(NAMES)), st.sampled_from(OUTCOMES), st.sampled_from(["x", "y", "xy"])),
        min_size=2,
        max_size=8,
    ),
)
def test_an_accepted_user_stays_while_an_older_record_of_the_person_stays(
    tmp_path_factory: pytest.TempPathFactory, first: Outcome, versions: list[tuple[str, Outcome, str]]
) -> None:
    """If it did not stay, the next process would send the older record after it. No field is lost with an older one."""
    accepted, done, unfinished = list[int](), list[tuple[int, str, str]](), dict[int, tuple[str, str]]()
    with opened(tmp_path_factory.mktemp("outbox") / "j") as ledger:
        outbox = ledger.outbox()
        for name, outcome, fields in [("ad", first, "x"), *versions]:
            one = item(NAMES[name][0], json.dumps(dict.fromkeys(fields, 1)), NAMES[name])
            number = outbox.put(Entity.USER, one)
            settled = Settled(Entity.USER, Record(Position("outbox", number), b""), one.key, outcome)
            is_final = isinstance(outcome, Accepted | Rejected)
            ledger.settle([Note(settled, one.digest, one.customers)], b"", [number] if is_final else [])
            waiting = [left.number for left in outbox.after(0, 100)]
            assert outbox.size == len(waiting)
            if isinstance(outcome, Accepted):
                accepted.append(number)
                done.append((number, one.key, fields))
            elif not is_final:
                assert number in waiting
                unfinished[number] = one.key, fields
            for each in accepted:
                assert each in waiting or not waiting or each < waiting[0]
            dropped = {each: kept for each, kept in unfinished.items() if each not in waiting}
            for each, (key, kept) in dropped.items():  # one of the same key that has all its fields came after it
                assert any(key == other and set(kept) <= set(more) for later, other, more in done if later > each)


def test_a_user_stays_if_an_older_one_under_way_turns_out_to_be_the_same_person(tmp_path: Path) -> None:
    older = item("service_uid:1", "{}", ("service_uid:1", "document:5"))
    newer, link = item("email:a@b.co", "{}", ("email:a@b.co",)), ("document:5", "email:a@b.co")
    with opened(tmp_path / "j") as ledger:
        outbox = ledger.outbox()
        numbers = outbox.put_all([(Entity.USER, older), (Entity.USER, newer)])
        for one in (older, newer):
            ledger.mark(Entity.USER, [one], b"")
        refused = Settled(Entity.USER, Record(Position("submitted", 3), None), "", MALFORMED)
        ledger.settle([Note(refused, b"", link)], b"")
        settled = Settled(Entity.USER, Record(Position("outbox", numbers[1]), None), newer.key, Accepted("created"))
        ledger.settle([Note(settled, newer.digest, newer.customers)], b"", [numbers[1]])
        assert [left.number for left in outbox.after(0, 9)] == numbers


@pytest.mark.parametrize(
    ("older", "newer", "stays"),
    [
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1, "b": 1}, {"a": 2}, True),
        ({"c": {"x": 1}}, {"c": {"x": 2, "y": 3}}, False),
        ({"c": {"x": 1, "y": 1}}, {"c": {"x": 2}}, True),
        ({"c": {"x": 1}}, {"c": 1}, True),
        ("{", {"c": 1}, True),
    ],
)
def test_an_older_user_stays_if_the_newer_one_lacks_a_field_of_it(
    tmp_path: Path, older: Any, newer: dict[str, Any], stays: bool
) -> None:
    with opened(tmp_path / "j") as ledger:
        outbox = ledger.outbox()
        numbers = [outbox.put(Entity.USER, item("document:1", json.dumps(body))) for body in (older, newer)]
        settled = Settled(Entity.USER, Record(Position("outbox", numbers[1]), None), "document:1", Accepted("updated"))
        ledger.settle([Note(settled, b"x" * 16, ("document:1",))], b"", [numbers[1]])
        assert [left.number for left in outbox.after(0, 9)] == (numbers if stays else [])


def test_an_outbox_of_an_older_version_keeps_its_records(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.outbox().put(Entity.USER, item("1"))
    with closing(sqlite3.connect(tmp_path / "j")) as database, database:
        database.execute("ALTER TABLE outbox DROP COLUMN left_out")
    with opened(tmp_path / "j") as ledger:
        outbox = ledger.outbox()
        outbox.put(Entity.USER, msgspec.structs.replace(item("2"), left_out=("street",)))
        assert [left.left_out for left in outbox.after(0, 9)] == [(), ("street",)]
        ledger._database.execute("UPDATE outbox SET left_out = '{'")
        assert [left.left_out for left in outbox.after(0, 9)] == [(), ()]
        assert outbox.content(1) == ("1", item("1").digest)
        assert outbox.content(404) is None


def test_damaged_rows_are_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(tmp_path / "j") as ledger:
        ledger.outbox().put_all([(Entity.PURCHASE, item(str(number))) for number in range(4)])
    with closing(sqlite3.connect(tmp_path / "j")) as database, database:
        database.execute("UPDATE outbox SET body = 'a text' WHERE id = 1")
        database.execute("UPDATE outbox SET entity = 'product' WHERE id = 3")
    with opened(tmp_path / "j") as ledger:
        outbox = ledger.outbox()
        assert outbox.size == 2
        assert [left.number for left in outbox.after(0, 10)] == [2, 4]
        assert "2 damaged rows were set aside" in caplog.text
        kept = [what for (what,) in ledger._database.execute("SELECT what FROM damaged")]
        assert "body='a text'" in kept[0]
        assert "entity='product'" in kept[1]
    with closing(JournalReader(tmp_path / "j")) as reader:
        assert (reader.status().outbox, reader.status().damaged) == (2, 2)
