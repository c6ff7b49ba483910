"""Imports the modules of a run in a thread, so that no event loop waits for them.

Room: surface. A client loads them when it is opened. The functions here begin runs, and find the modules imported.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from woowup_async._transport.sender import Sender
from woowup_async.outcomes import Report
from woowup_async.policies import BatchPolicy, IngestPolicy

if TYPE_CHECKING:
    from woowup_async._ingest.assembly import RunPolicy
    from woowup_async._ingest.faces.ingester import Ingester
    from woowup_async._ingest.faces.inputs import Inputs
    from woowup_async._ingest.faces.outcomes import Outcomes

#: They import all other modules of a run. Each is a step, so that the event loop has a turn after it. anyio would
#: import the first one in the event loop, at its first use.
RUN = (
    "anyio._backends._asyncio",
    "woowup_async._ingest.catalogue",
    "woowup_async._ingest.assembly",
    "woowup_async._ingest.faces.outcomes",
    "woowup_async._ingest.faces.ingester",
)


async def load_run() -> None:
    """Import the modules of a run, once in a process."""
    for name in RUN:
        if name not in sys.modules:
            await asyncio.get_running_loop().run_in_executor(None, import_module, name)


def inputs_of(*given: Any) -> Inputs:
    """Return the inputs of a run."""
    from woowup_async._ingest.faces.inputs import Inputs

    return Inputs(*given)


class Runs(msgspec.Struct, frozen=True):
    """Begins the runs of a client. The fields are the settings of each run."""

    batch: BatchPolicy
    ingest: IngestPolicy
    in_flight: int

    async def ingested(self, sender: Sender, inputs: Inputs) -> Report:
        """Execute a run."""
        from woowup_async._ingest.faces.run import ingest

        return await ingest(sender, self._policy(), inputs)

    def outcomes(self, sender: Sender, inputs: Inputs) -> Outcomes:
        """Return a run as an iterator."""
        from woowup_async._ingest.faces.outcomes import Outcomes

        return Outcomes(sender, self._policy(), inputs)

    def ingester(self, sender: Sender, inputs: Inputs) -> Ingester:
        """Return an ingester."""
        from woowup_async._ingest.faces.ingester import Ingester

        return Ingester(sender, self._policy(), inputs)

    def _policy(self) -> RunPolicy:
        from woowup_async._ingest.assembly import RunPolicy

        return RunPolicy(self.batch, self.ingest, self.in_flight)
