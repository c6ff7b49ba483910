"""What was forgotten is in no byte of the files, and a run still recognises the records."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.journals import item, note
from woowup_async._flow import Entity, Item
from woowup_async._journal import forget
from woowup_async._journal.forget import Forgotten, forget_in, people_of
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.reader import JournalReader
from woowup_async._journal.recognising import RecognisingLedger, ledger_at, reader_at
from woowup_async.errors import JournalError, Reason
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected
from woowup_async.ports import State

ANA = ("email:Ana.Perez@example.com", "document:20123456")
EVA = ("email:eva@example.com", "document:30999888")
BAD = Rejected("server", "bad", (Reason("email", "Ana.Perez@example.com is taken"),))
DAY = 86_400.0


def account(salt: bytes) -> bytes:
    return b"mark" + salt[:12]


def user(names: tuple[str, ...], content: str = "x") -> Item:
    return item(names[0], names[0] + content, names)


def order(number: int, customer: str) -> Item:
    return item(f"F-{number + 100}", customers=(customer,))


def settle(ledger: SqliteLedger, one: Item, outcome: Outcome, entity: Entity = Entity.USER) -> None:
    ledger.mark(entity, [one], b"")
    ledger.settle([note(one, outcome, entity)], b"")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with Ana, Eva, and purchases, one of which was refused with Ana's address in the reason."""
    with closing(SqliteLedger(tmp_path / "j", account)) as ledger:
        ledger.begin([])
        for names in (ANA, EVA):
            settle(ledger, user(names), Accepted("created"))
        settle(ledger, item("F-1"), Accepted("queued"), Entity.PURCHASE)
        settle(ledger, item("F-2"), BAD, Entity.PURCHASE)
        ledger.finish()
    return tmp_path / "j"


def raw(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.iterdir() if each.name.startswith(path.name))


def has(path: Path, identifier: str) -> bool:
    value = identifier.partition(":")[2].encode()
    content = raw(path).lower()
    return value.lower() in content or value.hex().encode() in content


def changed(path: Path, statement: str, *arguments: Any) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement, arguments)


