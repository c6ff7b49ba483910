"""An account that answers bulk requests like an unknown path, for a while or always."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fakes import Shop, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import run
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.rules import bulk_support
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Request, Response

ANA = {"email": "ana@example.com"}
ANSWERS = {
    "bare 404": reply(404, ""),
    "405": reply(405, "method_not_allowed"),
    "page": Response(200, {}, b"<html>not here"),
}
answers = pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.account.create_user(ANA)
    return shop


def without_bulk(shop: Shop, answer: Response, is_over: Callable[[], bool]) -> Any:
    inner = shop._answer

    async def by(request: Request) -> Any:
        return answer if request.endpoint == "purchases.create_bulk" and not is_over() else await inner(request)

    return by


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try bulk again after 30 purchases, so that a short run shows it."""
    monkeypatch.setattr(bulk_support, "RETRY_AFTER", 30)


@answers
async def test_a_long_run_uses_bulk_again(shop: Shop, answer: Response) -> None:
    shop.by = without_bulk(shop, answer, lambda: len(shop.account.purchases) > 20)
    report = await run(sender(shop), users=[ANA], purchases=[purchase_line(number) for number in range(400)])
    assert report.purchases.accepted == len(shop.account.purchases) == 400
    singles, bulks = shop.paths.count("purchases.create"), shop.paths.count("purchases.create_bulk")
    assert 30 <= singles <= 80  # batches that were already sealed are also sent one by one
    assert (400 - singles) // 10 <= bulks <= (400 - singles) // 10 + 12


@answers
async def test_an_ingester_uses_bulk_again(shop: Shop, answer: Response) -> None:
    shop.by = without_bulk(shop, answer, lambda: len(shop.account.purchases) > 20)
    policy = RunPolicy(BatchPolicy(max_items=10), IngestPolicy(), 3)
    async with Ingester(sender(shop), policy, Inputs()) as opened:
        for number in range(200):
            await opened.submit(purchase_line(number))
    assert len(shop.account.purchases) == 200
    assert 30 <= shop.paths.count("purchases.create") <= 80


@answers
async def test_an_account_without_bulk_asks_for_it_seldom(shop: Shop, answer: Response) -> None:
    shop.by = without_bulk(shop, answer, lambda: False)
    count = 300
    report = await run(sender(shop), users=[ANA], purchases=[purchase_line(number) for number in range(count)])
    assert report.purchases.accepted == len(shop.account.purchases) == count
    assert shop.paths.count("purchases.create") == count
    at_the_start = 3 * 3  # three at a time, each with a page three times
    assert 1 < shop.paths.count("purchases.create_bulk") <= at_the_start + 3 * count / 30
