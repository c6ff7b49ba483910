"""`docs/service.md` has each status and reason of the health, and the loggers that exist."""

import re
from pathlib import Path
from typing import get_args

from woowup_async._ingest.faces.insight import OVERDUE_AFTER
from woowup_async._ingest.rules.troubles import Trouble
from woowup_async._limiting.cooldown import _LONG
from woowup_async.contrib.outbox_slots import _LOOK
from woowup_async.statistics import HealthReason, HealthStatus

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")

#: The row of a reason: its status, the reason or nothing, and the status of `live`.
ROW = r"^\| `(\w+)` \| (?:`(\w+)` )?\| \d"


def test_it_has_each_reason_with_its_status() -> None:
    rows = {reason: status for status, reason in re.findall(ROW, PAGE, re.MULTILINE)}
    assert rows == {"": "ok"} | {trouble.value.reason: trouble.value.status for trouble in Trouble}
    assert set(rows) == set(get_args(HealthReason))
    assert set(rows.values()) == set(get_args(HealthStatus))


def test_its_numbers_are_those_of_the_code() -> None:
    assert (OVERDUE_AFTER, "an hour, guessed" in PAGE) == (3_600.0, True)
    assert (_LONG, "cooldown of more than 30 seconds" in PAGE) == (30.0, True)
    assert (_LOOK, "within fifteen seconds" in PAGE) == (15.0, True)


def test_its_loggers_exist() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "woowup_async").rglob("*.py"))
    named = set(re.findall(r"`(woowup_async\.(?:health|limiting|slots|ingest))`", PAGE))
    assert len(named) == 4
    assert not [name for name in named if f'getLogger("{name}")' not in code]
