"""Group testing settles each item, with no more requests than promised."""

import math
import random
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.items import item as an_item
from woowup_async._flow import Item, Position, Record
from woowup_async._ingest.rules.splitting import DefectRate, Split, named_in
from woowup_async.errors import Reason

VAGUE = 0.01


def items(count: int) -> list[Item]:
    return [Item(Record(Position("p", number), None), str(number), b"{}") for number in range(count)]


def cost(count: int, bad: Collection[int], rate: float = VAGUE, *, names: bool = False, most: int = 1) -> int:
    """Simulate a server that refuses any group with a bad item. Check the results and return the number of requests.

    `names`: whether it names the bad ones, `most` of them at a time.
    """
    split = Split(items(count), rate, sorted(bad)[:most] if names else ())
    requests, good, refused = 1, set[int](), set[int]()
    while group := split.group():
        requests += 1
        numbers = [int(item.key) for item in group]
        wrong = [index for index, number in enumerate(numbers) if number in bad]
        if not wrong:
            split.accepted()
            good.update(numbers)
        else:
            split.refused(wrong[:most] if names else ())
            refused.update(numbers if len(group) == 1 else ())
    assert refused == set(bad)
    assert good == set(range(count)) - set(bad)
    return requests


class TestCost:
    @pytest.mark.parametrize("bad", range(100))
    def test_one_bad_item_of_a_hundred_costs_nine_at_most(self, bad: int) -> None:
        assert cost(100, {bad}) - 1 <= 9

    @pytest.mark.parametrize("bad", [0, 1, 49, 98, 99])
    def test_one_bad_item_that_is_named_costs_two(self, bad: int) -> None:
        assert cost(100, {bad}, names=True) - 1 == 2

    @pytest.mark.parametrize("count", [100, 1_000])
    @pytest.mark.parametrize("named", [2, 10, 60])
    def test_named_items_are_sent_alone_and_the_others_together(self, count: int, named: int) -> None:
        bad = random.Random(count + named).sample(range(count), named)
        assert cost(count, bad, names=True, most=count) == 1 + named + 1

    def test_ten_named_items_of_a_thousand_cost_twenty_more(self) -> None:
        batches = [{number * 7} for number in range(10)]
        assert sum(cost(100, bad, names=True) - 1 for bad in batches) <= 20

    def test_wrong_names_are_used_only_once(self) -> None:
        """An index in a message may be the index of a line within one purchase."""
        split, requests, bad = Split(items(100), VAGUE, (3,)), 1, 61
        while group := split.group():
            requests += 1
            if any(int(item.key) == bad for item in group):
                split.refused((3,))
            else:
                split.accepted()
        assert requests - 1 <= 9 + 2

    @given(st.integers(2, 140).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), min_size=1))))
    def test_every_pattern_stays_within_the_limit(self, drawn: tuple[int, set[int]]) -> None:
        count, bad = drawn
        assert cost(count, bad) <= count + 1 + math.ceil(math.log2(count))
        assert cost(count, bad, names=True) <= count + 1 + math.ceil(math.log2(count))

    @pytest.mark.parametrize("count", [2, 3, 10, 100, 128])
    def test_a_run_that_expects_most_to_be_bad_sends_one_by_one(self, count: int) -> None:
        assert cost(count, range(count), rate=0.6) == count + 1

    def test_all_items_are_unexpectedly_bad(self) -> None:
        assert cost(100, range(100)) <= 107

    @pytest.mark.parametrize(("rate", "most"), [(0.01, 16), (0.02, 22), (0.05, 39), (0.1, 62), (0.2, 92), (0.5, 102)])
    def test_mean_cost_by_rate(self, rate: float, most: float) -> None:
        """The cost is between the theoretical minimum and one by one. The means are of 300 batches of 100."""
        rng = random.Random(7)
        batches = [{number for number in range(100) if rng.random() < rate} for _ in range(300)]
        prices = [cost(100, bad, rate) for bad in batches if bad]
        assert sum(prices) / len(prices) <= most


class TestDefectRate:
    def test_it_begins_at_one_in_a_hundred_and_follows_the_answers(self) -> None:
        rate = DefectRate()
        assert rate.value == VAGUE
        rate.learn(bad=100)
        assert rate.value > 0.4
        rate.learn(good=2_000)
        assert rate.value < 0.1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[3].sku: does not match", (3,)),
        ("/3/sku is wrong", (3,)),
        ("3.sku is wrong", (3,)),
        ("purchase 3 is wrong", (3,)),
        ("Item #3: bad", (3,)),
        ("sku does not match pattern", ()),
        ("expected at most 255 characters", ()),
        ("[300].sku", ()),
    ],
)
def test_indices_in_messages(text: str, expected: tuple[int, ...]) -> None:
    assert named_in([Reason("", text)], 100) == expected


def test_an_error_that_names_all_items_names_none() -> None:
    assert named_in([Reason("", f"[{number}]") for number in range(3)], 3) == ()


def test_if_a_named_item_is_sent_in_another_way_the_others_are_still_sent() -> None:
    items = [an_item(1, number) for number in range(4)]
    split = Split(items, 0.01, bad=(1, 2))
    assert split.group() == (items[1],)
    split.dismissed()
    assert split.group() == (items[2],)
    split.dismissed()
    assert split.group() == (items[0], items[3])
    split.accepted()
    assert split.group() == ()
