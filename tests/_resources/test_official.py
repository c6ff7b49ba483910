"""Every operation of the official pages, over a real socket against the simulator."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.support.fakes import listed
from tests.support.official import purchase_line
from woowup_async import Lane, RetryPolicy, Timeouts, User, WoowUp, errors
from woowup_async._resources.base import decoded
from woowup_async._resources.endpoints import ENDPOINTS
from woowup_async._resources.more_endpoints import MORE_ENDPOINTS
from woowup_async._transport.retry import judge
from woowup_async._wire.endpoint import Endpoint, Replay, encoded_id
from woowup_async._wire.reply import reply_of
from woowup_async.models import (
    BranchCustomers,
    CustomersLog,
    EntityStats,
    FailedElement,
    FamilyMember,
    FileStats,
    Identity,
    IntegrationStats,
    LogStats,
    ProcessingLog,
    PurchaseStats,
)
from woowup_async.ports import Response
from woowup_async.testing import Scripted, Simulator

SAMPLES = json.loads((Path(__file__).parent.parent / "samples" / "replies.json").read_text(encoding="utf-8"))
REFUSALS = json.loads((Path(__file__).parent.parent / "samples" / "errors.json").read_text(encoding="utf-8"))
ANA = Identity(email="ana@example.com")
SON = FamilyMember(relationship="son", uid="1", first_name="Leo")
LOG = ProcessingLog(
    files=["customers.csv"],
    processingtime=datetime(2026, 3, 12, 12, 30, tzinfo=UTC),
    stats=LogStats(
        customers=CustomersLog(
            total_created=2,
            total_updated=1,
            total_failed=0,
            per_branches=[BranchCustomers(branch="Centro", total_created=2, total_updated=1, total_failed=0)],
        )
    ),
)


@pytest.fixture
async def woowup(simulator: Simulator) -> AsyncIterator[WoowUp]:
    """A client of an account with the user Ana, who bought twice."""
    async with WoowUp(
        simulator.api_key,
        base_url=simulator.url,
        connectors_url=simulator.connectors_url,
        retry=RetryPolicy(attempts=1),
    ) as client:
        await client.users.create(User(email="ana@example.com", service_uid="a+b/ñ", first_name="Ana"))
        for number in (1, 2):
            await client.purchases.create(purchase(number))
        simulator.segments[7] = set()
        simulator.exchanges.clear()
        yield client


def purchase(number: int, **fields: Any) -> dict[str, Any]:
    who = {"email": "ana@example.com", "service_uid": "a+b/ñ"}
    return purchase_line(number) | who | {"invoice_number": str(number), "createtime": "2026-01-01 10:00:00"} | fields


#: One call of each operation.
CALLS: dict[str, Callable[[WoowUp], Awaitable[object]]] = {
    "integration_stats.create": lambda w: w.integration_stats.create(
        IntegrationStats(createtime="2026-01-01 10:00:00")
    ),
    "integration_stats.list": lambda w: listed(w.integration_stats.list(from_=date(2026, 1, 1), to="2026-01-31")),
    "account_stats": lambda w: w.account_stats(from_="2026-01-01", branch="Centro"),
    "connectors.log": lambda w: w.connectors.log(LOG),
    "connectors.logs": lambda w: listed(w.connectors.logs(entity="customers")),
    "purchases.create": lambda w: w.purchases.create(purchase(3)),
    "purchases.create_bulk": lambda w: w.purchases.create_bulk([purchase(3), purchase(4)]),
    "purchases.update": lambda w: w.purchases.update(purchase(1, channel="web")),
    "purchases.search": lambda w: listed(w.purchases.search(service_uid="a+b/ñ")),
    "purchases.find": lambda w: w.purchases.find("1"),
    "purchases.bank": lambda w: w.purchases.bank("450799"),
    "purchases.delete": lambda w: w.purchases.delete("1"),
    "purchases.delete_bulk": lambda w: w.purchases.delete_bulk(
        from_=datetime(2026, 1, 1, tzinfo=UTC), to=datetime(2026, 1, 2, tzinfo=UTC)
    ),
    "users.create": lambda w: w.users.create(User(document="1")),
    "users.find": lambda w: w.users.find(email="ana@example.com"),
    "users.exists": lambda w: w.users.exists(email="ana@example.com"),
    "users.belongs_to_segment": lambda w: w.users.belongs_to_segment("a+b/ñ", 7),
    "users.update": lambda w: w.users.update(User(email="ana@example.com", city="Rosario")),
    "users.delete": lambda w: w.users.delete(ANA),
    "users.delete_segment": lambda w: w.users.delete_segment(7),
    "users.add_points": lambda w: w.users.add_points(ANA, 5),
    "users.merge": lambda w: w.users.merge(from_=Identity(service_uid="a+b/ñ"), into=ANA),
    "users.transactions": lambda w: listed(w.users.transactions(email="ana@example.com")),
    "users.search": lambda w: listed(w.users.search("ana")),
    "members.list": lambda w: w.members.list(email="ana@example.com"),
    "members.create": lambda w: w.members.create(ANA, SON),
    "members.update": lambda w: _updated_member(w),
    "members.create_bulk": lambda w: w.members.create_bulk(ANA, [SON]),
    "members.list_by_id": lambda w: w.members.list_by_id("a+b/ñ"),
    "members.create_by_id": lambda w: w.members.create_by_id("a+b/ñ", SON),
    "members.update_by_id": lambda w: _updated_member(w, "a+b/ñ"),
    "members.create_bulk_by_id": lambda w: w.members.create_bulk_by_id("a+b/ñ", [SON]),
    "legacy.find_user": lambda w: w.legacy.find_user("a+b/ñ"),
    "legacy.user_exists": lambda w: w.legacy.user_exists("a+b/ñ"),
    "legacy.update_user": lambda w: w.legacy.update_user("a+b/ñ", {"city": "Rosario"}),
    "legacy.register": lambda w: w.legacy.register(email="eva@example.com", password="p"),
    "legacy.newsletter": lambda w: w.legacy.newsletter(email="eva@example.com"),
    "legacy.add_points": lambda w: w.legacy.add_points("a+b/ñ", 5),
    "legacy.transactions": lambda w: listed(w.legacy.transactions("a+b/ñ")),
}


async def _updated_member(woowup: WoowUp, by_id: str = "") -> object:
    await woowup.members.create(ANA, SON)
    return await (woowup.members.update_by_id(by_id, "1", SON) if by_id else woowup.members.update(ANA, SON))


class TestEveryConstant:
    @pytest.mark.filterwarnings("ignore:the vendor deprecates:DeprecationWarning")
    @pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
    async def test_its_call_is_answered(self, endpoint: Endpoint[Any], woowup: WoowUp, simulator: Simulator) -> None:
        if endpoint.name == "users.merge":
            await woowup.users.create(User(document="2"))
            await woowup.users.merge(from_=Identity(document="2"), into=ANA)
        else:
            await CALLS[endpoint.name](woowup)
        method, path, status = simulator.exchanges[-1]
        assert method == endpoint.method
        assert path.split("/v1")[-1].split("/apiv3")[-1].startswith(endpoint.path.split("/{}")[0])
        assert 200 <= status < 300

    @pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
    def test_its_sample_decodes(self, endpoint: Endpoint[Any]) -> None:
        """The documented bodies, with other values."""
        for status, body in SAMPLES[endpoint.name].items():
            content = b"" if body is None else json.dumps(body).encode()
            reply = reply_of(Response(int(status), {}, content), endpoint.form)
            assert reply.is_success
            assert decoded(endpoint, reply) is not None

    @pytest.mark.parametrize(("name", "status", "body", "expected"), REFUSALS)
    def test_its_documented_errors_are_distinguished(self, name: str, status: int, body: Any, expected: str) -> None:
        """The code counts before the status: Q46, Q47, Q57, Q59, Q96."""
        endpoint = next(each for each in (*ENDPOINTS, *MORE_ENDPOINTS) if each.name == name)
        content = b"<html>Bad Gateway</html>" if body is None else json.dumps(body).encode()
        _, error = judge(reply_of(Response(status, {}, content), endpoint.form))
        assert error.__name__ == expected

    def test_all_38_are_there(self) -> None:
        assert {endpoint.source for endpoint in ENDPOINTS} == {str(number) for number in range(1, 39)}
        assert {endpoint.name for endpoint in ENDPOINTS} == CALLS.keys()

    def test_requests_that_cannot_be_undone_are_never_repeated(self) -> None:
        unsafe = {endpoint.name for endpoint in ENDPOINTS if endpoint.replay is Replay.UNSAFE}
        assert unsafe == {
            "integration_stats.create", "connectors.log", "purchases.delete", "purchases.delete_bulk",
            "users.delete_segment", "users.add_points", "legacy.add_points", "users.merge",
        }  # fmt: skip
        assert all((endpoint.method == "GET") == (endpoint.replay is Replay.SAFE) for endpoint in ENDPOINTS)


class TestPurchases:
    async def test_a_returned_purchase_has_another_shape(self, woowup: WoowUp) -> None:
        """Q43. Q63: empty objects are returned as lists. Q44: the oldest with the number."""
        found = await woowup.purchases.find("2")
        assert found is not None
        assert found.purchase_detail.items[0].product_id == "AB-1"
        assert (found.custom_attributes, found.metadata, found.branch) == ({}, {}, None)
        assert await woowup.purchases.find("999") is None
        assert len(await listed(woowup.purchases.search(service_uid="a+b/ñ"))) == 2
        with pytest.raises(errors.InvalidRecord):
            await woowup.purchases.find("")

    async def test_an_empty_result_is_not_an_error(self, woowup: WoowUp, simulator: Simulator) -> None:
        missing = json.dumps({"payload": [], "message": "", "code": "not_found"}).encode()
        simulator.script(Scripted(404, missing), Scripted(404, missing))
        assert await woowup.purchases.find("1") is None
        assert await listed(woowup.purchases.search(service_uid="x")) == []

    @pytest.mark.parametrize(
        ("given", "place"), [(["12", 1, None], 1), (["12", "1"], 1), (["12", None], 1), (["12"], None)]
    )
    async def test_a_purchase_with_another_number_is_not_found(
        self, woowup: WoowUp, simulator: Simulator, given: list[Any], place: int | None
    ) -> None:
        """A server may ignore the filter, or search for a part of the number. Or it may leave the number out."""
        rows = [{"id": row, "invoice_number": number} for row, number in enumerate(given)]
        simulator.script(Scripted(200, json.dumps({"payload": rows, "message": "", "code": "ok"}).encode()))
        found = await woowup.purchases.find("1")
        assert (found and found.id) == place

    async def test_bank_checks_the_digits_and_asks_once(self, woowup: WoowUp, simulator: Simulator) -> None:
        for _ in range(2):
            card = await woowup.purchases.bank("450799")
            assert (card.brand, card.type, card.bank and card.bank.name) == ("Visa", "credit", "Banco Ejemplo")
        assert len(simulator.exchanges) == 1
        for wrong in ("45079", "4507990", "45o799", "٤٥٠٧٩٩"):
            with pytest.raises(ValueError, match="six digits"):
                await woowup.purchases.bank(wrong)

    async def test_delete_of_a_missing_purchase(self, woowup: WoowUp) -> None:
        """The answer for a deleted purchase is a 404."""
        await woowup.purchases.delete("1")
        with pytest.raises(errors.NotFound, match="purchase not found"):
            await woowup.purchases.delete("1")

    async def test_delete_bulk_sends_utc(self, woowup: WoowUp, simulator: Simulator) -> None:
        """Q48: the page's example converts 15:00 at UTC-3 to 16:00, but it is 18:00. Q49."""
        argentina = timezone(timedelta(hours=-3))
        from_, to = datetime(2026, 1, 1, 6, tzinfo=argentina), datetime(2026, 1, 1, 7, tzinfo=argentina)
        assert isinstance(await woowup.purchases.delete_bulk(from_=from_, to=to), int)
        assert simulator.purchases == {}  # the purchases were made at 10:00 UTC, which is 7:00 at UTC-3

    @pytest.mark.parametrize(
        ("window", "message"),
        [
            ({}, "it would delete all purchases"),
            ({"from_": datetime(2026, 1, 1, tzinfo=UTC)}, "must be given together"),
            ({"from_": datetime(2026, 1, 1), "to": datetime(2026, 1, 2, tzinfo=UTC)}, "from_ must be an aware"),  # noqa: DTZ001
            ({"from_": datetime(2026, 1, 2, tzinfo=UTC), "to": datetime(2026, 1, 1, tzinfo=UTC)}, "before to"),
        ],
    )
    async def test_delete_bulk_refuses_an_unclear_period(
        self, woowup: WoowUp, simulator: Simulator, window: dict[str, datetime], message: str
    ) -> None:
        """Q52: the server does not protect against it."""
        with pytest.raises(ValueError, match=message):
            await woowup.purchases.delete_bulk(**window)  # type: ignore[arg-type]
        assert not simulator.exchanges

    async def test_an_invalid_address_is_refused_here_and_has_its_own_code(
        self, woowup: WoowUp, simulator: Simulator
    ) -> None:
        """Q50."""
        for call in (woowup.purchases.delete_bulk(branch_name="001", notify_to="nobody"),
                     woowup.users.delete_segment(7, notify_to="nobody")):  # fmt: skip
            with pytest.raises(errors.InvalidRecord, match="notify_to: expected an e-mail address, got 'nobody'"):
                await call
        assert not simulator.exchanges
        refused = {"payload": [], "message": "Invalid email to notify", "code": "invalid_email"}
        simulator.script(Scripted(400, json.dumps(refused).encode()))
        with pytest.raises(errors.BadRequest) as excinfo:
            await woowup.purchases.delete_bulk(branch_name="001", notify_to="a@b.co")
        assert excinfo.value.code == "invalid_email"


