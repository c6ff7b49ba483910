"""Watches a run: it keeps the troubles for `Ingester.health()`, and logs what an operator must know.

Room: _ingest. One line for each outage, recovery, failure of the disk and end of a run, none of them with personal data
or the API key. A trouble that comes and goes gets a line a minute.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from woowup_async._clock import Clock
from woowup_async._ingest.rules.log_rate import LogRate
from woowup_async._ingest.rules.troubles import STANDING, Trouble, Troubles, trouble_of
from woowup_async.errors import JournalError, without_data
from woowup_async.events import OutageBegan, OutageEnded, RunEvent
from woowup_async.outcomes import Report

_log = logging.getLogger("woowup_async.health")


class Watch:
    """Notes and logs the troubles of a run.

    Args:
        clock: seconds.
        pass_on: gets each event.

    Attributes:
        troubles: those that hold now.

    """

    def __init__(self, clock: Clock, pass_on: Callable[[RunEvent], None]) -> None:
        self._clock, self._pass_on = clock, pass_on
        self.troubles = Troubles(clock.now())
        self._rate = LogRate()
        self._has_ended, self._ending = False, ""

    def hear(self, event: RunEvent) -> None:
        """Take an event about an outage, and pass it on."""
        match event:
            case OutageBegan():
                self.troubles.begin(Trouble.OUTAGE, self._clock.now())
                self._say(logging.WARNING, "outage", f"WoowUp is failing ({event.brief}): sending waits")
            case OutageEnded():
                self.troubles.end(Trouble.OUTAGE, self._clock.now())
                self._say(logging.WARNING, "recovery", f"WoowUp answers again after {event.elapsed:.0f} s")
        self._pass_on(event)

    def disk_failed(self, error: JournalError) -> None:
        """Note that submitted records cannot be written."""
        if self.troubles.begin(Trouble.DISK, self._clock.now()):
            self._say(logging.ERROR, "disk", f"submitted records are refused: {error}")

    def disk_works(self) -> None:
        """Note that something was written."""
        if (lasted := self.troubles.end(Trouble.DISK, self._clock.now())) is not None:
            self._say(logging.WARNING, "disk works", f"records can be written again after {lasted:.0f} s")

    def filled(self, size: int, most: int) -> None:
        """Note how full the outbox is."""
        if size < most:
            self.troubles.end(Trouble.FULL, self._clock.now())
        elif self.troubles.begin(Trouble.FULL, self._clock.now()):
            self._say(logging.ERROR, "full", f"the outbox is full ({size:,} records): records are refused")

    def ends(self, report: Report, failure: BaseException | None = None) -> None:
        """Log in one line how the run ended. Only the first call counts."""
        if self._has_ended:
            return
        self._has_ended = True
        level, how = logging.INFO, "run settled"
        if isinstance(failure, Exception):
            self._ending = without_data(failure)
            level, how = logging.ERROR, f"run ended early ({self._ending})"
            self.troubles.begin(trouble_of(failure), self._clock.now())
        elif failure is not None or report.released or report.in_doubt:
            level, how = logging.WARNING, "run stopped" if failure is not None else how
        _log.log(
            level,
            "%s: %d submitted, %d accepted, %d rejected, %d released, %d in doubt, %d requests, %.1f s",
            how, report.submitted, report.accepted, report.rejected, report.released, report.in_doubt, report.requests,
            report.elapsed,
        )  # fmt: skip

    def standing(self) -> dict[str, str]:
        """Return what to show of the troubles that stop all work and that no event tells, by their reason."""
        found: dict[str, str] = {one.value.reason: one.value.text for one in STANDING if self.troubles.holds(one)}
        if self._ending and found:
            # the worst one is what ended it
            reason = next(iter(found))
            found[reason] = self._ending if reason == "defect" else f"{found[reason]} ({self._ending})"
        return found

    def _say(self, level: int, kind: str, text: str) -> None:
        left_out = self._rate.allows(kind, self._clock.now())
        if left_out is not None:
            _log.log(level, "%s", f"{text} ({left_out} such lines left out)" if left_out else text)
