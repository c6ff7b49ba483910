"""A recorded run, for the tests of reports."""

from __future__ import annotations

from tests.support.commands import settled
from woowup_async import Report
from woowup_async._flow import Entity
from woowup_async.cli.display.recording import Recording
from woowup_async.errors import Reason
from woowup_async.events import OutageBegan, OutageEnded, RequestSent
from woowup_async.outcomes import Accepted, Rejected


def recorded() -> tuple[Recording, Report]:
    """Return the recording and the report of a run of one hour."""
    now = [0.0]
    recording = Recording(140.0, clock=lambda: now[0])
    for second in range(3_600):
        now[0] = float(second)
        recording.hear(
            RequestSent("purchases.create_bulk", 1, "POST", 429 if second % 600 == 0 else 201, "", second / 9_000)
        )
        recording.hear(settled(Accepted("queued"), Entity.PURCHASE))
        if second % 9 == 0:
            reason = Reason("createtime", f"line {second}: expected datetime, got 'Ana <b>{second}'")
            recording.hear(settled(Rejected("client", "malformed", (reason,)), Entity.USER))
    recording.hear(OutageBegan("x"))
    now[0] = 3_650.0
    recording.hear(OutageEnded(50.0))
    return recording, Report(requests=3_600, throttled=6, elapsed=3_650.0)
