"""Each example of the cookbook runs, and does what its first lines say."""

from __future__ import annotations

import ast
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.support.commands import woowup
from tests.support.cookbook import EXAMPLES, loaded, ran, vtex
from tests.support.official import purchase_line
from woowup_async.testing import Simulator

SAMPLES = Path(__file__).parents[1] / "samples" / "exports"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A simulated account whose key and URL are in the environment."""
    with Simulator(speed=60).run_in_thread() as simulator:
        monkeypatch.setenv("WOOWUP_API_KEY", simulator.api_key)
        monkeypatch.setenv("WOOWUP_BASE_URL", simulator.url)
        yield simulator


def message(number: int, **fields: object) -> dict[str, Any]:
    return {"messageId": f"m-{number}", "body": json.dumps(purchase_line(number) | fields)}


def lambda_context(seconds: float) -> Any:
    return SimpleNamespace(get_remaining_time_in_millis=lambda: seconds * 1000)


def test_every_example_is_in_the_table() -> None:
    table = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    own = {path.name for path in EXAMPLES.iterdir() if path.is_dir() and any(path.glob("*.*"))}
    assert own | {"crud.py"} <= set(re.findall(r"^\| \[`([\w.]+)/?`\]", table, re.MULTILINE))


class TestLambda:
    def test_accepted_and_rejected_messages_do_not_come_again(self, account: Simulator) -> None:
        handler = loaded("lambda_handler/handler.py").handler
        event = {"Records": [message(1), message(2, purchase_detail=[]), message(3)]}
        assert handler(event, lambda_context(30)) == {"batchItemFailures": []}
        assert len(account.purchases) == 2

    @pytest.mark.long
    def test_messages_come_again_if_the_server_is_down(self, account: Simulator) -> None:
        handler = loaded("lambda_handler/handler.py").handler
        account.latency = 1.5
        event = {"Records": [message(1), message(2)]}
        again = handler(event, lambda_context(10.5))["batchItemFailures"]
        assert again == [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-2"}]


class TestAirflow:
    """Airflow is not installed here: its decorators are replaced by ones that run the tasks in order."""

    PATH = EXAMPLES / "airflow_dag" / "woowup_nightly.py"

    def test_it_is_a_dag_with_three_tasks(self) -> None:
        tree = ast.parse(self.PATH.read_text(encoding="utf-8"))
        (function,) = (
            each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == "woowup_nightly"
        )
        assert [each.name for each in ast.walk(function) if isinstance(each, ast.FunctionDef)][1:] == [
            "plan", "backfill", "verify",
        ]  # fmt: skip

    @pytest.mark.long
    def test_its_tasks_run(
        self, account: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "clientes.jsonl").write_text('{"email": "ana@example.com"}\n')
        (tmp_path / "ventas.jsonl").write_text(json.dumps(purchase_line(1)) + "\n")
        monkeypatch.setenv("SHOP_FOLDER", str(tmp_path))
        monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
        package, sdk = ModuleType("airflow"), ModuleType("airflow.sdk")
        sdk.dag = lambda **options: lambda function: function  # type: ignore[attr-defined]
        sdk.task = task  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "airflow", package)
        monkeypatch.setitem(sys.modules, "airflow.sdk", sdk)
        loaded("airflow_dag/woowup_nightly.py")
        assert len(account.purchases) == 1
        assert "1 confirmed, 0 pending, 0 missing" in capfd.readouterr().out

    def test_its_options_exist(self) -> None:
        text = self.PATH.read_text(encoding="utf-8")
        for command in ("plan", "backfill", "verify"):
            line = next(line for line in text.splitlines() if f'woowup("{command}"' in line)
            shown = woowup(command, "--help").output
            assert not [option for option in re.findall(r'"(--[\w-]+)"', line) if option not in shown]


class _Result(int):
    """What a task returned. `>>` orders tasks, which have run here already."""

    def __rshift__(self, other: int) -> int:
        return other


def task(function: Any = None, **options: object) -> Any:
    """Stand for Airflow's decorator: calling the task runs it."""
    if function is None:
        return lambda found: task(found)
    return lambda *arguments: _Result(function(*arguments) or 0)


