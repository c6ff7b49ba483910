"""An outbox is sent in order, and no older content is sent after a newer one was accepted."""

import json
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from tests.support.fakes import Shop, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import run
from woowup_async import errors
from woowup_async._flow import Entity, Item, Position, Record, Settled
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released
from woowup_async.policies import BatchPolicy, IngestPolicy, RetryPolicy
from woowup_async.ports import Response
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


async def test_what_was_left_out_of_a_record_is_told_and_counted_once(tmp_path: Path) -> None:
    shop = Shop()
    raw = {"document": "1", "gender": "mujer", "colour": "red"}
    policy = RunPolicy(BatchPolicy(max_items=10), IngestPolicy(salvage=True), 2)
    async with Ingester(sender(shop), policy, Inputs(outbox=tmp_path / "o")) as opened:
        receipt = await opened.submit(raw, entity="user")
        await opened.submit(purchase_line(1) | {"colour": "red", "createtime": None})
        assert await receipt == Accepted("created", ("gender", "colour"))
        await opened.flush()
    assert opened.report.left_out == {"gender": 1, "colour": 1}
    assert opened.report.unknown_fields == {"colour": 1}
    assert opened.report.missing_createtime == 1


class Letters:
    """A sink that fails at first."""

    def __init__(self) -> None:
        self.is_broken, self.keys = True, list[str]()

    def write(self, settled: Settled) -> None:
        if self.is_broken:
            raise OSError("no space left")
        if isinstance(settled.outcome, Rejected):
            self.keys.append(settled.key)


async def test_a_rejected_record_stays_on_disk_until_it_is_filed(tmp_path: Path) -> None:
    shop, letters = Shop(), Letters()
    shop.account.create_user({"email": "ana@example.com"})
    shop.faults["purchases.create"] = [reply(400, "bad_request"), reply(400, "bad_request")]
    policy, inputs = RunPolicy(BatchPolicy(), IngestPolicy(), 2), Inputs(outbox=tmp_path / "o", dead_letters=letters)
    with pytest.raises(errors.WoowUpError, match="sink of dead letters failed"):
        async with Ingester(sender(shop), policy, inputs) as opened:
            assert isinstance(await (await opened.submit(purchase_line(1))), Rejected)
    letters.is_broken = False
    for left in (1, 0):
        async with Ingester(sender(shop), policy, inputs) as opened:
            assert opened.unsettled == left
            await opened.flush()
    assert letters.keys == ["F-0001"]


async def test_a_twin_stays_behind_an_older_version_of_the_person(tmp_path: Path) -> None:
    """The first of two equal records may leave; the second one is the last word, and an older version stays."""
    shop, gate = Shop(), anyio.Event()
    shop.account.create_user({"email": "a@b.co", "document": "1"})
    inner, tags = shop._answer, list[str]()

    async def answer(request: Any) -> Any:
        tag = json.loads(request.body)["tags"]
        if tag == "middle":
            await anyio.sleep_forever()
        await gate.wait()
        tags.append(tag)
        return await inner(request)

    shop.by = answer
    policy, outbox = RunPolicy(BatchPolicy(), IngestPolicy(drain=0), 4), tmp_path / "o"
    first = {"email": "a@b.co", "tags": "first"}
    async with Ingester(sender(shop), policy, Inputs(outbox=outbox)) as opened:
        await opened.submit(first, entity="user")
        await opened.submit({"document": "1", "tags": "middle"}, entity="user")
        await anyio.wait_all_tasks_blocked()
        again = await opened.submit(first, entity="user")
        await anyio.wait_all_tasks_blocked()
        await opened.submit({"email": "a@b.co", "document": "1", "birthdate": "never"}, entity="user")
        await anyio.wait_all_tasks_blocked()
        gate.set()
        assert await again == Accepted("unchanged")
    shop.by = inner
    async with Ingester(sender(shop), policy, Inputs(outbox=outbox)) as opened:
        await opened.flush()
    assert [user["tags"] for user in shop.account.users.values()] == ["first"]


@pytest.mark.parametrize("kind", ["outbox", "journal", "neither"])
@pytest.mark.parametrize("entity", ["user", "purchase"])
async def test_content_in_doubt_is_never_called_released(tmp_path: Path, kind: str, entity: str) -> None:
    """It is submitted again, and the ingester ends before it is sent."""
    shop = Shop()
    inner = shop._answer

    async def answer(request: Any) -> Any:
        if b"hang" in request.body:
            await anyio.sleep_forever()
        await inner(request)
        return Response(404, {}, b"a gateway's")

    shop.by = answer
    policy = RunPolicy(BatchPolicy(max_items=1), IngestPolicy(drain=0), 1)
    inputs = Inputs() if kind == "neither" else Inputs(**{kind: tmp_path / "o"})  # type: ignore[arg-type]
    record: Any = {"document": "1"} if entity == "user" else purchase_line(1)
    async with Ingester(sender(shop), policy, inputs) as opened:
        assert isinstance(await (await opened.submit(record, entity=entity)), InDoubt)
        other = {"document": "hang"} if entity == "user" else purchase_line(2) | {"invoice_number": "hang"}
        for number in range(5 if kind == "outbox" else 1):  # then the last one stays on disk
            await opened.submit(other | {"tags": str(number)} if entity == "user" else other, entity=entity)
        await anyio.wait_all_tasks_blocked()
        again = await opened.submit(record, entity=entity)
    assert isinstance(again.outcome, InDoubt)


@pytest.mark.parametrize("has_journal", [False, True])
@pytest.mark.parametrize("entity", ["users", "purchases"])
async def test_what_is_in_doubt_is_not_sent_twice_where_doubt_is_only_reported(
    tmp_path: Path, entity: str, has_journal: bool
) -> None:
    shop, clock = Shop(), FakeClock()
    shop.account.create_user({"email": "ana@example.com"})
    for endpoint in ("users.create", "purchases.create"):
        shop.faults[endpoint] = [("processed", reply(404, ""))]
    one: Any = {"document": "1"} if entity == "users" else purchase_line(1)

    async def twice() -> Any:
        yield one
        await clock.sleep_until(clock.now() + 600)
        yield one

    given: dict[str, Any] = {entity: twice(), **({"journal": tmp_path / "j"} if has_journal else {})}
    report = await run(sender(shop, clock), policy=IngestPolicy(doubt="report"), **given)
    assert (report.in_doubt, report.requests) == (2, 1)
