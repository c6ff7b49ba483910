"""The rules for every store of budgets, as a part of `contract`.

Room: testing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import anyio
import anyio.lowlevel

from woowup_async.budget import MAX_BLOB_BYTES, BudgetStore, Snapshot
from woowup_async.budget.opened import Openable, in_context
from woowup_async.testing._ledgers import rule

#: Stores that are open at a time, and swaps of one version that each of them tries.
_STORES, _SWAPS = 4, 3
#: Seconds between two reads of the clock.
_PAUSE = 0.2
#: Tries until a swap succeeds after a cancelled one, which may still arrive.
_TRIES = 10

Opened = Callable[[], Openable]


async def check_budget_store(opened: Opened) -> None:
    """Check a store of budgets.

    Each call of `opened` returns a store, or a context manager of one, that keeps its blobs where the others do. The
    check opens several at a time and uses accounts with random names, so the place need not be empty. It takes about a
    second.
    """
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(in_context(opened())) for _ in range(_STORES)]
        await _check_versions(stores[0])
        await _check_accounts(stores[0])
        await _check_bytes(stores[0])
        await _check_second_opening(stores[0], opened)
        await _check_races(stores)
        await _check_time(stores)
        await _check_cancellation(stores[0])


async def _check_versions(store: BudgetStore) -> None:
    account = _account()
    snapshot = await store.read(account)
    rule(isinstance(snapshot, Snapshot), "read returns a Snapshot")
    rule((snapshot.version, snapshot.blob) == (0, None), "an unknown account has version 0 and no blob")
    rule(await store.swap(account, 1, b"early") is False, "a version other than 0 does not create a blob")
    rule((await store.read(account)).version == 0, "a swap that returned False stored nothing")
    rule(await store.swap(account, 0, b"first") is True, "version 0 creates the blob")
    first = await store.read(account)
    rule(first.version > 0 and first.blob == b"first", "a created blob has a version above 0")
    rule(await store.swap(account, 0, b"again") is False, "version 0 creates only once")
    rule(await store.swap(account, first.version, b"second") is True, "the newest version can be swapped")
    second = await store.read(account)
    rule((second.version, second.blob) == (first.version + 1, b"second"), "a swap stores the next version: one more")
    rule(await store.swap(account, first.version, b"late") is False, "an older version cannot be swapped")
    rule(await store.swap(account, second.version + 1, b"late") is False, "a version not yet stored cannot be swapped")
    third = await store.read(account)
    rule((third.version, third.blob) == (second.version, b"second"), "a swap that returned False stored nothing")


async def _check_accounts(store: BudgetStore) -> None:
    names = ["a" * 63 + secrets.choice("0123456789"), _account()]
    names += [name.upper() for name in names]
    for name in names:
        await _write(store, name, name.encode())
    for name in names:
        rule((await store.read(name)).blob == name.encode(), "each account has its own blob, by its exact name")


async def _check_bytes(store: BudgetStore) -> None:
    account = _account()
    for blob in (bytes(range(256)), b"\0", b"\r\n'\"\\\xff", bytes(range(256)) * (MAX_BLOB_BYTES // 256), b"small"):
        await _write(store, account, blob)
        snapshot = await store.read(account)
        rule(type(snapshot.blob) is bytes and snapshot.blob == blob, "a blob is returned exactly as it was stored")


async def _check_second_opening(store: BudgetStore, opened: Opened) -> None:
    account = _account()
    await _write(store, account, b"kept")
    async with in_context(opened()) as second:
        snapshot = await second.read(account)
        rule(snapshot.blob == b"kept", "a store that is opened later has what was stored before")
        rule(await second.swap(account, snapshot.version, b"more"), "a store that is opened later can swap it")
    snapshot = await store.read(account)
    rule(snapshot.blob == b"more", "what a store swapped is kept after it was closed")


async def _check_races(stores: list[BudgetStore]) -> None:
    account = _account()
    for _ in range(5):
        version = (await stores[0].read(account)).version
        won: list[bytes] = []

        async def swap(store: BudgetStore, blob: bytes, version: int = version, won: list[bytes] = won) -> None:
            if await store.swap(account, version, blob):
                won.append(blob)

        async with anyio.create_task_group() as group:
            for number in range(_STORES * _SWAPS):
                group.start_soon(swap, stores[number % _STORES], str(number).encode())
        rule(len(won) == 1, f"of several swaps of one version exactly one returns True, not {len(won)}")
        for store in stores:
            rule((await store.read(account)).blob == won[0], "the blob is that of the swap that returned True")


async def _check_time(stores: list[BudgetStore]) -> None:
    account = _account()
    began, first, between = await _timed(stores[0], account)
    await anyio.sleep(_PAUSE)
    again, last, ended = await _timed(stores[-1], account)
    advanced = last - first
    # a read gives some moment of the time that it took
    least, most = again - between, ended - began
    rule(least * 0.9 - 0.02 <= advanced <= most * 1.1 + 0.02, "time is in seconds and advances at the real rate")
    latest = last
    for number in range(_STORES * 5):
        store = stores[number % _STORES]
        snapshot = await store.read(account)
        rule(snapshot.time >= latest, "time does not run backwards, whichever store reads it")
        latest = snapshot.time
        await store.swap(account, snapshot.version, b"time")


async def _check_cancellation(store: BudgetStore) -> None:
    account = _account()
    await _write(store, account, b"before")
    for steps in (0, 1, 2, 3, 5, 8, 13, 21):
        for is_swap in (False, True):
            version = (await store.read(account)).version
            async with anyio.create_task_group() as group:
                if is_swap:
                    group.start_soon(store.swap, account, version, b"cancelled")
                else:
                    group.start_soon(store.read, account)
                for _ in range(steps):
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
            rule(
                (await store.read(account)).blob in (b"before", b"cancelled"), "a cancelled swap stores all or nothing"
            )
            await _write(store, account, b"before")


async def _write(store: BudgetStore, account: str, blob: bytes) -> None:
    for _ in range(_TRIES):
        version = (await store.read(account)).version
        if await store.swap(account, version, blob):
            return
    raise AssertionError("the newest version can be swapped")


async def _timed(store: BudgetStore, account: str) -> tuple[float, float, float]:
    began = time.monotonic()
    snapshot = await store.read(account)
    return began, snapshot.time, time.monotonic()


def _account() -> str:
    return secrets.token_hex(16)
