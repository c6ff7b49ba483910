"""Each page of the site is walked through as a reader would, against the simulator: `make test-docs`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.ledgers import schema
from tests.support.official import purchase_line
from tests.support.postgres import Server
from tests.support.site import prepare, text_of, walked
from tests.support.walking import Block, Walk, blocks_in
from woowup_async import WoowUp
from woowup_async.testing import Simulator


@pytest.mark.long
@pytest.mark.timeout(240)
@pytest.mark.parametrize("page", walked())
def test_walk(page: str, tmp_path: Path) -> None:
    with Simulator(speed=60).run_in_thread() as simulator:
        replaced = prepare(page, tmp_path, simulator)
        account = {"WOOWUP_API_KEY": simulator.api_key, "WOOWUP_BASE_URL": simulator.url}
        with Walk(tmp_path, replaced or {}, account if replaced is not None else {}) as walk:
            for block in blocks_in(text_of(page)):
                walk.take(block)


@pytest.mark.long
def test_the_walk_with_a_ledger_on_a_server(tmp_path: Path, postgres: Server) -> None:
    async def add_the_customer() -> None:
        async with WoowUp(simulator.api_key, base_url=simulator.url) as woowup:
            await woowup.users.create({"email": "ana@example.com"})

    page = text_of("docs/ledger.md")
    lines = [json.dumps(purchase_line(number)) for number in range(20)]
    (tmp_path / "orders.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with Simulator(speed=60).run_in_thread() as simulator, schema(postgres) as url:
        asyncio.run(add_the_customer())
        replaced = {"postgresql://shop:secret@db/woowup": f"'{url}'"}
        account = {"WOOWUP_API_KEY": simulator.api_key, "WOOWUP_BASE_URL": simulator.url}
        with Walk(tmp_path, replaced, account) as walk:
            for block in blocks_in(page):
                walk.take(block)
            walk.take(Block("text", None, "20", 0))  # the program
        assert len(simulator.purchases) == 20
    assert len(blocks_in(page)) == 2


@pytest.mark.long
def test_the_walk_that_removes_personal_data(tmp_path: Path, postgres: Server) -> None:
    """The last of the commands in `docs/security.md` needs a ledger on a server."""
    (tmp_path / "ana.jsonl").write_text('{"email": "ana@example.com"}', encoding="utf-8")
    with Simulator(speed=60).run_in_thread() as simulator, schema(postgres) as url:
        replaced = prepare("docs/security.md", tmp_path, simulator)
        account = {"WOOWUP_API_KEY": simulator.api_key, "WOOWUP_BASE_URL": simulator.url, "LEDGER_URL": url}
        with Walk(tmp_path, replaced or {}, account) as walk:
            walk.take(Block("sh", None, "woowup backfill --users ana.jsonl --journal env:LEDGER_URL", 0))
            (commands,) = blocks_in(text_of("docs/security.md"))
            walk.take(commands)
            walk.take(Block("text", None, "…\n1 identifiers become keyed hashes\n…\nthe server of a ledger keeps …", 0))
