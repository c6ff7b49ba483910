"""Dead letters: one readable line for each rejected record."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.errors import Reason, WoowUpError
from woowup_async.models import User
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.sinks.dead_letters import DeadLetters

REJECTED = Rejected("server", "bad_request", (Reason("sku", "is wrong"),))


def settled(raw: object, outcome: Outcome = REJECTED) -> Settled:
    return Settled(Entity.USER, Record(Position("u.jsonl", 3), raw), "document:1", outcome)


def written(path: Path, *raws: object) -> list[dict[str, object]]:
    letters = DeadLetters(path)
    for raw in raws:
        letters.write(settled(raw))
    letters.close()
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_line_has_all_details(tmp_path: Path) -> None:
    (line,) = written(tmp_path / "d", {"document": "1"})
    assert line.pop("at")
    assert line == {
        "entity": "user", "position": "u.jsonl:3", "key": "document:1", "by": "server", "code": "bad_request",
        "reasons": [{"path": "sku", "message": "is wrong"}], "raw": {"document": "1"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b'{"a":\n 1.50}', {"a": 1.5}),
        (b"{broken", "{broken"),
        (b"\xff", "\udcff"),
        (User(document="1"), {"document": "1"}),
        ({"p": Decimal("1.50")}, {"p": 1.5}),
        ({"t": "\ud800", "p": Decimal("1.50")}, {"t": "\ud800", "p": 1.5}),
        ({"na\udce9": ["x\udce9"]}, {"na\\udce9": ["x\udce9"]}),
        (3, 3),
        (object, "<class 'object'>"),
    ],
)
def test_the_record_in_every_form(tmp_path: Path, raw: object, shown: object) -> None:
    (line,) = written(tmp_path / "d", raw)
    assert line["raw"] == shown


@pytest.mark.parametrize("outcome", [Accepted("queued"), Released("x"), InDoubt("x")])
def test_only_the_rejected(tmp_path: Path, outcome: Outcome) -> None:
    letters = DeadLetters(tmp_path / "d")
    letters.write(settled({}, outcome))
    letters.close()
    assert not (tmp_path / "d").exists()


def test_appends_and_is_private(tmp_path: Path) -> None:
    written(tmp_path / "d", {})
    assert len(written(tmp_path / "d", {})) == 2
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(WoowUpError, match="dead letters cannot be written to .*: No such file or directory"):
        DeadLetters(tmp_path / "none" / "d")


def test_a_full_disk() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.fail("this test needs /dev/full")
    letters = DeadLetters(full)
    with pytest.raises(WoowUpError, match="No space left on device"):
        letters.write(settled({}))
    letters.close()


def test_a_continued_run_writes_no_letter_twice(tmp_path: Path) -> None:
    path, raws = tmp_path / "d", [{"document": "1"}, b'{"a": 1}', b"{broken", User(document="2")]
    assert len(written(path, *raws)) == 4
    with path.open("ab") as file:
        file.write(b'{"entity":"user","posit')  # the process was killed here
    for _ in range(2):
        letters = DeadLetters(path, skip_known=True)
        for raw in (*raws, {"document": "3"}):
            letters.write(settled(raw))
        letters.close()
    assert len([line for line in path.read_text().splitlines() if line.endswith("}")]) == 5
