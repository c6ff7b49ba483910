"""Which customers are known, and which version of each is the last one."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from tests.support.journals import item, note, opened
from woowup_async._flow import PUSHED, Entity, digest_of
from woowup_async._ingest.rules.people import People
from woowup_async._ingest.rules.seen_purchases import Recent
from woowup_async._journal import customers
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.reader import JournalReader
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import Known, Note

NAMES = ("email:Ana@b.co", "email:ana@b.co", "email:ANA@b.co", "email:c@d.co", "document:1", "document:A", "document:a")
OUTCOMES: tuple[Outcome, ...] = (Accepted("created"), Rejected("server", "x"), Released("x"), InDoubt("x"))
MISSING = Rejected("server", "user_not_found")

notes = st.builds(
    lambda entity, outcome, content, names: note(item(names[0], content, tuple(names)), outcome, entity),
    st.sampled_from(PUSHED),
    st.sampled_from([*OUTCOMES, MISSING]),
    st.sampled_from("xyz"),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
)


def folded(name: str) -> str:
    return name.lower() if name.startswith("email:") else name


class Model:
    """A simple model of what outcomes say about customers."""

    def __init__(self) -> None:
        self.known = set[str]()
        self.people: list[tuple[set[str], bytes]] = []  # folded names, version

    def hear(self, one: Note) -> None:
        settled, digest, names = one
        outcome, same = settled.outcome, {folded(name) for name in names}
        if isinstance(outcome, Accepted):
            self.known |= set(names)
        elif settled.entity is Entity.PURCHASE and outcome == MISSING:
            gone = same.union(*(theirs for theirs, _ in self.people if theirs & same))
            self.known -= {name for name in self.known if folded(name) in gone and (name in names or self.has(name))}
        if settled.entity is Entity.PURCHASE or (isinstance(outcome, Rejected) and len(names) == 1):
            return
        mine = [person for person in self.people if person[0] & same]
        version = digest if isinstance(outcome, Accepted) else b""
        if isinstance(outcome, Released | Rejected) and len(mine) == 1:
            version = mine[0][1]
        self.people = [person for person in self.people if person not in mine]
        self.people.append((same.union(*(theirs for theirs, _ in mine)), version))

    def has(self, name: str) -> bool:
        """Return whether a name is a person's."""
        return any(folded(name) in theirs for theirs, _ in self.people)

    def versions(self) -> list[bytes | None]:
        return [self.version(name) if name in self.known else None for name in NAMES]

    def version(self, name: str) -> bytes:
        return next((version for names, version in self.people if folded(name) in names), b"")

    def counts(self) -> Known:
        of_users = {name for names, _ in self.people for name in self.known if folded(name) in names}
        return Known(len(of_users), len(self.known - of_users))

    def same(self) -> list[set[str]]:
        """Return the names of each person, of the names in `NAMES`."""
        return sorted(({name for name in NAMES if folded(name) in names} for names, _ in self.people), key=sorted)


def people_of(store: SqliteLedger | JournalReader | People) -> list[set[str]]:
    found: dict[str, set[str]] = {}
    for name in NAMES:
        for person in store.people([name]):
            found.setdefault(person, set()).add(name)
    return sorted(found.values(), key=sorted)


@pytest.mark.slow
@settings(max_examples=some(60), deadline=None)
@given(steps=st.lists(st.lists(notes, min_size=1, max_size=3), max_size=6), is_killed=st.booleans())
def test_a_version_is_that_of_the_last_accepted_user_of_a_person(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[Note]], is_killed: bool
) -> None:
    path, model = tmp_path_factory.mktemp("journal") / "j", Model()
    with opened(path) as ledger:
        for step in steps:
            ledger.settle(step, b"")
            for one in step:
                model.hear(one)
            assert ledger.versions(NAMES) == model.versions()
            assert ledger.known_customers() == model.counts()
            assert people_of(ledger) == model.same()
        if is_killed:
            user = item("document:1", "z", ("document:1", "email:ana@b.co"))
            ledger.mark(Entity.USER, [user], b"")
            with closing(JournalReader(path)) as reader:
                beside = reader.versions(NAMES)
            model.hear(note(user, InDoubt("killed"), Entity.USER))
            assert beside == model.versions()
    with opened(path) as ledger:
        assert ledger.versions(NAMES) == model.versions()
    with closing(JournalReader(path)) as reader:
        assert reader.versions(NAMES) == model.versions()
        assert reader.known_customers() == model.counts()
        assert people_of(reader) == model.same()


@given(steps=st.lists(notes.filter(lambda one: one.settled.outcome != MISSING), max_size=12))
def test_a_run_without_a_journal_has_the_same_versions(steps: list[Note]) -> None:
    people, model = People(Recent()), Model()
    for one in steps:
        settled, digest, names = one
        model.hear(one)
        if isinstance(settled.outcome, Accepted):
            people.accept(names, digest) if settled.entity is Entity.USER else people.confirm(names)
        elif isinstance(settled.outcome, InDoubt) and settled.entity is Entity.USER:
            people.doubt(names)
        elif settled.entity is Entity.USER:
            people.link(names)
        assert people.versions(NAMES) == model.versions()
        if len(people.people(names)) > 1:
            assert settled.entity is Entity.PURCHASE


def test_a_telephone_that_thousands_share_does_not_make_steps_longer(tmp_path: Path) -> None:
    """All of them may be one person. A version is one row, for any number of identifiers."""
    with opened(tmp_path / "j") as ledger:
        for number in range(2_000):
            one = item(f"email:{number}", str(number), (f"email:{number}", "telephone:0000"))
            ledger.settle([note(one, Accepted("created"), Entity.USER)], b"")
            if number in (100, 1_999):
                changes = ledger._database.total_changes
                ledger.settle([note(one, Accepted("updated"), Entity.USER)], b"")
                assert ledger._database.total_changes - changes < 10
        assert ledger.versions(["email:0", "email:1999"]) == [digest_of(b"1999")] * 2


