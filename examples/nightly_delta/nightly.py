"""Send the whole export of a shop every night. Only what changed costs requests.

    WOOWUP_API_KEY=… python nightly.py /srv/export

The folder has clientes*.jsonl and ventas*.jsonl with the fields of the API. The journal and the dead letters are
written beside them. Exit codes: 0 all accepted, 1 some rejected, 3 stopped: the next run continues.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from woowup_async import IngestPolicy, Report, WoowUp, WoowUpError
from woowup_async.sources import Chain, JsonLines

#: Old orders start no campaigns, and a customer with one wrong detail is kept.
POLICY = IngestPolicy(approvedtime="createtime", salvage=True)
#: Seconds until the run stops and leaves the rest to the next night.
LONGEST = 5 * 3600.0


def all_of(folder: Path, name: str) -> Chain:
    """Return the records of all files of one kind, in the order of their names."""
    return Chain([JsonLines(path) for path in sorted(folder.glob(f"{name}*.jsonl"))])


async def send(folder: Path) -> Report:
    """Send all files of a folder."""
    users, purchases = all_of(folder, "clientes"), all_of(folder, "ventas")
    async with WoowUp(ingest=POLICY) as woowup:
        return await woowup.ingest(
            users=users,
            purchases=purchases,
            journal=folder / "shop.journal",
            dead_letters=folder / "rejected.jsonl",
        )


def described(report: Report) -> Iterator[str]:
    """Yield the lines for the log of the job."""
    for name, tally in (("customers", report.users), ("orders", report.purchases)):
        yield f"{name}: {tally.submitted} read, {dict(tally.effects)}, {tally.rejected} rejected"
    yield f"{report.requests} requests, {report.requests_saved} saved"
    yield from (f"rejected: {rejection}" for rejection in report.rejections)


async def main(folder: Path) -> int:
    """Send, print what was done, and return the exit code."""
    try:
        async with asyncio.timeout(LONGEST):
            report = await send(folder)
    except TimeoutError:
        print("stopped after", LONGEST, "seconds: the next run continues")
        return 3
    except WoowUpError as error:
        print("stopped:", error)
        return 3
    print(*described(report), sep="\n")
    return 1 if report.rejected else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
