"""The changes by cleaning: one line for each field."""

import json
from pathlib import Path

from tests.support.hostile_values import Silent
from woowup_async._flow import Change, Entity, Position, Record, Settled
from woowup_async.outcomes import Accepted
from woowup_async.sinks import Changes


def test_a_value_that_cannot_be_shown_is_a_line(tmp_path: Path) -> None:
    changes = Changes(tmp_path / "c")
    for old in (Silent(), 10**5_000, "+54"):
        record = Record(Position("u", 1), {}, changes=(Change("telephone", old, None, "is not a number"),))
        changes(Settled(Entity.USER, record, "k", Accepted("created")))
    changes.close()
    lines = [json.loads(line) for line in (tmp_path / "c").read_text().splitlines()]
    assert [line["old"] for line in lines] == ["<Silent>", "<int>", "+54"]
    assert {line["why"] for line in lines} == {"is not a number"}
