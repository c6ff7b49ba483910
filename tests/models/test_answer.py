"""Answers keep all keys: documented keys as fields, all others in `extra`."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.models import Card, StoredDetail, StoredPurchase, StoredUser, Transaction, UserExistence
from woowup_async.models._answer import PhpObject, fitted, is_answer, is_object
from woowup_async.models.replies import Existence


def test_unknown_names_are_kept_at_every_depth() -> None:
    user = fitted({"email": "a@b.co", "vip": {"since": 3}, "family": [{"uid": "1", "age": 9}]}, StoredUser)
    assert (user.email, user.extra) == ("a@b.co", {"vip": {"since": 3}})
    assert user.family[0].extra == {"age": 9}
    purchase = fitted({"purchase_detail": {"items": [{"sku": "A", "colour": "red"}], "note": "x"}}, StoredPurchase)
    assert purchase.purchase_detail.extra == {"note": "x"}
    assert purchase.purchase_detail.items[0].extra == {"colour": "red"}


def test_a_key_with_the_name_extra_is_kept_in_extra() -> None:
    assert fitted({"extra": 5}, StoredUser).extra == {"extra": 5}


def test_a_value_of_another_type_is_kept_in_extra() -> None:
    user = fitted({"points": "many", "first_name": "Ana", "family": [{"uid": 5.5}]}, StoredUser)
    assert (user.points, user.first_name, user.extra) == (None, "Ana", {"points": "many"})
    assert user.family[0].extra == {"uid": 5.5}


@pytest.mark.parametrize("payload", [{}, {"exist": None}, {"exist": "perhaps"}, 5])
def test_an_answer_without_its_main_field_is_refused(payload: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        fitted(payload, UserExistence)


def test_empty_lists_of_php_are_read_as_objects_by_the_type_of_their_field() -> None:
    """Q63. Lists and nulls inside free objects are data of the customer."""
    user = fitted({"custom_attributes": [], "customform": ["a"], "family": [], "tags": []}, StoredUser)
    assert (user.custom_attributes, user.customform, user.family, user.tags) == ({}, ["a"], [], [])
    free: dict[str, Any] = {"data": [], "stats": None, "custom_attributes": []}
    assert fitted({"custom_attributes": free}, StoredUser).custom_attributes == free
    purchase = fitted({"metadata": ["a"], "prices": None, "purchase_detail": []}, StoredPurchase)
    assert (purchase.metadata, purchase.prices, purchase.purchase_detail) == ({"0": "a"}, {}, StoredDetail())


def test_a_null_in_a_field_without_null_counts_as_absent() -> None:
    assert fitted({"family": None, "custom_attributes": None}, StoredUser) == StoredUser()
    assert fitted({"data": None}, Transaction).data == {}


@pytest.mark.parametrize("payload", [None, [], {}])
def test_a_missing_list_is_an_empty_list(payload: Any) -> None:
    assert fitted(payload, list[StoredUser]) == []


def test_a_list_with_a_gap_is_an_object_in_php() -> None:
    assert [user.email for user in fitted({"1": {"email": "a"}, "3": {"email": "b"}}, list[StoredUser])] == ["a", "b"]


def test_ids_may_be_numbers_or_texts() -> None:
    """Q77."""
    assert fitted({"exist": True, "userapp_id": "31173442"}, UserExistence).userapp_id == "31173442"
    assert fitted({"exist": 1, "userapp_id": 31173442}, UserExistence).userapp_id == 31173442


def test_a_field_may_allow_an_object_and_a_list() -> None:
    kind: Any = dict[str, Any] | list[dict[str, Any]] | None
    assert [fitted(payload, kind) for payload in ({"a": 1}, [{"a": 1}], [], None)] == [{"a": 1}, [{"a": 1}], [], None]
    assert fitted([], PhpObject) == {}  # type: ignore[arg-type]
    assert fitted([1], int | None | list[int]) == [1]  # type: ignore[arg-type]


NAMES = ["email", "points", "blocked", "family", "custom_attributes", "tags", "uid", "id", "purchase_detail", "items",
         "prices", "branch", "payment", "quantity", "price", "extra", "novel"]  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6), st.sampled_from([StoredUser, StoredPurchase, Card]))
@pytest.mark.untraced
def test_any_answer_is_read_and_keeps_all_keys(payload: dict[str, Any], kind: type[Any]) -> None:
    read = fitted(payload, kind)
    for name, value in payload.items():
        if name in kind.__struct_fields__ and name != "extra":
            taken = getattr(read, name)
            assert value is None or read.extra.get(name, ...) == value or taken is not None
        else:
            assert read.extra[name] == value


def test_structs_are_answers_and_lists_of_them_are_not() -> None:
    assert is_answer(StoredUser)
    assert is_answer(Existence)
    assert not is_answer(list[StoredUser])
    assert not is_answer(dict)
    assert [is_object(kind) for kind in (StoredUser, dict, dict[str, Any], list[StoredUser], int)] == [True] * 3 + [
        False
    ] * 2
