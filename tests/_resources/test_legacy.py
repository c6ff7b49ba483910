"""Operations that the pages call deprecated. Each call warns and names the newer operation."""

import inspect
import json
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fakes import listed
from tests.support.recorder import Recorder
from woowup_async import CLEAR, User, errors
from woowup_async._resources.legacy import Legacy
from woowup_async.models import UserChanges
from woowup_async.models.user import StoredUser

CALLS: dict[str, Callable[[Legacy], Any]] = {
    "find_user": lambda legacy: legacy.find_user("a@b.co"),
    "user_exists": lambda legacy: legacy.user_exists(12345),
    "update_user": lambda legacy: legacy.update_user("a@b.co", UserChanges(city="Rosario")),
    "register": lambda legacy: legacy.register(email="a@b.co", password="secret", first_name="Ana"),
    "newsletter": lambda legacy: legacy.newsletter(service_uid="C-1"),
    "add_points": lambda legacy: legacy.add_points(12345, 5, concept="gift"),
    "transactions": lambda legacy: listed(legacy.transactions(12345, limit=5)),
}
SUCCESSORS = {
    "find_user": "users.find", "user_exists": "users.exists", "update_user": "users.update", "register": "users.create",
    "newsletter": "users.create", "add_points": "users.add_points", "transactions": "users.transactions",
}  # fmt: skip
ANSWERS: dict[str, Any] = {"user_exists": {"exist": True}, "add_points": {"transaction_id": 7}, "transactions": []}


@pytest.mark.parametrize("name", CALLS)
async def test_each_names_its_successor_at_the_line_of_the_call(name: str) -> None:
    recorder = Recorder(ANSWERS.get(name, {"email": "a@b.co"}))
    with pytest.warns(DeprecationWarning, match=rf"legacy\.{name}: use woowup\.{SUCCESSORS[name]}\b") as heard:
        await CALLS[name](recorder.legacy)
    assert [warning.filename for warning in heard] == [__file__]


def test_every_method_warns() -> None:
    assert {name for name, _ in inspect.getmembers(Legacy, callable) if not name.startswith("_")} == set(CALLS)


class TestCalls:
    """The requests and the answers."""

    @pytest.fixture(autouse=True)
    def _quiet(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield

    @pytest.mark.parametrize(
        ("name", "request_", "body"),
        [
            ("find_user", "GET /users/YUBiLmNv", None),
            ("user_exists", "GET /users/12345/exist", None),
            ("update_user", "PUT /users/YUBiLmNv", {"city": "Rosario"}),
            ("register", "POST /users/register", {"email": "a@b.co", "pass": "secret", "first_name": "Ana"}),
            ("newsletter", "POST /users/newsletter", {"service_uid": "C-1"}),
            ("add_points", "POST /users/12345/points", {"points": 5, "concept": "gift"}),
            ("transactions", "GET /users/12345/transactions?page=0&limit=5", None),
        ],
    )
    async def test_the_request(self, name: str, request_: str, body: Any) -> None:
        recorder = Recorder(ANSWERS.get(name, {"email": "a@b.co"}))
        await CALLS[name](recorder.legacy)
        assert recorder.sent == [(request_, body)]

    @pytest.mark.parametrize("payload", [[], {}, None])
    async def test_an_unknown_user_is_none(self, payload: Any) -> None:
        assert await Recorder(payload).legacy.find_user(1) is None

    async def test_a_user_is_found(self) -> None:
        for payload in ({"userapp_id": 7}, [{"userapp_id": 7}]):
            found = await Recorder(payload).legacy.find_user(7)
            assert found is not None
            assert found.userapp_id == 7

    async def test_an_update_needs_no_identifier_and_is_checked_by_the_schema(self) -> None:
        recorder = Recorder({})
        await recorder.legacy.update_user(7, {"service_uid": CLEAR, "points": 2.0, "city": None})
        await recorder.legacy.update_user(7, b'{"email": "a@b.co"}')
        await recorder.legacy.update_user(7, User(document="1"))
        assert [body for _, body in recorder.sent] == [
            {"points": 2, "service_uid": None}, {"email": "a@b.co"}, {"document": "1"},
        ]  # fmt: skip
        with pytest.raises(errors.InvalidRecord, match="gender: expected"):
            await recorder.legacy.update_user(7, {"gender": "x"})

    async def test_the_birthday_of_the_sample_is_refused(self) -> None:
        """Q82, Q64."""
        recorder = Recorder({})
        for call in (recorder.legacy.update_user, lambda _, user: recorder.users.update(user)):
            with pytest.raises(errors.InvalidRecord) as raised:
                await call(7, {"email": "a@b.co", "birthday": "1980-04-22", "postal_code": "1"})
            assert {reason.path for reason in raised.value.reasons} == {"birthday", "postal_code"}
            assert "requests have birthdate (Q82)" in str(raised.value)
        assert recorder.sent == []

    @pytest.mark.parametrize("identity", [{}, {"email": ""}, {"service_uid": "NULL"}, {"email": "nobody"}])
    async def test_registering_needs_a_valid_identifier(self, identity: dict[str, str]) -> None:
        recorder = Recorder({})
        for call in (recorder.legacy.register, recorder.legacy.newsletter):
            with pytest.raises(errors.InvalidRecord):
                await call(**identity)
        assert recorder.sent == []

    async def test_an_undocumented_answer_may_be_empty(self) -> None:
        """Q85."""
        assert await Recorder([]).legacy.newsletter(email="a@b.co") == StoredUser()

    async def test_a_user_that_a_lost_attempt_created_is_read_back(self) -> None:
        recorder = Recorder({"userapp_id": 7}, is_repeat=True)
        assert (await recorder.legacy.register(email="a@b.co")).userapp_id == 7
        assert [request for request, _ in recorder.sent] == [
            "POST /users/register", "GET /multiusers/find?email=a%40b.co",
        ]  # fmt: skip

    @pytest.mark.parametrize("points", ["2123", 1.5, True])
    async def test_points_are_a_number(self, points: Any) -> None:
        """Q86: in the sample they are a text."""
        recorder = Recorder({})
        with pytest.raises(TypeError, match="points must be an int"):
            await recorder.legacy.add_points(1, points)
        with pytest.raises(TypeError, match="an id is an int"):
            await recorder.legacy.add_points(1.5, 5)  # type: ignore[arg-type]
        assert recorder.sent == []

    async def test_a_service_uid_is_not_in_the_body(self) -> None:
        recorder = Recorder({"transaction_id": 7})
        assert await recorder.legacy.add_points("C-1", 5) == 7
        assert json.dumps(recorder.sent).count("C-1") == 0
