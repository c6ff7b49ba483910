"""One task sends the rows of its accounts, and says what each of them got."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pytest

from tests.support.modes import is_private
from tests.support.official import purchase_line
from tests.support.spark import MAPPING
from woowup_async.contrib.spark import PartFailed
from woowup_async.contrib.spark.options import Plan, plan_of
from woowup_async.contrib.spark.rows import check_columns
from woowup_async.contrib.spark.sending import send
from woowup_async.errors import SourceError
from woowup_async.testing import Scripted, Simulator


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("KEY_NORTE", "simulator-key")
    monkeypatch.setenv("KEY_SUR", "another-key")
    with Simulator(speed=60).run_in_thread() as simulator:
        simulator._account.create_user({"email": "ana@example.com"})
        yield simulator


def plan(simulator: Simulator, **options: object) -> Plan:
    base = {"accounts": "env:KEY_{account}", "base_url": simulator.url, "segment": simulator.segment, "json": "record"}
    return plan_of({name: str(value) for name, value in (base | options).items() if value is not None})


def lines(count: int, account: str | None = "norte", start: int = 0) -> pyarrow.RecordBatch:
    records = [json.dumps(purchase_line(number)) for number in range(start, start + count)]
    return pyarrow.RecordBatch.from_pydict({"account": [account] * count, "record": records})


def test_all_rows_of_an_account_are_sent(simulator: Simulator) -> None:
    part = send(iter([lines(150), lines(30, start=150)]), plan(simulator, memory_bytes=0), partition=3, attempt=1)

    assert len(simulator.purchases) == 180
    assert (part.partition, part.attempt) == (3, 1)
    (counts,) = part.accounts
    assert (counts.account, counts.submitted, counts.accepted, counts.requests) == ("norte", 180, 180, 2)


def test_a_partition_without_rows_sends_nothing(simulator: Simulator) -> None:
    assert send(iter([]), plan(simulator)).accounts == []
    assert simulator.requests == 0


def test_an_account_that_fails_does_not_stop_another(simulator: Simulator) -> None:
    batches = [lines(2, "sur"), lines(3, None), lines(120)]

    with pytest.raises(PartFailed, match="account sur: .*forbidden") as failed:
        send(iter(batches), plan(simulator))

    assert "rows without an account" in str(failed.value)
    assert [(each.account, each.accepted) for each in failed.value.part.accounts] == [
        ("", 0),
        ("norte", 120),
        ("sur", 0),
    ]
    assert len(simulator.purchases) == 120


def test_a_repeated_task_sends_nothing_that_its_journal_knows(simulator: Simulator, tmp_path: Path) -> None:
    kept = plan(simulator, journal=tmp_path / "{account}.db")

    def broken() -> Iterator[pyarrow.RecordBatch]:
        yield lines(200)
        while len(simulator.purchases) < 200:
            pass  # the account's rows are sent while the task waits for more of them
        raise OSError("the executor lost its input")

    with pytest.raises(OSError, match="lost its input"):
        send(broken(), kept)
    part = send(iter([lines(200)]), kept, attempt=1)

    assert (part.accounts[0].accepted, part.accounts[0].requests) == (200, 0)
    assert simulator.duplicates == 0
    assert is_private(tmp_path / "NORTE.db")


def test_records_without_an_outcome_fail_the_task(simulator: Simulator) -> None:
    def scripted(**options: object) -> Plan:
        # the first answer shows that the host is the API; otherwise a lost answer would end the run
        simulator.script(Scripted(genuine=True), Scripted(drop=True, process=True))
        return plan(simulator, doubt="report", attempts=1, max_items=2, at_once=1, **options)

    def rows() -> Iterator[pyarrow.RecordBatch]:
        before = len(simulator.purchases)
        yield lines(2, start=before)
        while len(simulator.purchases) == before:
            pass
        yield lines(2, start=before + 2)

    with pytest.raises(PartFailed, match="0 records were released and 2 are in doubt"):
        send(rows(), scripted())

    part = send(rows(), scripted(unsettled="report"))
    assert (part.accounts[0].accepted, part.accounts[0].in_doubt) == (2, 2)


def test_columns_may_be_named_like_the_fields(simulator: Simulator) -> None:
    rows = pyarrow.Table.from_pylist([purchase_line(number) | {"account": "norte"} for number in range(3)])
    kind = plan(simulator, json=None)
    check_columns(rows.schema, kind)

    send(iter(rows.to_batches()), kind)

    assert sorted(key[1] for key in simulator.purchases) == ["F-0000", "F-0001", "F-0002"]


def test_a_mapping_finds_the_rows_of_an_order_in_several_batches(simulator: Simulator) -> None:
    def rows(sku: str) -> pyarrow.RecordBatch:
        found = [
            {
                "account": "norte",
                "Pedido": f"P-{number}",
                "Email": "ana@example.com",
                "Fecha": "2024-01-01 10:00:00",
                "Total": 2.5,
                "SKU": sku,
                "Cantidad": 1,
            }
            for number in range(3)
        ]
        return pyarrow.RecordBatch.from_pylist(found)

    kind = plan(simulator, json=None, mapping=MAPPING, memory_bytes=0)
    check_columns(rows("A-1").schema, kind)
    part = send(iter([rows("A-1"), rows("B-2")]), kind)

    assert part.accounts[0].submitted == 3
    assert [len(purchase["purchase_detail"]) for purchase in simulator.purchases.values()] == [2, 2, 2]


def test_a_row_without_json_is_a_dead_letter(simulator: Simulator, tmp_path: Path) -> None:
    rows = pyarrow.RecordBatch.from_pydict({"account": ["norte"] * 2, "record": [None, "{"]})

    part = send(iter([rows]), plan(simulator, dead_letters=tmp_path), partition=2)

    assert part.accounts[0].codes == {"malformed": 2}
    (path,) = tmp_path.glob("NORTE-2-*.jsonl")
    letters = [json.loads(line) for line in path.read_text().splitlines()]
    assert [letter["position"] for letter in letters] == ["partition 2:1", "partition 2:2"]


def test_bytes_are_json_too_and_other_types_are_not(simulator: Simulator) -> None:
    rows = pyarrow.RecordBatch.from_pydict({"record": [json.dumps(purchase_line()).encode()]})
    numbers = pyarrow.RecordBatch.from_pydict({"record": [7]})
    one = plan(simulator, accounts="env:KEY_NORTE")

    assert send(iter([rows]), one).accounts[0].accepted == 1
    assert send(iter([numbers]), one).accounts[0].rejected == 1


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (["record"], {}, "no column 'account'"),
        (["account"], {}, "no column 'record' with JSON"),
        (["account", "other"], {"json": None, "mapping": MAPPING}, "Pedido"),
        (
            ["account", "invoice_number"],
            {"json": None, "mapping": MAPPING + '[sql]\nurl_env = "DATABASE_URL"\nquery = "SELECT 1"'},
            "sql",
        ),
        (
            ["account"],
            {"json": None, "mapping": MAPPING + '[purchase.payment_rows]\nfile="p.csv"\nkey=["Pedido"]\nfields={}'},
            "join the payments in Spark",
        ),
    ],
)
def test_columns_are_checked_before_a_task_begins(
    simulator: Simulator, columns: list[str], options: dict[str, object], message: str
) -> None:
    schema = pyarrow.schema([(name, pyarrow.string()) for name in columns])

    with pytest.raises(SourceError, match=message):
        check_columns(schema, plan(simulator, **options))


def test_a_column_of_a_wrong_type_is_refused(simulator: Simulator) -> None:
    schema = pyarrow.schema([("account", pyarrow.string()), ("prices", pyarrow.float64())])

    with pytest.raises(SourceError, match="prices"):
        check_columns(schema, plan(simulator, json=None))
