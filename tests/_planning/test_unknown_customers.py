"""The number of purchases with unknown customers, and of the requests that ask about them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async._planning import unknown_customers
from woowup_async._planning.unknown_customers import Census, FindVersions, UnknownCustomers, asked_for
from woowup_async.outcomes import Accepted

EMAILS = ["ana@example.com", "Ana@Example.com", "eva@example.com", "EVA@example.com", "leo@example.com"]
PEOPLE = st.fixed_dictionaries(
    {}, optional={"email": st.sampled_from(EMAILS), "document": st.sampled_from("123")}
).filter(bool)


def settled(entity: Entity, person: dict[str, str], effect: str = "queued") -> Settled:
    raw = json.dumps(person).encode()
    return Settled(entity, Record(Position("s", 1), raw), "k", Accepted(effect))  # type: ignore[arg-type]


def counted(
    users: Sequence[dict[str, str]],
    purchases: Sequence[dict[str, str]],
    before: int = 0,
    known: FindVersions | None = None,
) -> UnknownCustomers:
    census = Census(before)
    for person in users:
        census.see(settled(Entity.USER, person))
    for person in purchases:
        census.see(settled(Entity.PURCHASE, person))
    try:
        return census.count(known)
    finally:
        census.close()


@pytest.mark.untraced
@given(st.lists(PEOPLE, min_size=1), st.lists(PEOPLE))
def test_it_counts_like_a_simple_count_by_hand(users: list[dict[str, str]], purchases: list[dict[str, str]]) -> None:
    names = {pair for user in users for pair in user.items()}
    emails = {user["email"].lower() for user in users if "email" in user}
    unknown = [each for each in purchases if not names & set(each.items())]
    assert counted(users, purchases) == UnknownCustomers(
        users=len(users),
        purchases=len(unknown),
        other_case=len([each for each in unknown if each.get("email", "").lower() in emails]),
        customers=len({tuple(sorted(each.items())) for each in unknown}),
    )


@given(st.lists(PEOPLE, max_size=9), st.integers(1, 4))
def test_blocks_of_any_size_count_the_same(purchases: list[dict[str, str]], size: int) -> None:
    whole = counted([{"email": "ana@example.com"}], purchases)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(unknown_customers, "_BLOCK", size)
        assert counted([{"email": "ana@example.com"}], purchases) == whole


def test_customers_of_the_journal_are_not_unknown() -> None:
    def known(names: Sequence[str]) -> list[bytes | None]:
        return [
            b"" if name in ("email:eva@example.com", "email:leo@example.com\0document:1") else None for name in names
        ]

    people = [{"email": "eva@example.com"}, {"email": "leo@example.com", "document": "1"}, {"document": "3"}]
    assert counted([], people, before=2, known=known) == UnknownCustomers(2, 1, 0, 1)


def test_purchases_alone_do_not_show_unknown_customers() -> None:
    assert counted([], [{"document": "1"}]) == UnknownCustomers()


def test_customers_of_unchanged_purchases_are_not_asked_about() -> None:
    census = Census()
    census.see(settled(Entity.USER, {"document": "1"}))
    census.see(settled(Entity.PURCHASE, {"document": "2"}, "unchanged"))
    assert census.count() == UnknownCustomers(users=1)
    census.close()


@pytest.mark.parametrize(
    ("mode", "users", "customers", "asked"),
    [
        ("trust", 10, 5, 0), ("ask", 10, 5_000, 5_000), ("auto", 10, 999, 999), ("auto", 10, 1_001, 1_000),
        ("auto", 100_000, 6_000, 5_000),
    ],
)  # fmt: skip
def test_the_number_of_customers_that_a_run_asks_about(mode: str, users: int, customers: int, asked: int) -> None:
    assert asked_for(UnknownCustomers(users, customers, 0, customers), mode) == asked  # type: ignore[arg-type]
