"""The dry run for a forecast, in a process of its own.

Room: cli. `python -m woowup_async.cli.forecasting` reads a pickled job from standard input, and writes what it needs
to standard output, as JSON. Only the command that started it writes to its input.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import anyio
import msgspec

from woowup_async._platform import ignore_interrupts
from woowup_async.cli.display.forecast import Needed

if TYPE_CHECKING:
    from anyio.abc import ByteReceiveStream, ByteSendStream

    from woowup_async.cli.job import Job

_COMMAND = (sys.executable, "-m", "woowup_async.cli.forecasting")


async def counted(job: Job, command: Sequence[str] = _COMMAND) -> Needed:
    """Count what a job needs in another process, which ends with this call, also if it is cancelled.

    `anyio.to_process` leaves a process open if it is cancelled while that process starts.

    Raises:
        RuntimeError: the other process failed.

    """
    async with await anyio.open_process(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        there, back = cast("ByteSendStream", process.stdin), cast("ByteReceiveStream", process.stdout)  # both are pipes
        await there.send(pickle.dumps(job))
        await there.aclose()
        answer = b"".join([piece async for piece in back])
        if await process.wait():
            raise RuntimeError(answer.decode("utf-8", "replace") or f"exit code {process.returncode}")
    return msgspec.json.decode(answer, type=Needed)


def main() -> None:
    """Be the other process."""
    from woowup_async.cli.job import needed_by  # it imports this module

    ignore_interrupts()
    try:
        answer, code = msgspec.json.encode(needed_by(pickle.load(sys.stdin.buffer))), 0  # noqa: S301 - ours, see above
    except Exception as error:
        answer, code = str(error).encode("utf-8", "replace"), 1
    sys.stdout.buffer.write(answer)
    sys.exit(code)


if __name__ == "__main__":
    main()
