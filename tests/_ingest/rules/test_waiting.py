"""Purchases that wait for an answer about their customer."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.support.items import purchase
from woowup_async._ingest.rules.waiting import WaitingPurchases

ANA, EVA = ("email:ana@b.co",), ("service_uid:7", "email:eva@b.co")


def test_purchases_wait_behind_the_one_that_asks() -> None:
    waiting, (first, second, third) = WaitingPurchases(), (purchase(number, *ANA) for number in range(3))
    assert not waiting.wait(first)
    waiting.begin(first)
    assert waiting.wait(second)
    assert waiting.wait(third)
    assert not waiting.wait(purchase(9, *EVA))
    assert (waiting.waiting, waiting.is_idle) == (2, False)
    assert waiting.next(first) == second  # the answer to the first said nothing about the customer
    waiting.free(second)
    assert (waiting.waiting, list(waiting.freed)) == (0, [third])
    waiting.freed.clear()
    assert waiting.is_idle
    assert waiting.next(third) is None


def test_the_end_of_waiting_rings_for_the_source() -> None:
    waiting, first = WaitingPurchases(), purchase(1, *ANA)
    waiting.begin(first)
    waiting.wait(purchase(2, *ANA))
    assert [each.key for each in waiting.end(first)] == ["2"]
    assert waiting.is_idle
    assert waiting.end(first) == ()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["wait", "next", "end", "free"])), max_size=60))
def test_each_purchase_stops_waiting_once(steps: list[tuple[str, str]]) -> None:
    """For any answers, each waiting purchase is returned once, and the count is the number that still wait."""
    waiting, inside, out = WaitingPurchases(), Counter[str](), list[str]()
    for number, (customer, step) in enumerate(steps):
        asking = purchase(number, customer)
        if step == "wait":
            if waiting.wait(asking):
                inside[customer] += 1
            else:
                waiting.begin(asking)
        elif step == "next":
            freed = waiting.next(asking)
            out += [freed.key] if freed else []
            inside[customer] -= freed is not None
        else:
            freed_all = waiting.end(asking) if step == "end" else waiting.free(asking)
            out += [each.key for each in freed_all]
            assert len(freed_all) == inside.pop(customer, 0)
        assert waiting.waiting == inside.total()
    assert len(out) == len(set(out))
