"""The accounts of a fleet, from a TOML file.

    [shop]
    key_env = "SHOP_KEY"               # the variable that has the key
    users = ["shop/clientes_*.csv"]
    purchases = ["shop/pedidos_*.csv"]
    mapping = "shop.toml"

Room: cli. A key is never in the file. Each account has a journal, `shop.journal` unless it says another file,
or a ledger on a server.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from woowup_async._ledger.address import place_of
from woowup_async._ledger.opening import Place
from woowup_async._text import printable
from woowup_async.budget.dsn import Dsn

_FILE_NAME = re.compile(r"[\w][\w.-]*\Z")
_KEYS = frozenset(("key", "api_key", "apikey", "token", "secret"))


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account of a fleet. The names are those of the options of a backfill.

    Args:
        name: of its table in the file.
        key_env: the environment variable that has its key.
        journal: its journal, a file or a ledger on a server; by default `NAME.journal`.

    """

    name: str
    key_env: str
    users: list[str] = msgspec.field(default_factory=list)
    purchases: list[str] = msgspec.field(default_factory=list)
    mapping: str | None = None
    layout: Literal["woowup"] | None = None
    preset: str | None = None
    timezone: str | None = None
    decimal: Literal[".", ","] | None = None
    clean: str | None = None
    region: str | None = None
    journal: str = ""
    dead_letters: str | None = None
    base_url: str | None = None


_NAMES = tuple(name for name in Account.__struct_fields__ if name != "name")


def read_accounts(path: Path) -> list[Account]:
    """Read the file of accounts.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not TOML, a name in it is not known, two accounts have the same key or file, or the address of
            a ledger has a password.
        JournalError: the address of a ledger cannot be read.

    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    accounts = [_account(f"{path}: [{printable(name, 80)}]", name, table) for name, table in tables.items()]
    if not accounts:
        raise ValueError(f"{path} has no accounts")
    _check_apart(path, accounts)
    return accounts


def _account(where: str, name: str, table: Any) -> Account:
    if not isinstance(table, dict):
        raise ValueError(f"{where} is not a table: each account is one, such as [shop]")  # noqa: TRY004 - of a file
    given = {key.replace("-", "_"): value for key, value in table.items()}
    for key in given:
        if key in _KEYS:
            raise ValueError(f"{where}: a key is never in a file: give the name of its variable as key_env")
        if key not in _NAMES:
            close = difflib.get_close_matches(key, _NAMES, n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"{where}: {printable(key, 80)} is not known{meant}")
    lists = {key: [given[key]] for key in ("users", "purchases") if isinstance(given.get(key), str)}
    if not given.get("journal"):
        if not _FILE_NAME.match(name):
            raise ValueError(f"{where}: its name cannot be a file's: give it a journal")
        given["journal"] = f"{name}.journal"
    try:
        account = msgspec.convert(given | lists | {"name": name}, Account)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from None
    if not (account.users or account.purchases):
        raise ValueError(f"{where} has nothing to send: give it users, purchases, or both")
    if "-" in (*account.users, *account.purchases):
        raise ValueError(f"{where}: standard input is not a file of a fleet")
    return account


def _check_apart(path: Path, accounts: Iterable[Account]) -> None:
    seen: dict[object, str] = {}
    for account in accounts:
        files = [place for place in (place_of(account.journal), account.dead_letters) if place]
        mine = [account.key_env, *(Path(file).resolve() for file in files if not isinstance(file, Dsn))]
        for each in mine:
            other = seen.setdefault(each, account.name)
            if other != account.name:
                what = "key_env" if isinstance(each, str) else each.name if isinstance(each, Path) else ""
                raise ValueError(f"{path}: {other} and {account.name} have the same {what}")


def missing_keys(accounts: Iterable[Account], environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the variables that should have a key and have none."""
    return (account.key_env for account in accounts if not environment.get(account.key_env))


def same_keys(accounts: Iterable[Account], environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Return two variables that have one key of one server; None if there are none.

    Two runs would send to one account at a time, in any order, and each would send what the other has sent.
    """
    seen: dict[tuple[str, str | None], str] = {}
    for account in accounts:
        other = seen.setdefault((environment.get(account.key_env, ""), account.base_url), account.key_env)
        if other != account.key_env:
            return other, account.key_env
    return None


def dealt(accounts: Iterable[Account], sizes: Mapping[str, int], workers: int) -> list[list[Account]]:
    """Deal accounts to workers, the largest first, each to the worker that has least. No worker gets none.

    Args:
        accounts: to deal.
        sizes: the bytes of each account's files, by its name.
        workers: how many there are.

    """
    hands: list[list[Account]] = [[] for _ in range(workers)]
    held = [0] * workers
    for account in sorted(accounts, key=lambda one: -sizes.get(one.name, 0)):
        least = min(range(workers), key=lambda number: (held[number], len(hands[number])))
        hands[least].append(account)
        held[least] += sizes.get(account.name, 0)
    return [hand for hand in hands if hand]


def journals_of(accounts: Iterable[Account]) -> Sequence[Place]:
    """Return the journals, in the order of the file. Several accounts may share a ledger on a server."""
    return [place_of(journal) for journal in dict.fromkeys(account.journal for account in accounts)]
