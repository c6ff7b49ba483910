"""Purchases that wait for a user who was submitted before them."""

import json

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._flow import Item, Position, Record
from woowup_async._ingest.rules.dependants import Dependants


def test_versions_wait_behind_each_other() -> None:
    waiting, user, other = Dependants(), _item("u", email="a"), _item("v", document="1")
    first, second, third = _item("k", email="a"), _item("k", service_uid="s"), _item("k", document="1")
    waiting.enter(user)
    waiting.enter(other)
    assert waiting.park(first)
    assert waiting.park(second)
    assert waiting.park(third)
    assert waiting.leave(user) == [first, second]
    assert waiting.park(_item("k", service_uid="s"))  # behind the third
    assert [item.customers for item in waiting.leave(other)] == [third.customers, ()]
    assert not waiting.park(first)


STEPS = st.lists(
    st.tuples(st.booleans(), st.sampled_from("kl"), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=40
)


@given(STEPS)
def test_each_purchase_is_freed_once_and_versions_keep_their_order(steps: list[tuple[bool, str, str]]) -> None:
    waiting, users, sent, came = Dependants(), list[Item](), list[Item](), list[Item]()
    for number, (is_user, key, email) in enumerate(steps):
        one = Item(Record(Position("t", number), None), key, json.dumps({"email": email}).encode())
        if is_user:
            waiting.enter(one)
            users.append(one)
        else:
            came.append(one)
            if not waiting.park(one):
                sent.append(one)
        if len(users) > 2:
            sent += waiting.leave(users.pop(0))
    for user in users:
        sent += waiting.leave(user)
    assert sorted(each.record.position for each in sent) == [each.record.position for each in came]
    for key in "kl":
        numbers = [each.record.position.number for each in sent if each.key == key]
        assert numbers == sorted(numbers)


def _item(key: str, **fields: str) -> Item:
    return Item(Record(Position("t", 1), None), key, json.dumps(fields).encode())


def test_an_address_in_another_letter_case_may_be_the_same_user() -> None:
    waiting, user = Dependants(), _item("u", email="Ana@B.co")
    waiting.enter(user)
    purchase = _item("k", email="ana@b.CO")
    assert waiting.park(purchase)
    assert waiting.leave(user) == [purchase]
    assert not waiting.park(purchase)
