"""The samples of the pages: bodies of requests and answers, errors, formats and the URLs of reads.

They were copied from the pages. If a sample is not valid JSON, `corrections` has the replaced parts, and `note` the
reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

FILE = Path(__file__).parent.parent / "samples" / "pages.json"
PAGES = Path(__file__).parent.parent.parent.parent / "shared" / "official-docs"


class Sample(msgspec.Struct, frozen=True):
    """One sample. `operation` is None for an answer that any operation may give."""

    source: str
    operation: int | None
    kind: str
    body: Any
    status: int | None = None
    corrections: list[list[str]] = []
    note: str = ""


SAMPLES = msgspec.json.decode(FILE.read_bytes(), type=list[Sample])


def of_kind(*kinds: str) -> list[Sample]:
    """Return the samples of some kinds."""
    return [sample for sample in SAMPLES if sample.kind in kinds]


def answer_of(operation: int) -> Any:
    """Return the last documented answer of an operation. An earlier one may leave out the payload."""
    return [sample.body for sample in of_kind("answer") if sample.operation == operation][-1]


def read_again(sample: Sample) -> Any:
    """Read a sample from its page."""
    name, line = sample.source.split(":")
    lines = (PAGES / name).read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(lines[int(line) - 1 :])
    if sample.kind == "query":
        address = text[text.index("https://") :]
        return address[: min(address.index(end) for end in "'\"" if end in address)]
    text = text[min(text.index(opening) for opening in "{[" if opening in text) :]
    for printed, meant in sample.corrections:
        assert printed in text, (sample.source, printed)
        text = text.replace(printed, meant)
    return json.JSONDecoder().raw_decode(text)[0]
