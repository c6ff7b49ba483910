"""What an operator sees of each fault is what docs/service.md says, in each cell of its table."""

from pathlib import Path

import pytest

from tests.support.faults import FAULTS, Fault
from tests.support.operations import HEAD, row, seen

pytestmark = [pytest.mark.untraced, pytest.mark.slow, pytest.mark.usefixtures("real_marks")]
PAGE = (Path(__file__).parents[2] / "docs" / "service.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault(fault: Fault) -> None:
    (documented,) = (line for line in PAGE if line.startswith(f"| {fault.name} |"))
    assert row(fault, seen(fault)) == documented


def test_the_page_has_no_other_rows() -> None:
    start = PAGE.index(HEAD[0])
    rows = [line.split(" | ")[0] for line in PAGE[start + 2 : PAGE.index("", start)]]
    assert rows == [f"| {fault.name}" for fault in FAULTS]
