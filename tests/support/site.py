"""The pages of the documentation site, how each is run, and what some of them need to be there before."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from docs.site.examples import EXAMPLES, examples_of, reference_pages
from tests.support.walking import ROOT, blocks_in
from woowup_async import WoowUp
from woowup_async._samples import ORDERS
from woowup_async.testing import Simulator

#: Pages whose blocks another test runs, or compares with what is printed.
ELSEWHERE = {
    "docs/calls.md": "tests/test_calls_doc.py",
    "docs/fastapi.md": "tests/test_testing_doc.py",
    "docs/files.md": "tests/cli/test_files_page.py",
    "docs/ledger.md": "tests/docs/test_walks.py",
    "docs/howto/spark.md": "tests/spark/test_pages.py",
    "docs/python.md": "tests/test_python_doc.py",
    "docs/security.md": "tests/docs/test_walks.py",
    "docs/spark.md": "tests/spark/test_pages.py",
    "docs/testing.md": "tests/test_testing_doc.py",
}
#: Kinds of blocks that are not code: what is printed, and the chart of the architecture.
_SHOWN = ("text", "mermaid")


def pages() -> list[str]:
    """Return the pages of the site by their paths from the root of the project. Decisions have no code.

    The examples in `docs/reference/examples` become parts of pages; `tests/docs/test_examples.py` runs them.
    """
    found = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("README.md")]
    apart = (ROOT / "docs" / "decisions", EXAMPLES)
    return sorted(str(path.relative_to(ROOT)) for path in found if path.parent not in apart)


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def code_in(page: str) -> int:
    """Return the number of blocks of code on a page."""
    return sum(block.kind not in _SHOWN for block in blocks_in(text_of(page)))


def numbers() -> tuple[int, int, int]:
    """Return how many blocks of code walks run, other tests run, and the Spanish pages repeat."""
    here, elsewhere = sum(map(code_in, walked())), sum(map(code_in, ELSEWHERE))
    return here, elsewhere, sum(code_in(page) for page in pages() if page.startswith("docs/es/"))


def walked() -> list[str]:
    """Return the pages to walk through. The Spanish ones have the blocks of the English ones."""
    return [page for page in pages() if page not in ELSEWHERE and not page.startswith("docs/es/") and code_in(page)]


def prepare(page: str, folder: Path, simulator: Simulator) -> dict[str, str] | None:
    """Make what a page takes for granted. Return texts to replace; None for a page that begins with nothing."""
    for sample in sorted((ROOT / "tests" / "samples" / "exports").iterdir()):
        if re.search(rf"(?<![\w-]){re.escape(sample.name)}\b", text_of(page)):
            shutil.copyfile(sample, folder / sample.name)
    if page.startswith("examples/"):
        shutil.copytree((ROOT / page).parent, folder, dirs_exist_ok=True)
        (folder / "days").mkdir()
        shutil.copyfile(ORDERS, folder / "days" / "2010-12-01.csv")
    maker = _MAKERS.get(page)
    return maker(folder, simulator) if maker else None


def _budget(folder: Path, simulator: Simulator) -> dict[str, str]:
    return {}


def _dashboard(folder: Path, simulator: Simulator) -> dict[str, str]:
    (folder / "customers.jsonl").write_text('{"email": "ana@example.com"}\n', encoding="utf-8")
    for name in ("north", "south", "shop"):
        _run(folder, simulator)
        if name != "shop":
            (folder / "shop.journal").rename(folder / f"{name}.journal")
    return {}


def _databases(folder: Path, simulator: Simulator) -> dict[str, str]:
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute("CREATE TABLE orders (number, mail, created_at, total, sku, quantity, price, updated_at)")
        day = "2026-03-01 10:00:00"
        row = ("F-1", "ana@example.com", day, 19, "TAZA-1", 2, 9.5, day)
        database.execute("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    database.close()
    (folder / "orders.sql").write_text("SELECT * FROM orders", encoding="utf-8")

    async def add_the_customer() -> None:
        async with WoowUp(simulator.api_key, base_url=simulator.url) as woowup:
            await woowup.users.create({"email": "ana@example.com"})

    asyncio.run(add_the_customer())
    return {"postgresql://reader:password@db.example.com/shop": f"sqlite:///{folder / 'shop.db'}"}


def _mapping(folder: Path, simulator: Simulator) -> dict[str, str]:
    tutorial = blocks_in(text_of("docs/tutorial/csv.md"))
    (file,) = (block.text for block in tutorial if block.title == "ventas.csv")
    (folder / "ventas.csv").write_text(file.replace("32/01", "31/01"), encoding="utf-8")
    return {}


def _presets(folder: Path, simulator: Simulator) -> dict[str, str]:
    exports = ROOT / "tests" / "samples" / "exports"
    shutil.copyfile(exports / "shopify.csv", folder / "orders_export.csv")
    shutil.copyfile(exports / "shopify-customers.csv", folder / "customers_export.csv")
    return {}


#: Writes files of a run and of a service. A process of its own marks them with the key as users' processes do.
_RUN = """
import asyncio, sys
from woowup_async import WoowUp

async def fill(key, url):
    customers = [{"email": "ana@example.com"}, {"email": "ana@example.com", "birthdate": "1990-02-31"}]
    async with WoowUp(key, base_url=url) as woowup:
        await woowup.ingest(users=customers, journal="shop.journal", dead_letters="bad.jsonl")
        async with woowup.ingester(outbox="orders.outbox") as ingester:
            await (await ingester.submit(customers[0], entity="user"))

asyncio.run(fill(*sys.argv[1:]))
"""


def _run(folder: Path, simulator: Simulator) -> None:
    subprocess.run([sys.executable, "-c", _RUN, simulator.api_key, simulator.url], cwd=folder, check=True)


def _security(folder: Path, simulator: Simulator) -> dict[str, str]:
    _run(folder, simulator)
    return {"WOOWUP_API_KEY=…": f"WOOWUP_API_KEY={simulator.api_key}"}


def _service(folder: Path, simulator: Simulator) -> dict[str, str]:
    _run(folder, simulator)
    return {}


_MAKERS: dict[str, Callable[[Path, Simulator], dict[str, str]]] = {
    "docs/budget.md": _budget,
    "docs/dashboard.md": _dashboard,
    "docs/databases.md": _databases,
    "docs/mapping.md": _mapping,
    "docs/presets.md": _presets,
    "docs/security.md": _security,
    "docs/service.md": _service,
}

if __name__ == "__main__":
    here, elsewhere, spanish = numbers()
    print(f"{here + elsewhere} blocks of code: walks run {here}, other tests {elsewhere}; in Spanish, {spanish} repeat")
    print(f"{sum(len(examples_of(page)) for page in reference_pages())} examples of classes")
