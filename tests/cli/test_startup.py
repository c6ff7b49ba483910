"""What must not be imported for a help, for `status`, and with the package. Times are measured by `benchmarks`."""

import subprocess
import sys
from pathlib import Path

import pytest

from woowup_async._journal.ledger import SqliteLedger

HELPS = (
    "", "demo", "simulate", "backfill", "plan", "verify", "doctor", "status", "dashboard", "dead-letters",
    "new-key", "mapping", "mapping show", "mapping new", "mapping check",
)  # fmt: skip
#: The network, and all rooms that a help does not need.
FORBIDDEN = (
    "aiohttp", "pydantic", "rich.console", "anyio", "aiolimiter", "sqlite3", "pyarrow",
    "woowup_async.client", "woowup_async.models",
    "woowup_async.sources", "woowup_async.sinks", "woowup_async.testing", "woowup_async.cleaning", "woowup_async._wire",
    "woowup_async._ingest", "woowup_async._transport", "woowup_async._limiting", "woowup_async._journal",
    "woowup_async._ledger", "woowup_async._planning", "woowup_async._resources", "woowup_async.cli.commands",
)  # fmt: skip
SHOW = "import sys; print('\\n'.join(sys.modules))"
RUN = f"""
import sys
from woowup_async.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print("MODULES")
{SHOW}
"""


def imported(program: str, *arguments: object) -> set[str]:
    """Return the modules that a new process has imported after a program."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return set(done.stdout.rpartition("MODULES\n")[2].split())


@pytest.mark.slow
@pytest.mark.parametrize("command", HELPS)
def test_a_help_imports_neither_the_network_nor_the_models(command: str) -> None:
    modules = imported(RUN, *command.split(), "--help")
    assert "woowup_async.cli.app" in modules
    assert not {*FORBIDDEN} & modules


@pytest.mark.slow
def test_status_imports_neither_the_network_nor_the_models(tmp_path: Path) -> None:
    SqliteLedger(tmp_path / "j").close()
    modules = imported(RUN, "status", tmp_path / "j")
    assert "woowup_async._journal.reader" in modules
    unneeded = {"aiohttp", "aiolimiter", "woowup_async.client", "woowup_async.models.purchase", "woowup_async._ingest"}
    assert not unneeded & modules


def test_the_package_imports_nothing_until_it_is_used() -> None:
    modules = imported(f"import woowup_async; {SHOW}")
    assert {each for each in modules if each.startswith("woowup_async.")} == {"woowup_async._version"}
    assert not {"aiohttp", "anyio", "msgspec"} & modules
    modules = imported(f"import woowup_async; woowup_async.errors.NotFound; woowup_async.RateLimit; {SHOW}")
    assert "aiohttp" not in modules


@pytest.mark.slow
def test_a_client_imports_a_run_only_when_it_is_opened() -> None:
    """In a thread, so that no event loop waits for it. `ingester` and `outcomes` then import nothing."""
    begin = "from woowup_async import WoowUp; woowup = WoowUp('k')"
    assert "woowup_async._ingest.faces.run" not in imported(f"{begin}; {SHOW}")
    opened = f"""
import asyncio, sys, threading
{begin}
async def main():
    importer = set()
    class Finder:
        def find_spec(self, name, path=None, target=None):
            importer.add((name.partition(".")[0], threading.current_thread() is threading.main_thread()))
    sys.meta_path.insert(0, Finder())
    async with woowup:
        before = set(sys.modules)
        woowup.ingester()
        woowup.outcomes(users=[])
        await woowup.ingest(users=[])
        assert not [name for name in set(sys.modules) - before if name.startswith("woowup_async")], "imported late"
    assert ("woowup_async", False) in importer
    assert ("woowup_async", True) not in importer, "imported in the event loop"
asyncio.run(main())
{SHOW}
"""
    assert "woowup_async._ingest.faces.ingester" in imported(opened)
