"""Forgetting in several files at once."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.journals import item, note
from tests.support.ledgers import schema
from tests.support.postgres import Server
from woowup_async._flow import Entity
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._ledger.ledger import PostgresLedger
from woowup_async._transport.credentials import ApiKey
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import WoowUpError
from woowup_async.outcomes import Accepted, InDoubt, Outcome
from woowup_async.retention import Forgotten, forget, identifiers_in

KEY = "secret"
CREATED = Accepted("created")


def journal(path: Path, *customers: tuple[str, ...], outcome: Outcome = CREATED) -> Path:
    with closing(SqliteLedger(path, ApiKey(KEY).mark)) as ledger:
        ledger.begin([])
        for each in customers:
            one = item(each[0], customers=each)
            ledger.mark(Entity.USER, [one], b"")
            ledger.settle([note(one, outcome, Entity.USER)], b"")
        ledger.finish()
    return path


def test_what_one_journal_knows_is_forgotten_in_all(tmp_path: Path) -> None:
    one = journal(tmp_path / "1", ("telephone:+5491155550147", "service_uid:u-7777"))
    two = journal(tmp_path / "2", ("document:20123456", "telephone:+5491155550147"), ("document:30999888",))
    letters = tmp_path / "bad.jsonl"
    letters.write_text('{"raw": {"service_uid": "u-7777"}}\n{"raw": {"document": "30999888"}}\n')
    ask = {"customers": ["20123456"], "dead_letters": [letters], "api_key": KEY}
    expected = Forgotten(identifiers=4, records=2, letters=1)
    assert forget(one, two, **ask, is_trial=True) == expected  # type: ignore[arg-type]
    assert forget(one, two, **ask) == expected  # type: ignore[arg-type]
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert not any(each in kept for each in (b"u-7777", b"5550147", b"20123456"))
    assert b"30999888" in kept
    assert not forget(one, two, **ask)  # type: ignore[arg-type]


def test_nothing_is_changed_if_one_file_is_refused(tmp_path: Path) -> None:
    one = journal(tmp_path / "1", ("document:20123456",))
    two = journal(tmp_path / "2", ("document:30999888",), outcome=InDoubt("no answer"))
    with pytest.raises(WoowUpError, match="2: 1 records are in doubt"):
        forget(one, two, older_than=timedelta(microseconds=1), api_key=KEY)
    assert b"20123456" in b"".join(each.read_bytes() for each in tmp_path.iterdir())


def test_the_key_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = journal(tmp_path / "1", ("document:20123456",))
    monkeypatch.setenv("WOOWUP_API_KEY", KEY)
    assert forget(one, older_than=timedelta(microseconds=1)).identifiers == 1
    monkeypatch.delenv("WOOWUP_API_KEY")
    with pytest.raises(ValueError, match="API key"):
        forget(one, customers=["1"])


async def test_a_file_and_a_ledger_on_a_server_forget_together(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = journal(tmp_path / "1", ("telephone:+5491155550147", "document:20123456"))
    letters = tmp_path / "bad.jsonl"
    letters.write_text('{"raw": {"service_uid": "u-7777"}}\n')
    with schema(postgres) as url:
        monkeypatch.setenv("LEDGER", url)
        ledger = PostgresLedger(Dsn(url), ApiKey(KEY).mark)
        await ledger.begin([])
        two = item("service_uid:u-7777", customers=("service_uid:u-7777", "telephone:+5491155550147"))
        await ledger.settle([note(two, CREATED, Entity.USER)], b"")
        await ledger.finish()
        await ledger.aclose()
        ask = {"customers": ["20123456"], "dead_letters": [letters], "api_key": KEY}
        expected = Forgotten(identifiers=4, records=2, letters=1)
        assert forget(one, "env:LEDGER", **ask, is_trial=True) == expected  # type: ignore[arg-type]
        assert forget(one, "env:LEDGER", **ask) == expected  # type: ignore[arg-type]
        assert not forget(one, "env:LEDGER", **ask)  # type: ignore[arg-type]


def test_an_address_of_a_server_without_its_password() -> None:
    with pytest.raises(WoowUpError, match=r"shop:\*\*\*@127\.0\.0\.1:1/ledger: "):
        forget("postgresql://shop:geheim@127.0.0.1:1/ledger", customers=["1"], api_key=KEY)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({}, "customers, older_than, or both"),
        ({"older_than": timedelta()}, "positive"),
        ({"customers": [" "]}, "identifier"),
    ],
)
def test_what_cannot_be_asked(ask: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        forget("none", api_key=KEY, **ask)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ana@example.com", ("email:ana@example.com",)),
        ("service_uid:77", ("service_uid:77",)),
        ("service_uid:", ("service_uid:service_uid:", "document:service_uid:", "telephone:service_uid:")),
        (" 20123456 ", ("service_uid:20123456", "document:20123456", "telephone:20123456")),
        ("email:a:b@example.com", ("email:a:b@example.com",)),
    ],
)
def test_what_a_text_may_mean(text: str, expected: tuple[str, ...]) -> None:
    assert identifiers_in(text) == expected


def test_what_only_stays_is_nothing_found() -> None:
    assert not Forgotten(kept=1, undated=1)
    assert Forgotten(letters=1)
