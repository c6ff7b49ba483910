"""The records of a ledger are rows."""

from pathlib import Path

import pytest

from tests.support.official import purchase_line
from tests.support.postgres import Server
from woowup_async import WoowUp
from woowup_async.contrib.spark.outcomes import SCHEMA, parts_of, rows_of
from woowup_async.errors import JournalError
from woowup_async.testing import Simulator


async def written(journal: str, *purchases: object) -> None:
    async with Simulator(speed=60) as simulator, WoowUp(simulator.api_key, base_url=simulator.url) as woowup:
        simulator._account.create_user({"email": "ana@example.com"})
        await woowup.ingest(purchases=purchases, journal=journal)


def rows(journal: str, *, is_last: bool = True) -> list[dict[str, object]]:
    names = [column.split()[0] for column in SCHEMA.split(", ")]
    return [dict(zip(names, row)) for part in parts_of(journal, is_last=is_last) for row in rows_of(part)]


async def check(journal: str, account: str) -> None:
    await written(journal, purchase_line(1), {"invoice_number": "F-2"})
    await written(journal, purchase_line(3))

    (last,) = rows(journal)
    assert (last["account"], last["entity"], last["state"], last["code"]) == (account, "purchase", "accepted", None)
    assert str(last["key"]).endswith("F-0003")
    states = sorted(str(row["state"]) for row in rows(journal, is_last=False))
    assert states == ["accepted", "accepted", "rejected"]
    (letter,) = [row for row in rows(journal, is_last=False) if row["state"] == "rejected"]
    assert (letter["code"], letter["key"]) == ("invalid", "")
    assert letter["reasons"]


async def test_a_file_has_the_records_of_one_account(tmp_path: Path) -> None:
    await check(str(tmp_path / "norte.db"), "norte")
    assert len(rows(str(tmp_path / "{account}.db"), is_last=False)) == 3

    with pytest.raises(JournalError, match="no such file"):
        parts_of(str(tmp_path / "sur.db"), is_last=True)


async def test_a_server_has_those_of_many(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.execute("CREATE DATABASE outcomes")
    monkeypatch.setenv("LEDGER_URL", postgres.url.replace("/postgres?", "/outcomes?"))

    await check("env:LEDGER_URL", "#1")


def test_a_server_that_cannot_be_reached() -> None:
    with pytest.raises(JournalError, match="journal postgresql://shop"):
        parts_of("postgresql://shop@127.0.0.1:9/nothing", is_last=True)
