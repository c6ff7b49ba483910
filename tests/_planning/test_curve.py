"""How soon the revenue is on the account."""

from contextlib import closing

import pytest

from tests.support.official import purchase_line
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async._planning.curve import Curve, Soon
from woowup_async.outcomes import Accepted, Effect


def seen(entity: Entity, key: str, raw: object, effect: Effect = "queued") -> Settled:
    return Settled(entity, Record(Position("t", 0), raw), key, Accepted(effect))


def user(number: int, effect: Effect = "created") -> Settled:
    return seen(Entity.USER, f"email:u{number}@x.co", {"email": f"u{number}@x.co"}, effect)


def bought(number: int, owner: int, total: float, made: str, effect: Effect = "queued") -> Settled:
    line = purchase_line(number, email=f"u{owner}@x.co", createtime=made, prices={"total": total})
    return seen(Entity.PURCHASE, f"\0F-{number}", line, effect)


def counted(*events: Settled, per_hour: float = 100.0, per_purchase: float = 0.01) -> Soon | None:
    with closing(Curve()) as curve:
        for event in events:
            curve.see(event)
        return curve.count(per_hour, per_purchase)


def test_both_orders() -> None:
    """1,000 users at 100 an hour take ten hours. The newest 100 of them have 90 % of the revenue."""
    users = [user(number) for number in range(1_000)]
    old = [bought(number, number, 1.0, "2024-01-05 10:00:00") for number in range(100)]
    new = [bought(number, number, 9.0, "2024-06-05 10:00:00") for number in range(900, 1_000)]
    soon = counted(*users, *old, *new, per_purchase=0.0)
    assert soon is not None
    assert soon.given == (0.0, 0.0, 0.0, 0.0)
    assert soon.recent == pytest.approx((0.9, 1.0, 1.0, 1.0))


def test_purchases_cost_their_share_of_a_request() -> None:
    events = [user(0), *(bought(number, 0, 1.0, "2024-01-05 10:00:00") for number in range(1_000))]
    soon = counted(*events, per_purchase=0.5)
    assert soon is not None
    assert soon.given == soon.recent == pytest.approx((0.198, 0.398, 0.798, 1.0))


def test_only_the_year_before_the_newest_purchase_counts() -> None:
    made = ("2022-01-01", "2023-06-01T10:00:00-03:00", "2023-05-31", "2024-05-31 10:00:00")
    events = [bought(number, number, 1.0, text) for number, text in enumerate(made)]
    soon = counted(*map(user, range(150)), *events, per_hour=1.5, per_purchase=0.0)
    assert soon is not None
    assert soon.recent == (0.5, 1.0, 1.0, 1.0)  # one user in the first hour, three in two
    assert soon.given == (0.0, 0.0, 0.0, 0.0)


def test_what_is_there_already_and_what_may_be_dropped_do_not_count() -> None:
    events = [
        user(0), user(1, "unchanged"), bought(1, 0, 5.0, "2024-01-05"), bought(2, 1, 5.0, "2024-01-05", "unchanged"),
        bought(3, 2, 5.0, "2024-01-05", "unconfirmed"),
    ]  # fmt: skip
    assert counted(*events, per_hour=1.0) == Soon((0.0, 1.0, 1.0, 1.0), (0.0, 1.0, 1.0, 1.0))


def test_the_revenue_of_unknown_customers_is_in_no_share() -> None:
    events = [user(0), bought(1, 0, 5.0, "2024-01-05"), bought(2, 2, 5.0, "2024-01-05", "unconfirmed")]
    soon = counted(*events, per_hour=3.0, per_purchase=2.0)
    assert soon is not None
    assert soon.recent == (1.0, 1.0, 1.0, 1.0)


def test_nothing_is_said_without_users_or_without_purchases() -> None:
    assert counted(user(0)) is None
    assert counted(bought(1, 0, 1.0, "2024-01-05")) is None


def test_dates_that_cannot_be_read() -> None:
    soon = counted(user(0), bought(1, 0, 2.0, "soon"), bought(2, 0, 2.0, ""))
    assert soon == Soon((1.0,) * 4, (1.0,) * 4)
    assert counted(user(0), bought(1, 0, 0.0, "2024-01-05")) == Soon((0.0,) * 4, (0.0,) * 4)
