"""`python -m benchmarks startup`: time to import the library and to show the help, compared with its dependencies."""

from __future__ import annotations

import resource
import subprocess
import sys
from statistics import median

from benchmarks.common import Result, interleaved

ROUNDS = 9
_HELPS = (
    "", "demo", "simulate", "backfill", "plan", "verify", "doctor", "status", "dashboard", "dead-letters", "new-key",
    "mapping show", "mapping new", "mapping check",
)  # fmt: skip
_FLOOR, _PACKAGE = "aiohttp and msgspec", "import woowup_async"
#: The longest pause of an event loop in which a client is opened, in milliseconds, on standard output. A pause is time
#: in which this process used a core, so that it does not depend on what else the machine does.
_PAUSE = """
import asyncio, time
from woowup_async import WoowUp
async def main():
    client = WoowUp("key", base_url="http://127.0.0.1:9/apiv3")
    pauses = [0.0]
    async def look():
        while True:
            began, used = time.perf_counter(), time.process_time()
            await asyncio.sleep(0.0005)
            # while other programs have the cores, this process does not block its loop
            pauses.append(min(time.perf_counter() - began - 0.0005, time.process_time() - used))
    looking = asyncio.create_task(look())
    await asyncio.sleep(0.1)
    idle, pauses[:] = max(pauses), [0.0]
    async with client as woowup:
        woowup.ingester()
    looking.cancel()
    print(idle * 1e3, max(pauses) * 1e3)
asyncio.run(main())
"""
_PROGRAMS = {
    "python alone": ("-c", "pass"),
    _FLOOR: ("-c", "import aiohttp, msgspec"),
    "aiohttp, msgspec, anyio and aiolimiter": ("-c", "import aiohttp, msgspec, anyio, aiolimiter"),
    _PACKAGE: ("-c", "import woowup_async"),
    "from woowup_async import WoowUp": ("-c", "from woowup_async import WoowUp"),
} | {" ".join(f"woowup {each}".split()) + " --help": ("-m", "woowup_async", *each.split(), "--help") for each in _HELPS}


def _started(*arguments: str) -> float:
    """Return the processor time of a new process. Its duration would depend on what else the machine does."""
    before = _spent()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return _spent() - before


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _pauses() -> tuple[float, float]:
    """Return the longest pause of an idle event loop, and of one in which a client is opened, in milliseconds."""
    done = subprocess.run([sys.executable, "-c", _PAUSE], check=True, capture_output=True, text=True)
    idle, pause = map(float, done.stdout.split())
    return idle, pause


def main() -> None:
    """Measure, print, save."""
    figures = interleaved({name: lambda each=each: _started(*each) for name, each in _PROGRAMS.items()}, ROUNDS)  # type: ignore[misc]
    seconds = {name: float(figure) for name, figure in figures.items()}
    result = Result("startup", "Start-up", head=("", "ms", "ms above python alone"))
    result.notes.append(
        f"Medians of {ROUNDS} interleaved starts of fresh processes, in processor time, files in the cache."
    )
    bare = seconds["python alone"]
    result.rows = [(name, f"{s * 1e3:.0f}", f"{(s - bare) * 1e3:.0f}") for name, s in seconds.items()]
    floor = seconds[_FLOOR] - bare
    result.bar("import woowup_async ÷ aiohttp and msgspec", (seconds[_PACKAGE] - bare) / floor, "≤", 1.25)
    used = (seconds["from woowup_async import WoowUp"] - bare) / floor
    result.notes.append(
        f"The package loads names at first use: with `WoowUp`, it takes {used:.2f} of aiohttp and msgspec."
    )
    slowest = max((name for name in seconds if name.endswith("--help")), key=seconds.__getitem__)
    result.bar(f"slowest help ({slowest}) ÷ aiohttp and msgspec", (seconds[slowest] - bare) / floor, "≤", 1.3)
    idle, pause = map(median, zip(*(_pauses() for _ in range(ROUNDS))))
    result.notes.append(f"The longest pause of an idle event loop was {idle:.1f} ms (median).")
    result.bar("longest pause of an event loop that opens a client, ms", pause, "≤", 10)
    result.save()


if __name__ == "__main__":
    main()
