"""Cleaned sources: users and purchases keep the same customers, and every change is reported."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.support.fakes import Shop, sender
from tests.support.modes import is_private
from woowup_async._flow import Position, Record
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.run import ingest
from woowup_async.cleaning import Cleaner
from woowup_async.models import CLEAR, User
from woowup_async.outcomes import Rejected, Report
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.sinks import Changes
from woowup_async.sources import CleanedSource, JsonLines

CLEANER = Cleaner(("email", "names"), region=None, today=date(2026, 1, 1))
USER = b'{"email": " Ana.Paz@GMIAL.com", "first_name": "ANA", "last_name": "Paz"}'
PURCHASE = {
    "invoice_number": "1",
    "email": "ANA.PAZ@gmail.com",
    "prices": {"total": 1.10},
    "purchase_detail": [{"sku": "AB", "quantity": 1, "unit_price": 1.10}],
}


async def run(shop: Shop, changes: Changes, journal: Path | None = None) -> Report:
    inputs = Inputs(
        CleanedSource([USER, b"{broken"], CLEANER, "users"),
        CleanedSource([PURCHASE], CLEANER, "purchases"),
        on_event=changes,
        journal=journal,
    )
    return await ingest(sender(shop), RunPolicy(BatchPolicy(), IngestPolicy(), 2), inputs)


async def test_users_and_purchases_still_match_and_every_change_is_reported(tmp_path: Path) -> None:
    shop, path = Shop(), tmp_path / "changes.jsonl"
    changes = Changes(path)

    report = await run(shop, changes)
    changes.close()

    (user,) = shop.account.users.values()
    assert (user["email"], user["first_name"], user["last_name"]) == ("ana.paz@gmail.com", "Ana", "Paz")
    assert (report.accepted, report.rejected) == (2, 1)
    assert report.cleaned == {"email": 2, "first_name": 1}
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["entity"], line["position"], line["field"], line["old"], line["new"]) for line in lines] == [
        ("user", "users:0", "email", " Ana.Paz@GMIAL.com", "ana.paz@gmail.com"),
        ("user", "users:0", "first_name", "ANA", "Ana"),
        ("purchase", "purchases:0", "email", "ANA.PAZ@gmail.com", "ana.paz@gmail.com"),
    ]
    assert is_private(path)


async def test_a_second_run_writes_no_change_twice(tmp_path: Path) -> None:
    shop, path = Shop(), tmp_path / "changes.jsonl"
    for _ in range(2):
        changes = Changes(path)
        await run(shop, changes, tmp_path / "journal")
        changes.close()

    assert len(path.read_text().splitlines()) == 3


async def read(*records: object) -> list[Record]:
    return [record async for record in CleanedSource(list(records), CLEANER)]


async def test_records_that_need_no_cleaning_are_unchanged() -> None:
    refused = Record(Position("f", 1), {"email": " X"}, refusal=Rejected("client", "left_out"))
    raw = b'{"email":"ana@x.com","points":1.0}'

    found = await read(raw, refused, b"[1]", 7)

    assert [record.raw for record in found] == [raw, {"email": " X"}, b"[1]", 7]
    assert not any(record.changes for record in found)


async def test_models_and_digits_are_kept() -> None:
    from_model, from_bytes = await read(
        User(email="ANA@x.com", custom_attributes={"x": Decimal("1.10")}), b'{"email":"ANA@x.com","points":1.10}'
    )

    assert from_model.raw == {"email": "ana@x.com", "custom_attributes": {"x": Decimal("1.10")}}
    assert str(from_bytes.raw["points"]) == "1.10"


async def test_a_run_knows_its_file_and_that_it_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "u.jsonl"
    path.write_bytes(USER)
    source = CleanedSource(JsonLines(path), CLEANER)

    source.check()

    assert source.path == path
    CleanedSource([], CLEANER).check()


async def test_cleared_values_stay_cleared() -> None:
    shop = Shop()
    users = [User(email="Ana.Paz@GMIAL.com", first_name="ANA", service_uid=CLEAR)]
    inputs = Inputs(CleanedSource(users, CLEANER, "users"), None)
    await ingest(sender(shop), RunPolicy(BatchPolicy(), IngestPolicy(), 2), inputs)
    bodies = [body for _, body in shop.sent if body]
    assert all(body["service_uid"] is None and body["first_name"] == "Ana" for body in bodies)
    assert bodies


async def test_a_record_of_nobody_is_refused_as_it_is() -> None:
    cleaner = Cleaner(("document",), region=None, today=date(2026, 1, 1))
    lines: list[object] = [
        {"document": "99.999.999", "first_name": "Final"},
        {"document": "99.999.999", "email": "a@x.com"},
    ]

    refused, sent = [record async for record in CleanedSource(lines, cleaner)]

    assert (refused.raw, refused.changes) == (lines[0], ())
    assert refused.refusal is not None
    assert refused.refusal.code == "invalid"
    assert str(refused.refusal.reasons[0]) == "document: is a placeholder, and there is no other identifier"
    assert (sent.raw, sent.refusal) == ({"email": "a@x.com"}, None)
