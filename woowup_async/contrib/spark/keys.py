"""The keys of accounts, by their names. Only executors know them.

Room: contrib, an edge. It needs no extra.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable

from woowup_async.contrib.spark.options import ACCOUNT, Plan, variable_part

#: The variable of the key if no option names one.
_DEFAULT = "env:WOOWUP_API_KEY"


class KeyRing:
    """Finds the key of an account in the environment of this process, or asks the resolver."""

    def __init__(self, plan: Plan) -> None:
        self._pattern = (plan.accounts or _DEFAULT).removeprefix("env:")
        self._resolver = _resolver_of(plan.resolver) if plan.resolver else None
        self._names: dict[str, str] = {}

    def key_of(self, account: str) -> str:
        """Return the key of an account. The name is "" if there is one account only.

        Raises:
            ValueError: there is no key, or another account has the same variable. The message has no key.

        """
        if self._resolver is not None:
            key = self._resolver(account)
            if not isinstance(key, str) or not key:
                raise ValueError(f"the resolver returned no key of account {account!r}")
            return key
        if not account and ACCOUNT in self._pattern:
            raise ValueError("rows without an account")
        variable = self._pattern.replace(ACCOUNT, variable_part(account))
        other = self._names.setdefault(variable, account)
        if other != account:
            raise ValueError(f"the accounts {other!r} and {account!r} have the same variable {variable}")
        key = os.environ.get(variable, "")
        if not key:
            raise ValueError(f"the variable {variable} with the key of account {account!r} is not set on this executor")
        return key


def _resolver_of(name: str) -> Callable[[str], object]:
    """Return the function that `package.module:function` names.

    Raises:
        ValueError: there is none.

    """
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"the resolver {name} cannot be imported: {error}") from error
    if not callable(found):
        raise ValueError(f"the resolver {name} cannot be called")  # noqa: TRY004 - it is an option that is wrong
    return found  # type: ignore[no-any-return]
