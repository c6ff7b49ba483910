"""An outbox is sent in order, and no older content is sent after a newer one was accepted."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.fakes import Shop, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import run
from woowup_async import errors
from woowup_async._flow import Entity, Item, Position, Record
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async.outcomes import Accepted, Released
from woowup_async.policies import BatchPolicy, IngestPolicy, RetryPolicy
from woowup_async.testing import FakeClock

NAMES = {"a": {"email": "a@b.co"}, "A": {"email": "A@b.co"}, "d": {"document": "1"}}
NAMES["ad"] = NAMES["a"] | NAMES["d"]
FAULTS = {
    "refused": reply(400, "bad_request"),
    "lost": reply(504, ""),
    "unsent": errors.NotSent("users.update", "no connection"),
}


def ingester(shop: Shop, outbox: Path) -> Ingester:
    policy = RunPolicy(BatchPolicy(max_items=10), IngestPolicy(), 2)
    return Ingester(sender(shop, FakeClock(), RetryPolicy(attempts=2)), policy, Inputs(outbox=outbox))


@pytest.mark.parametrize(
    "versions",
    [
        [("A", "tags", "lost"), ("a", "tags", "ok")],
        [("A", "tags", "unsent"), ("a", "tags", "ok")],
        [("ad", "tags city", "ok"), ("a", "city", "lost"), ("d", "city", "ok"), ("d", "tags", "ok")],
        [("ad", "tags", "refused"), ("a", "city", "lost"), ("d", "city", "ok"), ("a", "tags", "ok")],
    ],
    ids=["other letter case, in doubt", "other letter case, released", "one between", "linked by a refused one"],
)
async def test_no_older_content_of_a_person_comes_back(tmp_path: Path, versions: list[tuple[str, str, str]]) -> None:
    """Here the server ignores letter case in e-mail addresses."""
    shop, is_faulty = Shop(), True
    shop.account.create_user(NAMES["ad"])
    inner = shop._answer

    async def answer(request: Any) -> Any:
        if request.endpoint == "probe":
            return await inner(request)
        body = json.loads(request.body)
        fate = versions[int(body["first_name"])][2]
        if is_faulty and fate in FAULTS:
            return FAULTS[fate]
        if "email" in body:
            body["email"] = body["email"].lower()
        return await inner(msgspec.structs.replace(request, body=json.dumps(body).encode()))

    shop.by = answer
    users = [
        {**NAMES[name], "first_name": str(number), **dict.fromkeys(fields.split(), str(number))}
        for number, (name, fields, _) in enumerate(versions)
    ]
    outbox = tmp_path / "outbox"
    async with ingester(shop, outbox) as opened:
        receipts = [await opened.submit(user, entity="user") for user in users]
        await opened.flush()
    is_faulty = False
    async with ingester(shop, outbox) as opened:
        await opened.flush()
        assert opened.unsettled == 0
    (held,) = shop.account.users.values()
    for field in ("tags", "city"):
        accepted = [
            number
            for number, (user, receipt) in enumerate(zip(users, receipts, strict=True))
            if field in user and isinstance(receipt.outcome, Accepted)
        ]
        assert not accepted or int(held[field]) >= accepted[-1]


@pytest.mark.parametrize("was_tried", [True, False], ids=["sent in vain", "never sent"])
async def test_an_unchanged_record_of_a_backfill_is_newer_than_waiting_records(
    tmp_path: Path, was_tried: bool, caplog: pytest.LogCaptureFixture
) -> None:
    shop, outbox = Shop(), tmp_path / "outbox"
    shop.account.create_user({"email": "ana@example.com"})
    old, new = (purchase_line(1, prices={"total": total}) for total in (1, 2))
    async with ingester(shop, outbox) as opened:
        assert isinstance(await (await opened.submit(new)), Accepted)
        if was_tried:
            shop.faults["purchases.update"] = [errors.NotSent("purchases.update", "no connection")] * 20
            assert isinstance(await (await opened.submit(old)), Released)
        else:
            item = opened._parts.intake.item_of(Record(Position("t", 1), old), Entity.PURCHASE)
            assert isinstance(item, Item)
            assert opened._outbox is not None
            opened._outbox.put(Entity.PURCHASE, item)
    shop.faults.clear()
    report = await run(sender(shop), purchases=[new], journal=outbox)
    assert report.accepted == 1
    assert "wait in the outbox of this journal" in caplog.text
    async with ingester(shop, outbox) as opened:
        assert opened.unsettled == 0
    assert shop.account.purchases[None, "F-0001"]["prices"] == {"total": 2}
