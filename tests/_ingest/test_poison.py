"""A record that cannot be read is refused, and does not affect other records or the run."""

from typing import Any

import pytest

from tests.support.fakes import Shop, run_sender
from tests.support.hostile_values import BadMapping, Silent
from tests.support.official import purchase_line
from tests.support.poison import MAKERS
from tests.support.runs import run
from woowup_async._flow import Settled
from woowup_async.events import RunEvent
from woowup_async.outcomes import Rejected

POISON = [
    "silent", "masked", "nameless", "cycle", "family", "900 levels", "5,000 digits", "snan", "nan", "surrogate",
    "generator", "bytes", "number as name", "bad mapping", "broken mapping", "bad sequence", "array fails",
    "zone fails",
]  # fmt: skip


def poisoned_users(value: Any) -> list[Any]:
    users: list[Any] = [{"email": f"a{number}@example.com"} for number in range(50)]
    users[1] = {"email": "a1@example.com", "custom_attributes": {"a": value}}
    return users


def poisoned_purchases(value: Any) -> list[Any]:
    purchases: list[Any] = [purchase_line(number) for number in range(50)]
    purchases[1]["metadata"] = {"a": value}
    return purchases


@pytest.mark.parametrize("name", POISON)
@pytest.mark.parametrize("entity", ["users", "purchases"])
@pytest.mark.slow
async def test_one_unreadable_value(entity: str, name: str) -> None:
    make = poisoned_users if entity == "users" else poisoned_purchases
    await _one_is_refused(make(MAKERS[name]()), entity)


@pytest.mark.parametrize(
    "record", [Silent(), BadMapping(MemoryError()), None, 7, b"{", object()], ids=lambda one: type(one).__name__
)
@pytest.mark.parametrize("entity", ["users", "purchases"])
async def test_one_unreadable_record(entity: str, record: object) -> None:
    records = poisoned_users(1) if entity == "users" else poisoned_purchases(1)
    records[1] = record
    await _one_is_refused(records, entity)


async def _one_is_refused(records: list[Any], entity: str) -> None:
    shop, events = Shop(), list[RunEvent]()
    if entity == "purchases":
        shop.account.create_user({"email": "ana@example.com"})
    sources: dict[str, Any] = {entity: records}
    report = await run(run_sender(shop), events=events, **sources)
    assert (report.submitted, report.accepted, report.rejected) == (50, 49, 1)
    (refused,) = [each for each in events if isinstance(each, Settled) and isinstance(each.outcome, Rejected)]
    assert refused.record.position.number == 1  # counted from 0
    assert isinstance(refused.outcome, Rejected)
    assert refused.outcome.by == "client"
