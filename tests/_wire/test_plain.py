"""Foreign values as plain JSON values: arrays and scalars of numpy, models, and endless values."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.hostile_values import EndlessArray, Silent
from tests.support.poison import family
from woowup_async._wire.plain import plain
from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import UserShape
from woowup_async.models import Prices, User
from woowup_async.models._examine import MAX_DEPTH, TOO_DEEP

SHAPE = UserShape(262_144)


def sent(value: Any) -> Any:
    """Return the value in the body of a user, or None if it is left out."""
    result = SHAPE.encode({"email": "a@b.co", "custom_attributes": {"a": value}})
    assert isinstance(result, Encoded), result
    return json.loads(result.body)["custom_attributes"].get("a")


def test_numpy() -> None:
    np = pytest.importorskip("numpy")
    for value, expected in [
        (np.int64(7), 7), (np.uint8(7), 7), (np.float64(1.5), 1.5), (np.float32(0.5), 0.5), (np.float32(10.1), 10.1),
        (np.float16(0.1), 0.1),
        (np.array([10.1], dtype="float32"), [10.1]), (np.bool_(True), True),
        (np.str_("a"), "a"), (np.array([1, 2]), [1, 2]), (np.array(3), 3), (np.array([[1.5], [2.5]]), [[1.5], [2.5]]),
        (np.array(["a", None], dtype=object), ["a"]), (np.datetime64("2024-01-02"), "2024-01-02"),
        (np.datetime64("2024-01-02T03:04:05"), "2024-01-02T03:04:05"), (np.datetime64("NaT", "s"), None),
    ]:  # fmt: skip
        found = sent(value)
        assert (found, type(found)) == (expected, type(expected))


def test_numpy_that_has_no_meaning() -> None:
    np = pytest.importorskip("numpy")
    for value in (
        np.float64("nan"), np.array([1.0, np.inf]), np.complex128(1j), np.datetime64("2024-01-02", "ns"),
        np.timedelta64(1, "D"), np.bytes_(b"a"), np.array([{1}], dtype=object), np.void(b"a"),
    ):  # fmt: skip
        result = SHAPE.encode({"email": "a@b.co", "custom_attributes": {"a": value}})
        assert not isinstance(result, Encoded)
        assert result.reasons[0].path.startswith("custom_attributes.a")


def test_models_become_their_fields() -> None:
    found, reasons = plain({"p": Prices(total=1, gross=2), "u": User(email="a@b.co", custom_attributes={"n": None})})
    assert found == {"p": {"total": 1, "gross": 2}, "u": {"email": "a@b.co", "custom_attributes": {"n": None}}}
    assert not reasons


@pytest.mark.parametrize("value", [family(), EndlessArray(None)], ids=["family", "array"])
def test_an_endless_value_has_one_reason(value: Any) -> None:
    _, reasons = plain({"a": value, "b": {1}})
    assert [reason.message for reason in reasons if reason.path.startswith("a")] == [TOO_DEEP]


def test_wrong_scalars_next_to_a_value_that_is_too_deep_are_named() -> None:
    _, reasons = plain({"a": family(), "b": {1}})
    assert [(reason.path[:1], reason.message) for reason in reasons] == [
        ("a", TOO_DEEP), ("b", "expected a JSON value, got set"),
    ]  # fmt: skip


def test_shared_values_are_not_a_cycle() -> None:
    shared = {"a": 1}
    assert plain([shared] * 3) == ([shared] * 3, [])


def test_just_not_too_deep() -> None:
    value: Any = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    assert plain(value) == (value, [])
    assert plain([value])[1][0].message == TOO_DEEP


def test_a_class_name_in_a_reason_is_bounded_and_safe_to_print() -> None:
    hostile = type("A\x1b[2J" + "b" * 500, (), {})
    (reason,) = plain({"a": hostile()})[1]
    assert reason.message.isprintable()
    assert len(reason.message) < 120


def test_an_aware_time_keeps_its_offset() -> None:
    assert plain(datetime(2024, 1, 2, tzinfo=UTC)) == (datetime(2024, 1, 2, tzinfo=UTC), [])


class TestSalvage:
    """The parts of a refused user that can be sent."""

    def test_a_value_that_cannot_be_read_is_left_out(self) -> None:
        less = SHAPE.salvaged(
            {"email": "a@b.co", "first_name": "A", "custom_attributes": {"a": Silent()}, "tags": Silent()}
        )
        assert less is not None
        assert json.loads(less.body) == {"email": "a@b.co", "first_name": "A"}
        assert less.left_out == ("custom_attributes", "tags")

    def test_an_identifier_that_cannot_be_read_is_left_out(self) -> None:
        less = SHAPE.salvaged({"email": "a@b.co", "document": Silent()})
        assert less is not None
        assert (json.loads(less.body), less.left_out) == ({"email": "a@b.co"}, ("document",))
