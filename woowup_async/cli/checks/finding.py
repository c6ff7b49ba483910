"""The result of one check.

Room: cli. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        verdict: "look" means that a person should read it, "bad" that a backfill would fail.
        about: what was checked.
        text: what was found.
        advice: what to do about it.

    """

    verdict: Literal["ok", "look", "bad"]
    about: str
    text: str
    advice: str = ""

    def lines(self) -> Iterator[str]:
        """Yield the finding as text."""
        yield f"{self.verdict:4}  {self.about}: {self.text}"
        if self.advice:
            yield f"      {self.advice}"

    def as_json(self) -> dict[str, str]:
        """Return the finding for `--json`."""
        return {"verdict": self.verdict, "about": self.about, "told": self.text, "advice": self.advice}