class TestUsers:
    async def test_find(self, woowup: WoowUp) -> None:
        """Q64, Q67, Q77."""
        found = await woowup.users.find(email="ana@example.com")
        assert found is not None
        assert (found.first_name, found.custom_attributes) == ("Ana", {})
        assert await woowup.users.find(document="9") is None
        with pytest.raises(errors.InvalidRecord):
            await woowup.users.find()
        with pytest.raises(TypeError, match="'emial' is not an identifier"):
            await woowup.users.find(email="ana@example.com", emial="x")  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="document must be a str, got 20123456"):
            await woowup.users.find(document=20123456)  # type: ignore[arg-type]

    async def test_segments_by_id_and_by_service_uid(self, woowup: WoowUp, simulator: Simulator) -> None:
        """S3: base64 with the standard alphabet, percent-encoded. Q80: the segment is a number or a text."""
        number = next(iter(simulator.users))
        simulator.segments[7] = {number}
        assert await woowup.users.belongs_to_segment(number, "7")
        assert await woowup.users.belongs_to_segment("a+b/ñ", 7)
        assert not await woowup.users.belongs_to_segment(number, 8)
        assert isinstance(await woowup.users.delete_segment(7, notify_to="a@b.c"), int)
        assert (simulator.users, simulator.purchases) == ({}, {})
        with pytest.raises(errors.NotFound):
            await woowup.users.belongs_to_segment(1, 7)

    @pytest.mark.parametrize("uid", ["??>", "???", "a", "0012/ñ"])
    async def test_a_service_uid_in_a_path_arrives_unchanged(
        self, woowup: WoowUp, simulator: Simulator, uid: str
    ) -> None:
        """Base64 has `+`, `/` and `=`."""
        stored = await woowup.users.create(User(service_uid=uid))
        simulator.segments[7] = {int(stored.userapp_id or 0)}
        assert await woowup.users.belongs_to_segment(uid, 7)

    @pytest.mark.parametrize("identifier", [0, -1, "", True])
    def test_invalid_ids(self, identifier: int | str) -> None:
        with pytest.raises(ValueError, match="an id is an int above 0"):
            encoded_id(identifier)

    async def test_points_and_their_history(self, woowup: WoowUp) -> None:
        """Q88: the concept `purchase` is returned as `sale-invoice`. Q75."""
        first = await woowup.users.add_points(ANA, 100, concept="purchase", description="Verano")
        await woowup.users.add_points(ANA, -30)
        history = await listed(woowup.users.transactions(email="ana@example.com"))
        assert (history[0].id, history[0].points, history[0].concept) == (first, 100, "sale-invoice")
        only = await listed(woowup.users.transactions(email="ana@example.com", concept="manual-load"))
        assert [each.points for each in only] == [-30]

    async def test_bad_points_are_not_sent(self, woowup: WoowUp, simulator: Simulator) -> None:
        with pytest.raises(TypeError, match="points must be an int"):
            await woowup.users.add_points(ANA, True)
        with pytest.raises(ValueError, match="concept must be one of manual, purchase"):
            await woowup.users.add_points(ANA, 1, concept="sale")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="concept must be one of"):
            woowup.users.transactions(email="a", concept="gift")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="same user"):
            await woowup.users.merge(from_=ANA, into=ANA)
        assert not simulator.exchanges

    async def test_a_lost_answer_to_points_is_in_doubt_and_not_repeated(
        self, woowup: WoowUp, simulator: Simulator
    ) -> None:
        simulator.script(Scripted(drop=True, process=True))
        patient = woowup.with_options(retry=RetryPolicy(attempts=5))
        with pytest.raises(errors.ReplyLost):
            await patient.users.add_points(ANA, 5)
        assert len(await listed(woowup.users.transactions(email="ana@example.com", concept="manual-load"))) == 1

    async def test_merge_and_delete(self, woowup: WoowUp, simulator: Simulator) -> None:
        """Q89: the payload is an object, while similar ones are lists."""
        await woowup.users.create(User(document="2"))
        await woowup.users.merge(from_=Identity(document="2"), into=ANA)
        assert await woowup.users.exists(document="2")
        await woowup.users.delete(ANA)
        assert simulator.users == {}
        with pytest.raises(errors.NotFound):
            await woowup.users.delete(ANA)

    async def test_search_requests_pages_and_stops(self, woowup: WoowUp, simulator: Simulator) -> None:
        """S3: the first page is 0, and a page has at most 100 items. Q90: numbers are texts."""
        for number in range(2, 252):
            simulator._account.create_user({"email": f"eva{number}@example.com"})
        assert len(await listed(woowup.users.search("eva"))) == 250
        assert [path for _, path, _ in simulator.exchanges].count("/apiv3/users/realtime-search") == 3
        simulator.exchanges.clear()
        assert len(await listed(woowup.users.search("eva", limit=7))) == 7
        assert len(simulator.exchanges) == 1
        with pytest.raises(ValueError, match="limit must be 1 or more"):
            woowup.users.search("eva", limit=0)
        with pytest.raises(ValueError, match="return all users"):
            woowup.users.search("")


