"""`docs/promises.md` names existing tests and all outcomes."""

import re
from pathlib import Path
from typing import get_args

from woowup_async.outcomes import Effect

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")


def test_each_test_that_it_names_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/.]*)`", PAGE))
    assert len(named) > 15
    assert not [name for name in named if not (ROOT / name).exists()]


def test_it_states_each_outcome() -> None:
    assert not [effect for effect in get_args(Effect) if f'("{effect}")' not in PAGE]
    assert all(f"| `{name}` |" in PAGE for name in ("Rejected", "Released", "InDoubt"))
