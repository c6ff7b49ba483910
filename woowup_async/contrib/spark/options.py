"""The options of a write or a read, checked: `option("entity", "purchases")`.

Room: contrib, an edge. It needs no extra. Options stand in query plans, in the history server and in logs, so an option
with a key or with the password of an address is refused, and no message shows a value that could be one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal

import msgspec

from woowup_async._flow import Entity
from woowup_async.budget.dsn import has_password
from woowup_async.budget.postgres import SCHEMES
from woowup_async.policies import BatchPolicy, IngestPolicy, RateLimit, RetryPolicy

#: What stands for the name of an account in `accounts` and in the path of a journal.
ACCOUNT = "{account}"
#: Options of Spark itself, which it also passes to a data source.
_OF_SPARK = {"checkpointlocation", "queryname"}
_VARIABLE = re.compile(r"env:[A-Za-z_{][A-Za-z0-9_{}]*")
_RESOLVER = re.compile(r"[\w.]+:\w+")
_PLURALS = {entity.plural: entity for entity in Entity} | {entity.value: entity for entity in Entity}
_POLICIES: dict[str, type[Any]] = {"rate_limit": RateLimit, "batch": BatchPolicy, "ingest": IngestPolicy}
#: Of the policy of retries, only this: `base` and `cap` say nothing as names of options.
_ATTEMPTS = "attempts"
#: An address of a ledger of many accounts begins with one of these. Another journal is a file of one account.
_ADDRESSES = ("env:", *SCHEMES)


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a write does, on each machine. It has no secrets and can be pickled.

    Attributes:
        entity: what the rows are about.
        accounts: `env:NAME`, the variable with the key, or `env:NAME_{account}` for many accounts.
        resolver: `package.module:function`, which returns the key of an account's name; in place of `accounts`.
        account_column: the column with the name of the account.
        json: the column that has each record as one JSON object; without it, columns are named like the API's fields.
        mapping: the text of a mapping, which says what the columns mean.
        journal: `env:NAME`, or the address of a ledger; or a file, with `{account}` in its path for many accounts.
        budget: where the accounts' budgets are shared, as in `WoowUp`.
        dead_letters: a folder that all machines can write to. Each task makes one file for each account.
        report: a file that the driver writes: the counts by account, as JSON.
        base_url: of the API.
        unsettled: `raise` if the task fails when a record was released or is in doubt, so that Spark repeats it;
            `report` if this is only counted.
        at_once: accounts that a task sends at the same time: about as many as one core can serve at full budget
            (measured, benchmarks/results/spark.md). The others wait. A ledger in PostgreSQL has up to
            four connections for each.
        memory_bytes: rows that wait in the memory of a task (guessed). More wait in a temporary file.
        run: for a read: `last` or `all`.
        rate_limit, batch, ingest, attempts: as in `WoowUp`; each of their fields is an option.

    """

    entity: Entity = Entity.PURCHASE
    accounts: str | None = None
    resolver: str | None = None
    account_column: str = "account"
    json: str | None = None
    mapping: str | None = None
    journal: str | None = None
    budget: str | None = None
    dead_letters: str | None = None
    report: str | None = None
    base_url: str | None = None
    unsettled: Literal["raise", "report"] = "raise"
    at_once: int = 24
    memory_bytes: int = 64 * 2**20
    run: Literal["last", "all"] = "last"
    rate_limit: RateLimit = RateLimit()
    batch: BatchPolicy = BatchPolicy()
    ingest: IngestPolicy = IngestPolicy()
    attempts: int = RetryPolicy().attempts

    @property
    def is_of_many(self) -> bool:
        """Whether a column says whose row it is."""
        return self.resolver is not None or ACCOUNT in (self.accounts or "")

    def journal_of(self, account: str) -> str | None:
        """Return the journal of an account."""
        return self.journal and self.journal.replace(ACCOUNT, variable_part(account))


def plan_of(options: Mapping[str, str]) -> Plan:
    """Return the checked options of a write.

    Raises:
        ValueError: an option is unknown, wrong, or could show a secret.

    """
    given = {name.lower(): value for name, value in options.items() if name.lower() not in _OF_SPARK}
    _check_names(given)
    _check_secrets(given)
    found: dict[str, Any] = {}
    for name, policy in _POLICIES.items():
        names = [field.name for field in fields(policy) if field.name in given]
        found[name] = _converted({each: given.pop(each) for each in names}, policy)
    if "entity" in given:
        given["entity"] = _entity(given["entity"])
    plan: Plan = _converted(found | given, Plan)
    _check_whole(plan)
    return plan


def variable_part(account: str) -> str:
    """Return an account's name as a part of the name of a variable: upper case, `_` for other signs."""
    return re.sub(r"[^A-Z0-9_]", "_", account.upper())


def _check_names(given: Mapping[str, str]) -> None:
    known = {*Plan.__struct_fields__, *(field.name for policy in _POLICIES.values() for field in fields(policy))}
    unknown = sorted(given.keys() - (known - _POLICIES.keys()))
    if unknown and any("key" in name for name in unknown):
        raise ValueError(
            f"option {', '.join(unknown)}: options are shown in plans and logs, so a key cannot be one. Put it into "
            'the environment of the executors, and write option("accounts", "env:NAME")'
        )
    if unknown:
        raise ValueError(f"unknown option: {', '.join(unknown)}")


def _check_secrets(given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if name != "mapping" and has_password(value):
            raise ValueError(
                f"option {name} has a password, and options are shown in plans and logs: put the address into a "
                f"variable of the environment of the executors, and write env:NAME"
            )
    if not _VARIABLE.fullmatch(accounts := given.get("accounts", "env:A")):
        what = (
            "begins with env: but is not the name of a variable" if accounts.startswith("env:") else "is not env:NAME"
        )
        raise ValueError(f"option accounts {what}: it is env:NAME, or env:NAME_{ACCOUNT}, and never a key")
    if not _RESOLVER.fullmatch(given.get("resolver", "a:b")):
        raise ValueError("option resolver is package.module:function")


def _entity(name: str) -> Entity:
    entity = _PLURALS.get(name.lower())
    if entity is None:
        raise ValueError(f"option entity is one of {', '.join(each.plural for each in Entity)}")
    return entity


def _converted(given: Mapping[str, Any], kind: type[Any]) -> Any:
    """Return texts as a struct or a policy with numbers and booleans."""
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise ValueError(f"option {where.rstrip('`') or kind.__name__}: {what}") from None


def _check_whole(plan: Plan) -> None:
    if plan.accounts and plan.resolver:
        raise ValueError("give the option accounts or the option resolver, not both")
    if plan.mapping and plan.json:
        raise ValueError("give the option mapping or the option json, not both")
    if plan.at_once < 1 or plan.memory_bytes < 0 or plan.attempts < 1:
        raise ValueError("the options at_once and attempts are 1 or more, and memory_bytes is 0 or more")
    is_file = plan.journal and not plan.journal.startswith(_ADDRESSES)
    if plan.is_of_many and is_file and ACCOUNT not in (plan.journal or ""):
        raise ValueError(f"a journal that is a file belongs to one account: write {ACCOUNT} into its path")