class TestMembers:
    async def test_a_family(self, woowup: WoowUp) -> None:
        """Q65, Q95, Q99."""
        stored = await woowup.members.create(ANA, SON)
        assert (stored.uid, stored.relationship, stored.email) == ("1", "son", None)
        await woowup.members.create_bulk(ANA, [FamilyMember(relationship="pet_dog", uid="2")])
        changed = FamilyMember(relationship="son", uid="1", new_relationship="espose")
        assert (await woowup.members.update(ANA, changed)).relationship == "espose"
        family = await woowup.members.list(email="ana@example.com")
        assert [member.relationship for member in family] == ["espose", "pet_dog"]

    async def test_a_duplicate_is_a_500_and_final(self, woowup: WoowUp, simulator: Simulator) -> None:
        """Q96."""
        patient = woowup.with_options(retry=RetryPolicy(attempts=5))
        await patient.members.create(ANA, SON)
        with pytest.raises(errors.BadRequest) as excinfo:
            await patient.members.create(ANA, SON)
        assert (excinfo.value.status, excinfo.value.code) == (500, "family_member_duplicated")
        assert len(simulator.exchanges) == 2

    async def test_an_empty_payload_is_a_success_too(self, woowup: WoowUp, simulator: Simulator) -> None:
        """Q63: `[]` means an empty object. No page shows the answer after a member was added."""
        simulator.script(Scripted(200, b'{"payload": [], "message": "ok", "code": "ok"}'))
        assert (await woowup.members.create(ANA, SON)).uid is None

    async def test_unknown_users_and_members(self, woowup: WoowUp) -> None:
        """Q97: the bulk operation has another code."""
        nobody = Identity(document="9")
        codes = []
        for call in (
            woowup.members.create(nobody, SON),
            woowup.members.create_bulk(nobody, [SON]),
            woowup.members.update(ANA, SON),
            woowup.members.list(document="9"),
        ):
            with pytest.raises(errors.NotFound) as excinfo:
                await call
            codes.append(excinfo.value.code)
        assert codes == ["user_not_found", "not_found", "member_not_found", "user_not_found"]
        with pytest.raises(ValueError, match="at least one member"):
            await woowup.members.create_bulk(ANA, [])

    def test_rules(self) -> None:
        with pytest.raises(errors.InvalidRecord) as excinfo:
            FamilyMember(relationship="wife", uid="", gender="x")  # type: ignore[arg-type]
        assert [reason.path for reason in excinfo.value.reasons] == ["relationship", "uid", "gender"]


