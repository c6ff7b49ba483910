"""An error of a driver leaves nothing behind that could show a password."""

import anyio
import pytest

from tests.support.secrets import places_of
from woowup_async.budget.dsn import Dsn
from woowup_async.budget.failures import answered, refused
from woowup_async.errors import BudgetUnavailable, WoowUpError

DSN = Dsn("redis://:hidden%2D1@host")


class DriverError(Exception):
    def __init__(self) -> None:
        super().__init__("cannot connect to redis://:hidden-1@host (hidden%2D1)")


async def fails() -> None:
    try:
        raise ValueError("hidden-1")
    except ValueError as error:
        raise DriverError from error


async def test_an_error_of_a_driver() -> None:
    with pytest.raises(BudgetUnavailable) as caught:
        await answered(fails(), DSN, 1.0)

    assert str(caught.value) == (
        "the budget in redis://:***@host is unavailable: cannot connect to redis://:***@host (***)"
    )
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert not places_of("hidden-1", caught.value)
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, WoowUpError)


async def test_no_answer_in_time() -> None:
    with pytest.raises(BudgetUnavailable, match="no answer within 0 s"):
        await answered(anyio.sleep_forever(), DSN, 0)


async def test_a_cancellation_of_the_caller_is_passed_on() -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        await answered(anyio.sleep_forever(), DSN, 1.0)
    assert scope.cancelled_caught


def test_an_address_that_a_driver_refuses() -> None:
    def reading() -> None:
        raise DriverError

    with pytest.raises(ValueError, match=r"^redis://:\*\*\*@host: cannot connect") as caught:
        refused(reading, DSN)
    assert not places_of("hidden-1", caught.value)
    refused(lambda: None, DSN)
