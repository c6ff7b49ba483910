"""Which customers are known, and which version of each is the last one."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests._journal.helpers import item, note, opened
from woowup_async._flow import Entity, Note, digest_of
from woowup_async._journal.reader import JournalReader
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released

NAMES = ("email:Ana@b.co", "email:ana@b.co", "email:ANA@b.co", "email:c@d.co", "document:1", "document:A", "document:a")
OUTCOMES: tuple[Outcome, ...] = (Accepted("created"), Rejected("server", "x"), Released("x"), InDoubt("x"))

notes = st.builds(
    lambda entity, outcome, content, names: note(item(names[0], content, tuple(names)), outcome, entity),
    st.sampled_from(Entity),
    st.sampled_from(OUTCOMES),
    st.sampled_from("xyz"),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
)


def folded(name: str) -> str:
    return name.lower() if name.startswith("email:") else name


def told(known: dict[str, bytes], one: Note) -> dict[str, bytes]:
    """Say in the plainest way what one outcome changes."""
    settled, digest, names = one
    is_user, accepted = settled.entity is Entity.USER, isinstance(settled.outcome, Accepted)
    if accepted:
        known = dict.fromkeys(names, b"") | known
    if is_user and isinstance(settled.outcome, Accepted | InDoubt):
        same = {folded(name) for name in names}
        known = {name: (digest if accepted else b"") if folded(name) in same else was for name, was in known.items()}
    return known


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.lists(notes, min_size=1, max_size=3), max_size=6), is_killed=st.booleans())
def test_versions_are_those_of_the_users_accepted_last(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[Note]], is_killed: bool
) -> None:
    path, known = tmp_path_factory.mktemp("journal") / "j", dict[str, bytes]()
    with opened(path) as ledger:
        for step in steps:
            ledger.settle(step, b"")
            for one in step:
                known = told(known, one)
            assert ledger.versions(NAMES) == [known.get(name) for name in NAMES]
            assert ledger.known_customers() == len(known)
        if is_killed:
            user = item("document:1", "z", ("document:1", "email:ana@b.co"))
            ledger.mark(Entity.USER, [user], b"")
            known = told(known, note(user, InDoubt("killed"), Entity.USER))
    with opened(path) as ledger:
        assert ledger.versions(NAMES) == [known.get(name) for name in NAMES]
    with closing(JournalReader(path)) as reader:
        assert reader.versions(NAMES) == [known.get(name) for name in NAMES]
        assert reader.known_customers() == len(known)


def test_a_reader_beside_the_run_has_no_version_of_a_user_under_way(tmp_path: Path) -> None:
    user = item("email:Ana@b.co", "x", ("email:Ana@b.co", "document:1"))
    with opened(tmp_path / "j") as ledger:
        ledger.settle([note(user, Accepted("created"), Entity.USER)], b"")
        with closing(JournalReader(tmp_path / "j")) as before:
            assert before.versions(user.customers) == [user.digest] * 2
        ledger.mark(Entity.USER, [user], b"")
        with closing(JournalReader(tmp_path / "j")) as beside:
            assert beside.versions([*user.customers, "document:2"]) == [b"", b"", None]


def test_purchases_whose_customers_nobody_names_cost_nothing(tmp_path: Path) -> None:
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
            "DROP INDEX customers_folded; DROP TABLE customers; DROP TABLE damaged;"
            "ALTER TABLE records DROP COLUMN doubt; PRAGMA user_version = 2"
        )
    asked = [*keys, "document:4", "document:5"]
    # which of the two ways to write one address came last was not kept, and document 2 is in doubt
    expected = [digest_of(b"0"), b"", b"", digest_of(b"3"), b"", digest_of(b"5"), None, None]
    with closing(JournalReader(tmp_path / "j")) as reader:
        assert reader.versions(asked) == expected
        assert reader.known_customers() == 6
    with opened(tmp_path / "j") as ledger:
        assert ledger.versions(asked) == expected
        assert ledger.known_customers() == 6