class TestReports:
    async def test_integration_stats(self, woowup: WoowUp, simulator: Simulator) -> None:
        """Q1-Q8: `failed` is a list of whole elements, `duplicated` is for purchases, revenue may have decimals."""
        stats = IntegrationStats(
            customers=EntityStats(created=1, failed=[FailedElement(element={"document": "1"}, message="no")]),
            purchases=PurchaseStats(created=2, duplicated=1, revenue=10.5, units=3),
            files_stats=[FileStats(filename="a.csv", read_lines=3)],
        )
        await woowup.integration_stats.create(stats)
        assert simulator.reports[0]["purchases"] == {"created": 2, "duplicated": 1, "revenue": 10.5, "units": 3}
        assert await listed(woowup.integration_stats.list()) == simulator.reports

    async def test_an_empty_answer_is_a_success(self, woowup: WoowUp, simulator: Simulator) -> None:
        """Q2: neither the body of a success nor that of an error is documented."""
        simulator.script(Scripted(201))
        await woowup.integration_stats.create(IntegrationStats())

    async def test_account_stats_has_no_envelope(self, woowup: WoowUp) -> None:
        """Q11."""
        totals = await woowup.account_stats()
        assert (totals.total_customers, totals.total_purchases, totals.per_branches) == (1, 2, [])

    async def test_the_connectors_host(self, woowup: WoowUp, simulator: Simulator) -> None:
        """Q13: `processingtime`; Q14: both spellings; Q17, Q18: another host, Bearer, no envelope, no window."""
        stored = await woowup.connectors.log(LOG)
        assert stored.createtime is not None
        branch = simulator.logs[0]["stats"]["customers"]["per_branches"][0]
        assert branch == {
            "branch": "Centro", "total_created": 2, "total_updated": 1, "total_failed": 0,
            "created": 2, "updated": 1, "failed": 0,
        }  # fmt: skip
        assert [log.files for log in await listed(woowup.connectors.logs())] == [["customers.csv"]]
        assert woowup.statistics().spent == 3  # only the requests to the API host

    async def test_days(self, woowup: WoowUp) -> None:
        with pytest.raises(ValueError, match="from_ must be a date or 'YYYY-MM-DD', got '1/2/26'"):
            woowup.connectors.logs(from_="1/2/26")
        with pytest.raises(TypeError, match="depends on the time zone"):
            await woowup.account_stats(to=datetime(2026, 1, 1, tzinfo=UTC))
        with pytest.raises(ValueError, match="entity must be one of"):
            woowup.connectors.logs(entity="users")  # type: ignore[arg-type]

    def test_revenue_is_whole_in_the_log(self) -> None:
        """Q15."""
        from woowup_async.models import PurchasesLog

        with pytest.raises(errors.InvalidRecord, match="total_revenue: expected an integer"):
            PurchasesLog(
                total_created=1,
                total_updated=0,
                total_failed=0,
                total_revenue=1.5,  # type: ignore[arg-type]
                total_invoice_items=1,
                per_branches=[],
            )