def test_a_lookup_only_reads_the_rows_of_one_person(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        for query in (customers._PERSON, customers._NUMBER, customers._VERSION, customers._NEXT):
            values = {"name": "a", "lower": "a", "person": 1}
            given = query.replace("?", "1")
            plan = [row[-1] for row in ledger._database.execute(f"EXPLAIN QUERY PLAN {given}", values)]
            assert not [step for step in plan if step.startswith("SCAN customers")], plan


def test_a_reader_beside_the_run_has_no_version_of_a_user_under_way(tmp_path: Path) -> None:
    user = item("email:Ana@b.co", "x", ("email:Ana@b.co", "document:1"))
    with opened(tmp_path / "j") as ledger:
        ledger.settle([note(user, Accepted("created"), Entity.USER)], b"")
        with closing(JournalReader(tmp_path / "j")) as before:
            assert before.versions(user.customers) == [user.digest] * 2
        ledger.mark(Entity.USER, [user], b"")
        with closing(JournalReader(tmp_path / "j")) as beside:
            assert beside.versions([*user.customers, "document:2"]) == [b"", b"", None]


def test_purchases_without_known_customers_cost_no_queries(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as ledger:
        queries = list[str]()
        ledger._database.set_trace_callback(queries.append)
        ledger.settle([note(item(str(number)), Accepted("queued")) for number in range(100)], b"")
        assert ledger.versions(["email:a@b.co", "document:1"]) == [None, None]
        ledger._database.set_trace_callback(None)
    assert not [query for query in queries if "customers" in query]


def test_a_key_with_half_a_surrogate_pair_can_be_a_customer(tmp_path: Path) -> None:
    user = item("email:\ud800Ñ", "x", ("email:\ud800Ñ",))
    with opened(tmp_path / "j") as ledger:
        ledger.settle([note(user, Accepted("created"), Entity.USER)], b"")
        assert ledger.versions(user.customers) == [user.digest]


def test_the_customers_of_an_older_journal_are_its_accepted_users(tmp_path: Path) -> None:
    keys = ("email:a@b.co", "email:Ñandú@b.co", "email:ñandú@b.co", "document:1", "document:2", "document:3")
    with opened(tmp_path / "j") as ledger:
        for number, key in enumerate(keys):
            ledger.mark(Entity.USER, [item(key, str(number))], b"")
            ledger.settle([note(item(key, str(number)), Accepted("created"), Entity.USER)], b"")
        ledger.settle([note(item("document:2", "new"), InDoubt("lost"), Entity.USER)], b"")
        ledger.settle([note(item("document:4"), Rejected("server", "x"), Entity.USER)], b"")
        ledger.settle([note(item("document:5"), Accepted("queued"))], b"")
    with closing(sqlite3.connect(tmp_path / "j")) as older:
        older.executescript(
            "DROP INDEX customers_folded; DROP INDEX customers_person; DROP TABLE customers;"
            "DROP TABLE people; DROP TABLE damaged;"
            "ALTER TABLE records DROP COLUMN doubt; PRAGMA user_version = 2"
        )
    asked = [*keys, "document:4", "document:5"]
    # it is not known which of two ways to write one address came last, and document 2 is in doubt
    expected = [digest_of(b"0"), b"", b"", digest_of(b"3"), b"", digest_of(b"5"), None, None]
    with closing(JournalReader(tmp_path / "j")) as reader:
        assert reader.versions(asked) == expected
        assert reader.known_customers() == Known(6)
    with opened(tmp_path / "j") as ledger:
        assert ledger.versions(asked) == expected
        assert ledger.known_customers() == Known(6)


def test_identifiers_of_version_3_with_one_version_are_one_person(tmp_path: Path) -> None:
    ana, eva = ("email:Ana@b.co", "document:1"), ("email:eva@b.co",)
    with opened(tmp_path / "j") as ledger:
        for names, content in ((ana, "x"), (eva, "y")):
            ledger.settle([note(item(names[0], content, names), Accepted("created"), Entity.USER)], b"")
        ledger.settle([note(item("p", "p", ("document:9",)), Accepted("queued"))], b"")
        before = ledger.versions([*ana, *eva])
    with closing(sqlite3.connect(tmp_path / "j")) as older:
        older.executescript(
            "CREATE TABLE older (identifier TEXT PRIMARY KEY, version BLOB NOT NULL, folded TEXT) WITHOUT ROWID;"
            "INSERT INTO older SELECT identifier, coalesce(version, x''), folded"
            " FROM customers LEFT JOIN people USING (person);"
            "DROP TABLE customers; DROP TABLE people;"
            "ALTER TABLE older RENAME TO customers; PRAGMA user_version = 3"
        )
    with closing(JournalReader(tmp_path / "j")) as reader:
        assert len(reader.people([*ana, *eva])) == 2
        assert reader.people(ana[:1]) == reader.people(ana[1:])
        assert (reader.versions([*ana, *eva]), reader.known_customers()) == (before, Known(3, 1))
    with opened(tmp_path / "j") as ledger:
        assert len(ledger.people([*ana, *eva])) == 2
        assert (ledger.versions([*ana, *eva]), ledger.known_customers()) == (before, Known(3, 1))
        ledger.settle([note(item(ana[1], "z", ana[1:]), Accepted("updated"), Entity.USER)], b"")
        assert ledger.versions(ana) == [digest_of(b"z")] * 2
