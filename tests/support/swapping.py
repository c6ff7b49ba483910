"""`python -m tests.support.swapping FOLDER SWAPS KILLS`: forked processes that swap in one folder, and are killed.

It prints JSON: the id of the boot, the clock, the counts that three processes stored, and for each killed process what
it printed and what the folder had afterwards.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time

from woowup_async.budget import HostStore, _boot

ACCOUNT = "0" * 32
PADDING = b"x" * 4000
WORKERS = 3


async def _count(folder: str, swaps: int, out: int) -> None:
    store = HostStore(folder)
    for _ in range(swaps):
        while True:
            found = await store.read(ACCOUNT)
            count = int((found.blob or b"0").split()[0]) + 1
            if await store.swap(ACCOUNT, found.version, b"%d %s" % (count, PADDING)):
                os.write(out, b"%d\n" % count)
                break


def _forked(folder: str, swaps: int) -> tuple[int, int]:
    """Fork a process that counts. Return its id and the pipe to which it writes each count that it stored."""
    there, here = os.pipe()
    if pid := os.fork():
        os.close(here)
        return pid, there
    os.close(there)
    try:
        asyncio.run(_count(folder, swaps, here))
    finally:
        os._exit(0)


def _all(pipe: int) -> list[int]:
    with os.fdopen(pipe, "rb") as lines:
        return [int(line) for line in lines.read().splitlines(keepends=True) if line.endswith(b"\n")]


def _killed(folder: str, chance: random.Random) -> tuple[list[int], int, bool]:
    pid, pipe = _forked(folder, 10**9)
    first = os.read(pipe, 1)
    # each at another point of a swap, which takes about a tenth of a millisecond
    time.sleep(chance.random() * 0.005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with os.fdopen(pipe, "rb") as lines:
        text = first + lines.read()
    printed = [int(line) for line in text.splitlines(keepends=True) if line.endswith(b"\n")]
    count, _, padding = (asyncio.run(HostStore(folder).read(ACCOUNT)).blob or b"0").partition(b" ")
    return printed, int(count), padding == PADDING


def main(folder: str, swaps: int, kills: int) -> None:
    """Run all, and print what happened."""
    workers = [_forked(f"{folder}/together", swaps) for _ in range(WORKERS)]
    counts = [count for _, pipe in workers for count in _all(pipe)]
    for pid, _ in workers:
        os.waitpid(pid, 0)
    chance = random.Random(20)
    killed = [_killed(f"{folder}/killed", chance) for _ in range(kills)]
    print(json.dumps({"boot": _boot.boot_id(), "now": _boot.now(), "counts": counts, "killed": killed}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
