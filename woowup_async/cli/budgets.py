"""The option `--budget`: where the account's budget is shared.

Room: cli.
"""

from __future__ import annotations

from woowup_async._session import budget_in_environment
from woowup_async.budget import masked, store_from
from woowup_async.budget._folder import default_folder
from woowup_async.budget.dsn import check_argument
from woowup_async.budget.opened import USUAL, from_environment


def chosen(given: str | None) -> str:
    """Return the budget of a command: as given, else as in `WOOWUP_BUDGET`, else that of this machine.

    Raises:
        ValueError: it is not a budget, has a password, or its store needs an extra that is not installed.

    """
    budget = given if given is not None else budget_in_environment() or USUAL
    try:
        if given is not None:
            check_argument(given)
        store_from(budget)
    except (ValueError, ImportError) as error:
        raise ValueError(f"{'WOOWUP_BUDGET' if given is None else '--budget'}: {error}") from None
    return budget


def place_of(budget: str) -> str:
    """Return where a budget is kept, without its password.

    Raises:
        ValueError: it is a variable of the environment that is not set.
        BudgetUnavailable: it is the budget of this machine, and the user has no home.

    """
    address = from_environment(budget).strip()
    return str(default_folder()) if address.lower() == "host" else masked(address)