@pytest.mark.long
class TestPrograms:
    def test_nightly(self, account: Simulator, tmp_path: Path) -> None:
        (tmp_path / "clientes.jsonl").write_text('{"email": "ana@example.com"}\n{"first_name": "Beto"}\n')
        (tmp_path / "ventas-1.jsonl").write_text(json.dumps(purchase_line(1)) + "\n")
        (tmp_path / "ventas-2.jsonl").write_text(json.dumps(purchase_line(2)) + "\n")
        first = ran("nightly_delta/nightly.py", tmp_path, simulator=account, folder=tmp_path, code=1)
        assert "orders: 2 read, {'queued': 2}, 0 rejected" in first
        assert "rejected: user clientes.jsonl:2" in first
        (tmp_path / "clientes.jsonl").write_text('{"email": "ana@example.com"}\n')
        second = ran("nightly_delta/nightly.py", tmp_path, simulator=account, folder=tmp_path)
        assert "orders: 2 read, {'unchanged': 2}, 0 rejected\n0 requests" in second

    def test_vtex(self, account: Simulator, tmp_path: Path) -> None:
        orders = {order["orderId"]: order for order in json.loads((SAMPLES / "vtex-json.json").read_text("utf-8"))}
        with vtex(orders) as url:
            place: dict[str, Any] = {"VTEX_URL": url, "VTEX_KEY": "key", "VTEX_TOKEN": "token"}
            printed = ran("vtex_orders/vtex.py", 2, simulator=account, folder=tmp_path, **place)
        assert printed.startswith(f"{len(orders)} orders read\n")
        assert [user["email"] for user in account.users.values()] == ["rui@exemplo.com"]
        assert [purchase["prices"]["total"] for purchase in account.purchases.values()] == [230.1]

    def test_shopify(self, account: Simulator, tmp_path: Path) -> None:
        files = SAMPLES / "shopify-customers.csv", SAMPLES / "shopify.csv"
        printed = ran("shopify_csv/shopify.py", *files, simulator=account, folder=tmp_path)
        total = sum(purchase["prices"]["total"] for purchase in account.purchases.values())
        assert total > 0
        assert printed.rstrip().endswith(f"for {total:.2f}")

    def test_dataframes(self, account: Simulator, tmp_path: Path) -> None:
        printed = ran("dataframes/notebook.py", simulator=account, folder=tmp_path)
        assert "left out: ['F-3']" in printed
        assert {number: each["prices"]["total"] for (_, number), each in account.purchases.items()} == {
            "F-1": 28.5, "F-2": 30.5,
        }  # fmt: skip
        assert {each["createtime"] for each in account.purchases.values()} == {
            "2026-03-01 13:00:00", "2026-03-02 14:00:00",
        }  # fmt: skip

    def test_postgresql(self, account: Simulator, tmp_path: Path) -> None:
        from tests.support.postgres import started  # it takes long to import

        with started() as server:
            server.execute((EXAMPLES / "postgresql" / "schema.sql").read_text(encoding="utf-8"))
            place: dict[str, Any] = {"SHOP_DB": server.url}
            first = ran("postgresql/load.py", simulator=account, folder=tmp_path, **place)
            assert first == "2 customers, 2 orders, 3 requests\norders {'queued': 2}\n"
            server.execute("UPDATE orders SET total = 27, updated_at = '2026-03-05 09:00-03' WHERE number = 'F-1'")
            second = ran("postgresql/load.py", simulator=account, folder=tmp_path, **place)
        assert "'updated': 1" in second
        assert account.purchases["Centro", "F-1"]["prices"]["total"] == 27

    def test_taskiq(self, account: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program = """
import asyncio
from tasks import broker, send_order

async def main():
    await broker.startup()
    line = {"sku": "TAZA-1", "quantity": 1, "unit_price": 9.5}
    order = {"email": "ana@example.com", "prices": {"total": 9.5}, "purchase_detail": [line]}
    tasks = [await send_order.kiq(order | {"invoice_number": f"F-{number}"}) for number in range(3)]
    tasks.append(await send_order.kiq(order | {"invoice_number": "F-3", "purchase_detail": []}))
    print([(await each.wait_result()).return_value for each in tasks])
    await broker.shutdown()

asyncio.run(main())
"""
        shutil.copytree(EXAMPLES / "taskiq_worker", tmp_path, dirs_exist_ok=True)
        (tmp_path / "try.py").write_text(program)
        monkeypatch.setenv("WOOWUP_STATE_DIR", str(tmp_path))
        printed = ran(str(tmp_path / "try.py"), simulator=account, folder=tmp_path)
        assert printed == "['queued', 'queued', 'queued', 'rejected by the client: invalid']\n"
        assert len(account.purchases) == 3
