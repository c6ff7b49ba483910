"""What every budget store must do; part of `contract`.

Room: testing.
"""

from __future__ import annotations

import math
import secrets

import anyio

from woowup_async.budget import MAX_BLOB_BYTES, BudgetStore
from woowup_async.testing._ledgers import rule

#: Swaps of one version at the same time.
_RIVALS = 8


async def check_budget_store(store: BudgetStore, other: BudgetStore | None = None) -> None:
    """Check a budget store, under names that no account has.

    Args:
        store: an open store.
        other: the same store as another process sees it. By default `store` itself.

    """
    other = other or store
    await _check_versions(store, other)
    await _check_rivals(store, other)
    await _check_time(store)


async def _check_versions(store: BudgetStore, other: BudgetStore) -> None:
    account, neighbour = secrets.token_hex(16), secrets.token_hex(16)
    unknown = await store.read(account)
    rule((unknown.version, unknown.blob) == (0, None), "an unknown account has version 0 and no blob")
    rule(not await store.swap(account, 7, b"x"), "a blob that does not exist has no version 7")
    blob = bytes(range(256)) * (MAX_BLOB_BYTES // 256)
    rule(await store.swap(account, 0, blob), "version 0 creates the blob")
    first = await other.read(account)
    rule(first.blob == blob, "a blob of any bytes, up to MAX_BLOB_BYTES, comes back unchanged")
    rule(first.version > 0, "a blob has a version above 0")
    rule(not await other.swap(account, 0, b"other"), "version 0 creates only what does not exist")
    rule(await other.swap(account, first.version, b"second"), "the newest version can be swapped")
    second = await store.read(account)
    rule(second.blob == b"second" and second.version > first.version, "a swap stores the blob, and a higher version")
    rule(not await store.swap(account, first.version, b"third"), "an older version cannot be swapped")
    rule((await store.read(account)).blob == b"second", "a swap that came too late changes nothing")
    rule((await store.read(neighbour)).version == 0, "accounts are independent")


async def _check_rivals(store: BudgetStore, other: BudgetStore) -> None:
    account, won = secrets.token_hex(16), list[int]()

    async def swap(number: int, version: int) -> None:
        if await (store, other)[number % 2].swap(account, version, b"%d" % number):
            won.append(number)

    for _ in range(3):
        version = (await store.read(account)).version
        won.clear()
        async with anyio.create_task_group() as tasks:
            for number in range(_RIVALS):
                tasks.start_soon(swap, number, version)
        rule(len(won) == 1, "of several swaps of one version, exactly one succeeds")
        rule((await other.read(account)).blob == b"%d" % won[0], "the blob is that of the swap that succeeded")


async def _check_time(store: BudgetStore) -> None:
    account = secrets.token_hex(16)
    first = (await store.read(account)).time
    await anyio.sleep(0.05)
    then = (await store.read(account)).time
    rule(math.isfinite(first) and math.isfinite(then), "the time is a number")
    rule(0.02 < then - first < 30, "the time is in seconds, and passes")