class TestRaw:
    async def test_a_request_without_a_method(self, woowup: WoowUp) -> None:
        payload = await woowup.request("GET", "/multiusers/exist", params={"email": "ana@example.com"})
        assert payload["exist"] is True
        created = await woowup.request("POST", "/users", body={"document": "77"}, replay=Replay.KEYED)
        assert created["document"] == "77"
        assert (await woowup.request("GET", "/stats"))["total_customers"] == 2
        with pytest.raises(errors.NotFound) as excinfo:
            await woowup.request("DELETE", "/multiusers", body=b'{"document": "1"}')
        assert (excinfo.value.endpoint, excinfo.value.status) == ("DELETE /multiusers", 404)
        assert "simulator-key" not in repr(excinfo.value)

    async def test_the_answer_for_an_unknown_path_is_html(self, woowup: WoowUp) -> None:
        with pytest.raises(errors.UnexpectedReply, match="not the API's JSON"):
            await woowup.request("GET", "/nowhere")
        with pytest.raises(ValueError, match="one slash"):
            await woowup.request("GET", "https://elsewhere.example")

    async def test_copies_of_a_client_share_the_budget(self, woowup: WoowUp) -> None:
        view = woowup.with_options(timeouts=Timeouts(total=5), lane=Lane.BULK)
        assert await view.users.exists(email="ana@example.com")
        assert woowup.statistics().bulk.spent == 1
        async with view:
            pass
        assert await woowup.users.exists(email="ana@example.com")

    async def test_requests_of_the_vendors_client(self, simulator: Simulator, woowup: WoowUp) -> None:
        """Q53: the key is in the query. Q79: identifiers are empty. Q92: the path ends with a slash."""
        import aiohttp

        async with aiohttp.ClientSession() as session:
            query = {"apikey": simulator.api_key, "email": "ana@example.com", "document": "", "telephone": ""}
            async with session.get(f"{simulator.url}/multiusers/find/", params=query) as answer:
                assert (await answer.json())["payload"]["email"] == "ana@example.com"