class TestOneCustomer:
    def test_no_byte_stays(self, path: Path) -> None:
        assert all(has(path, each) for each in (*ANA, *EVA))
        found = forget_in(path, account, ["document:20123456"], None, is_trial=False)
        assert found == Forgotten(identifiers=2, records=1, texts=1)
        assert not any(has(path, each) for each in ANA)
        assert user(ANA).digest not in raw(path)  # of a short record it could be guessed
        assert all(has(path, each) for each in EVA)

    def test_a_trial_counts_the_same_and_changes_nothing(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as database:
            before = list(database.iterdump())
        assert forget_in(path, account, ["document:20123456"], None, is_trial=True) == Forgotten(2, 1, 0, 1)
        with closing(sqlite3.connect(path)) as database:
            assert list(database.iterdump()) == before

    def test_an_address_in_another_spelling(self, path: Path) -> None:
        assert people_of(path, account, ["email:ANA.PEREZ@EXAMPLE.COM"]) == {"email:ANA.PEREZ@EXAMPLE.COM", *ANA}
        forget_in(path, account, ["email:ANA.PEREZ@EXAMPLE.COM"], None, is_trial=False)
        assert not any(has(path, each) for each in ANA)

    def test_a_second_time_finds_nothing(self, path: Path) -> None:
        forget_in(path, account, [ANA[0]], None, is_trial=False)
        assert forget_in(path, account, ANA, None, is_trial=False) == Forgotten()

    def test_somebody_who_is_not_there(self, path: Path) -> None:
        before = people_of(path, account, [])
        assert forget_in(path, account, ["document:1"], None, is_trial=False) == Forgotten()
        assert before == set()

    def test_records_that_wait_in_an_outbox(self, path: Path) -> None:
        body = '{"email": "ana.perez@example.com", "telephone": "+5491155550147", "first_name": "Zulema"}'
        order = '{"telephone": "+5491155550147", "invoice_number": "F-3"}'
        with closing(SqliteLedger(path, account)) as ledger:
            outbox = ledger.outbox()
            outbox.put(Entity.PURCHASE, item("F-3", order))
            outbox.put(Entity.USER, item("email:ana.perez@example.com", body))
            outbox.put(Entity.USER, item(EVA[0], '{"email": "eva@example.com"}'))
        found = forget_in(path, account, [ANA[1]], None, is_trial=False)
        assert found.waiting == 2
        assert not any(has(path, each) for each in (*ANA, "telephone:+5491155550147", "first_name:Zulema"))
        with closing(JournalReader(path)) as reader:
            assert reader.status().outbox == 1

    def test_texts_and_damaged_rows(self, path: Path) -> None:
        changed(path, "INSERT INTO problems VALUES (1.0, 'outage', 2.0, 'for 20123456.')")
        changed(path, "INSERT INTO damaged VALUES (?, 'outbox', ?)", time.time(), f"body=X'{b'a20123456'.hex()}'")
        changed(path, "INSERT INTO damaged VALUES (?, 'outbox', 'other')", time.time())
        found = forget_in(path, account, [ANA[1]], None, is_trial=False)
        assert (found.texts, found.rows) == (2, 1)
        assert not has(path, ANA[1])
        with closing(JournalReader(path)) as reader:
            assert reader.glance().problems[0].what == "for forgotten."


class TestSeveralTogether:
    """An accepted purchase proves a customer under all of its identifiers together, in one row."""

    BETO = ("email:beto@example.com", "document:40555666")

    @pytest.fixture
    def named(self, path: Path) -> Path:
        """Orders named Ana, Eva, and Beto, who is not among the users."""
        with closing(SqliteLedger(path, account)) as ledger:
            ledger.begin([])
            for number, names in enumerate((ANA, EVA, self.BETO)):
                settle(ledger, order(number, "\0".join(names)), Accepted("created"), Entity.PURCHASE)
            ledger.finish()
        return path

    def test_no_byte_stays(self, named: Path) -> None:
        found = forget_in(named, account, [ANA[1]], None, is_trial=False)
        assert found == Forgotten(identifiers=2, records=1, texts=1)
        assert not any(has(named, each) for each in ANA)
        assert all(has(named, each) for each in (*EVA, *self.BETO))
        assert forget_in(named, account, [ANA[1]], None, is_trial=False) == Forgotten()

    def test_a_customer_whom_only_orders_name(self, named: Path) -> None:
        assert people_of(named, account, ["email:BETO@example.com"]) >= set(self.BETO)
        found = forget_in(named, account, ["email:BETO@example.com"], None, is_trial=False)
        assert found == Forgotten(identifiers=2)
        assert not any(has(named, each) for each in self.BETO)

    @pytest.mark.parametrize("names", [ANA, BETO], ids=["a user", "only orders"])
    def test_whoever_orders_again_is_recognised(self, named: Path, names: tuple[str, ...]) -> None:
        forget_in(named, account, names[:1], None, is_trial=False)
        together = "\0".join(names)
        with closing(ledger_at(named, account)) as ledger:
            ledger.begin([])
            assert ledger.versions([together]) == [b""]
            for number, customer in enumerate((together, *names), 10):
                settle(ledger, order(number, customer), Accepted("created"), Entity.PURCHASE)
            ledger.finish()
        assert not any(has(named, each) for each in names)

    def test_an_order_after_the_customer_was_forgotten(self, path: Path) -> None:
        forget_in(path, account, [ANA[0]], None, is_trial=False)
        with closing(ledger_at(path, account)) as ledger:
            ledger.begin([])
            settle(ledger, order(1, "\0".join(ANA)), Accepted("created"), Entity.PURCHASE)
        assert not any(has(path, each) for each in ANA)

    def test_the_age_of_who_only_ordered_is_not_known(self, named: Path) -> None:
        assert forget_in(named, account, (), time.time() - DAY, is_trial=False) == Forgotten(identifiers=2)
        assert not any(has(named, each) for each in self.BETO)
        with closing(ledger_at(named, account)) as ledger:
            ledger.begin([])
            assert ledger.versions(["\0".join(names) for names in (ANA, self.BETO)]) == [b"", b""]
            assert ledger.versions(ANA) == [user(ANA).digest] * 2


class TestWhatIsOld:
    @pytest.fixture
    def old(self, path: Path) -> Path:
        """Everything so far is of a run that ended ten days ago. Today, Eva came again with other content."""
        changed(path, "UPDATE runs SET began = began - ?, finished = finished - ?", 10 * DAY, 10 * DAY)
        with closing(SqliteLedger(path, account)) as ledger:
            ledger.begin([])
            settle(ledger, user((EVA[1],), "new"), Accepted("updated"))
            ledger.finish()
        return path

    def test_only_what_old_runs_left_goes(self, old: Path) -> None:
        found = forget_in(old, account, (), time.time() - DAY, is_trial=False)
        assert (found.identifiers, found.records) == (2, 3)
        assert not any(has(old, each) for each in ANA)
        assert all(has(old, each) for each in EVA)
        with closing(JournalReader(old)) as reader:
            assert [each.outcome for each in reader.rejections()] == [Rejected("server", "bad")]

    def test_nothing_is_old_enough(self, old: Path) -> None:
        assert forget_in(old, account, (), time.time() - 20 * DAY, is_trial=False) == Forgotten()

    def test_a_run_that_did_not_end_is_as_old_as_the_last_use(self, old: Path) -> None:
        changed(old, "UPDATE runs SET finished = NULL WHERE id = 2")
        changed(old, "INSERT OR REPLACE INTO live VALUES (1, ?, '{}')", time.time())
        changed(old, "UPDATE runs SET began = began - ?", 30 * DAY)
        forget_in(old, account, (), time.time() - DAY, is_trial=False)
        assert all(has(old, each) for each in EVA)

    def test_old_problems_and_damaged_rows(self, old: Path) -> None:
        changed(old, "INSERT INTO problems VALUES (1.0, 'outage', NULL, 'x')")
        changed(old, "INSERT INTO damaged VALUES (1.0, 'records', 'x')")
        assert forget_in(old, account, (), time.time() - DAY, is_trial=False).rows == 2

    def test_an_outbox_stays_if_the_file_was_used_since(self, old: Path) -> None:
        with closing(SqliteLedger(old, account)) as ledger:
            ledger.outbox().put(Entity.PURCHASE, item("F-9", '{"email": "ana@example.com"}'))
        found = forget_in(old, account, (), time.time() - DAY, is_trial=False)
        assert (found.waiting, found.kept) == (0, 1)
        changed(old, "UPDATE runs SET began = began - ?, finished = finished - ?", 10 * DAY, 10 * DAY)
        found = forget_in(old, account, (), time.time() - DAY, is_trial=False)
        assert (found.waiting, found.kept) == (1, 0)

    def test_a_record_without_a_key(self, old: Path) -> None:
        changed(
            old,
            "INSERT INTO records (entity, key, digest, state, outcome, position, run) VALUES"
            " ('user', ?, x'', 'rejected', ?, 'u:1', 1)",
            "\0u:1", '{"by":"client","code":"x","reasons":[{"path":"email","message":"secret"}]}',
        )  # fmt: skip
        forget_in(old, account, (), time.time() - DAY, is_trial=False)
        assert b"secret" not in raw(old)
        with closing(JournalReader(old)) as reader:
            assert {each.key for each in reader.rejections()} == {"", "F-2"}


class TestRefused:
    def test_while_records_are_in_doubt(self, path: Path) -> None:
        with closing(SqliteLedger(path, account)) as ledger:
            ledger.begin([])
            settle(ledger, item("F-9"), InDoubt("no answer"), Entity.PURCHASE)
        with pytest.raises(JournalError, match=r"1 records are in doubt.*forget then"):
            forget_in(path, account, [ANA[0]], None, is_trial=True)
        assert has(path, ANA[0])

    def test_while_records_are_under_way(self, path: Path) -> None:
        with closing(SqliteLedger(path, account)) as ledger:
            ledger.begin([])
            ledger.mark(Entity.PURCHASE, [item("F-9")], b"")
        with pytest.raises(JournalError, match="1 records are in doubt"):
            forget_in(path, account, [ANA[0]], None, is_trial=False)

    def test_while_a_run_writes(self, path: Path) -> None:
        with closing(SqliteLedger(path, account)), pytest.raises(JournalError, match="one run at a time"):
            forget_in(path, account, [ANA[0]], None, is_trial=True)

    def test_with_another_key(self, path: Path) -> None:
        with pytest.raises(JournalError, match="another API key"):
            forget_in(path, lambda salt: b"other" + salt, [ANA[0]], None, is_trial=True)

    def test_a_file_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(JournalError, match="no such file"):
            forget_in(tmp_path / "none", account, [ANA[0]], None, is_trial=True)
        assert list(tmp_path.iterdir()) == []

    def test_while_a_reader_keeps_old_pages(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: connect(*args, **(more | {"timeout": 0.01})))
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM records").fetchone()
            with pytest.raises(JournalError, match="close dashboards and other readers, and run the same again"):
                forget_in(path, account, [ANA[0]], None, is_trial=False)
        forget_in(path, account, [ANA[0]], None, is_trial=False)
        assert not any(has(path, each) for each in ANA)

    def test_an_error_changes_nothing(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(forget, "_LEAVE_NAMES", "nonsense")
        with pytest.raises(JournalError, match="syntax error"):
            forget_in(path, account, [ANA[0]], None, is_trial=False)
        assert all(has(path, each) for each in ANA)


class TestRecognised:
    @pytest.fixture(params=["customer", "age"])
    def forgotten(self, path: Path, request: pytest.FixtureRequest) -> Path:
        if request.param == "customer":
            forget_in(path, account, [ANA[1]], None, is_trial=False)
        else:
            changed(path, "UPDATE runs SET began = began - ?, finished = finished - ?", 10 * DAY, 10 * DAY)
            forget_in(path, account, (), time.time() - DAY, is_trial=False)
        return path

    def test_the_same_content_is_known(self, forgotten: Path) -> None:
        ana = user(ANA)
        with closing(ledger_at(forgotten, account)) as ledger:
            ledger.begin([])
            entry = ledger.find(Entity.USER, ana.key)
            assert entry is not None
            assert (entry.state, entry.digest == ana.digest, entry.accepted == ana.digest) == (
                State.ACCEPTED,
                True,
                True,
            )
            assert entry.digest != user(ANA, "other").digest
            assert [each == ana.digest for each in ledger.versions(ANA)] == [True, True]
            assert len(set(ledger.people(ANA))) == 1
            assert ledger.people(["email:ANA.PEREZ@example.com"]) == ledger.people(ANA[:1])
            purchase = ledger.find(Entity.PURCHASE, "F-1")
            assert purchase is not None
            assert purchase.accepted == item("F-1").digest
            assert ledger.find(Entity.USER, "document:7") is None

    def test_many_are_looked_up_at_once(self, forgotten: Path) -> None:
        """In a journal without records, what was written is in a sieve, under its name."""
        changed(forgotten, "DELETE FROM records")
        with closing(ledger_at(forgotten, account)) as ledger:
            ledger.begin([])
            settle(ledger, user(ANA), Accepted("created"))
            found, missing = ledger.find_all(Entity.USER, [ANA[0], "document:7"])
            assert found is not None
            assert (found.accepted, missing) == (user(ANA).digest, None)

    def test_a_reader_knows_it_too(self, forgotten: Path) -> None:
        ana = user(ANA)
        with closing(reader_at(forgotten, account)) as reader:
            entry, purchase = reader.find(Entity.USER, ana.key), reader.find(Entity.PURCHASE, "F-1")
            assert entry is not None
            assert purchase is not None
            assert (entry.accepted == ana.digest, purchase.accepted == item("F-1").digest) == (True, True)
            assert [each == ana.digest for each in reader.versions(ANA)] == [True, True]
            assert len(set(reader.people(ANA))) == 1
            assert reader.find(Entity.USER, "document:7") is None
        with closing(reader_at(forgotten, None)) as reader:
            assert reader.find(Entity.USER, ana.key) is None

    def test_other_content_leaves_no_byte_either(self, forgotten: Path) -> None:
        newer = user(ANA, "newer")
        with closing(ledger_at(forgotten, account)) as ledger:
            ledger.begin([])
            settle(ledger, newer, Accepted("updated"))
            entry = ledger.find(Entity.USER, newer.key)
            assert entry is not None
            assert entry.accepted == newer.digest
            assert ledger.versions(ANA) == [newer.digest] * 2
            settle(ledger, item(EVA[0], "e", EVA), Accepted("updated"))
            assert ledger.versions(EVA) == [item("", "e").digest] * 2
        assert not any(has(forgotten, each) for each in ANA)

    def test_a_killed_run_leaves_doubt_under_the_name(self, forgotten: Path) -> None:
        with closing(ledger_at(forgotten, account)) as ledger:
            ledger.begin([])
            ledger.mark(Entity.USER, [user(ANA, "newer")], b"")
        with closing(ledger_at(forgotten, account)) as ledger:
            ledger.begin([])
            entry = ledger.find(Entity.USER, ANA[0])
            assert entry is not None
            assert entry.doubt == user(ANA, "newer").digest
        assert not any(has(forgotten, each) for each in ANA)

    def test_an_outbox_has_the_body_until_it_is_delivered(self, forgotten: Path) -> None:
        older, newer = (item(ANA[0], f'{{"email": "Ana.Perez@example.com", "points": {each}}}') for each in (1, 2))
        with closing(ledger_at(forgotten, account)) as ledger:
            outbox = ledger.outbox()
            ledger.begin([])
            numbers = [outbox.put(Entity.USER, each) for each in (older, newer)]
            assert has(forgotten, ANA[0])
            ledger.mark(Entity.USER, [newer], b"")
            record = newer.record.__class__(newer.record.position.__class__("outbox", numbers[1]), None)
            one = note(newer, Accepted("updated"), Entity.USER)
            settled = one.settled.__class__(Entity.USER, record, newer.key, Accepted("updated"))
            ledger.settle([one._replace(settled=settled)], b"", numbers[1:])
            assert outbox.size == 0  # the older version under the same name left with it
        forget_in(forgotten, account, [ANA[0]], None, is_trial=False)
        assert not has(forgotten, ANA[0])

    def test_a_refused_record_without_a_key(self, forgotten: Path) -> None:
        refused = note(item("", customers=ANA), Rejected("client", "invalid"), Entity.USER)._replace(digest=b"")
        with closing(ledger_at(forgotten, account)) as ledger:
            ledger.begin([])
            ledger.settle([refused], b"")
        assert not any(has(forgotten, each) for each in ANA)

    def test_a_renewed_key_forgets_also_that(self, forgotten: Path) -> None:
        def renewed(salt: bytes) -> bytes:
            return b"renewed" + salt[:9]

        SqliteLedger(forgotten, renewed, adopt=True).close()
        with closing(ledger_at(forgotten, renewed)) as ledger:
            ledger.begin([])
            assert ledger.find(Entity.USER, ANA[0]) is None
            purchase = ledger.find(Entity.PURCHASE, "F-1")
            assert purchase is not None


def test_a_journal_that_forgot_nothing_costs_nothing(path: Path) -> None:
    with closing(reader_at(path, account)) as reader:
        assert type(reader) is JournalReader
    with closing(ledger_at(path, account)) as ledger:
        assert type(ledger) is SqliteLedger
    forget_in(path, account, [ANA[0]], None, is_trial=False)
    with closing(ledger_at(path, account)) as ledger:
        assert type(ledger) is RecognisingLedger


def test_a_note_that_cannot_be_read_releases_the_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(ledger: SqliteLedger, name: str) -> str | None:
        raise JournalError("the disk failed")

    monkeypatch.setattr(SqliteLedger, "noted", fails)
    with pytest.raises(JournalError, match="the disk failed"):
        ledger_at(path, account)
    monkeypatch.undo()
    SqliteLedger(path, account).close()
