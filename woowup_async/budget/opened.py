"""Makes the store that an option, a variable of the environment or an argument names.

Room: budget.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from woowup_async._platform import is_windows
from woowup_async.budget import postgres, redis
from woowup_async.budget.dsn import Dsn
from woowup_async.budget.host import HostStore
from woowup_async.budget.store import BudgetStore

#: The budget of the command and of the FastAPI plugin if nothing else is chosen. `HostStore` needs Linux or macOS.
USUAL = "none" if is_windows() else "host"
_ENVIRONMENT = "env:"
_KINDS: tuple[tuple[tuple[str, ...], Callable[[str], BudgetStore]], ...] = (
    (redis.SCHEMES, redis.RedisStore),
    (postgres.SCHEMES, postgres.PostgresStore),
)


def store_from(dsn: str | BudgetStore | None) -> BudgetStore | None:
    """Return a store that is not open yet; None if each process has a budget of its own.

    Args:
        dsn: None or `"none"`; `"host"`; an address that begins with `redis://`, `rediss://`, `unix://` or
            `postgresql://`; `"env:NAME"`, a variable of the environment with one of these; or a store.

    Raises:
        ValueError: it is none of these, or the variable is not set. The message does not show a password.
        ImportError: the store needs an extra. The message names it.

    """
    if dsn is None or not isinstance(dsn, str):
        return dsn
    text = from_environment(dsn).strip()
    if text.lower() in ("none", "host"):
        return HostStore() if text.lower() == "host" else None
    for schemes, made in _KINDS:
        if text.lower().startswith(schemes):
            return made(text)
    kinds = ", ".join(f"{scheme}..." for schemes, _ in _KINDS for scheme in schemes)
    raise ValueError(f"a budget is none, host, {kinds} or env:NAME, got {str(Dsn(text))!r}")


def from_environment(dsn: str) -> str:
    """Return the value of the variable that `env:NAME` names, and any other text as it is.

    Raises:
        ValueError: the variable is not set or empty.

    """
    if not dsn.startswith(_ENVIRONMENT):
        return dsn
    name = dsn.removeprefix(_ENVIRONMENT)
    value = os.environ.get(name, "")
    if not value:
        raise ValueError(f"{dsn}: the environment variable {name or '(without a name)'} is not set")
    return value


Openable = BudgetStore | AbstractAsyncContextManager[BudgetStore]


def in_context(store: Openable) -> AbstractAsyncContextManager[BudgetStore]:
    """Return the context manager that opens a store. A store that needs none is used as it is."""
    if isinstance(store, AbstractAsyncContextManager):
        return store
    return nullcontext(store)
