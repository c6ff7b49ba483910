"""Dead letters: one readable line for each rejected record."""

import errno
import fcntl
import json
from asyncio import CancelledError
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.hostile_values import BadMapping, Masked, Nameless, Silent, Text
from tests.support.poison import MAKERS, made
from woowup_async import _platform
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.errors import Reason, WoowUpError
from woowup_async.models import User
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.sinks import _lines
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
def test_only_rejected_records_are_written(tmp_path: Path, outcome: Outcome) -> None:
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


class Stray(Mapping[str, Any]):
    """A mapping whose methods raise a `CancelledError` without a cancellation."""

    def __getitem__(self, key: str) -> Any:
        raise CancelledError

    def __iter__(self) -> Iterator[str]:
        raise CancelledError

    def __len__(self) -> int:
        raise CancelledError

    __repr__ = __len__  # type: ignore[assignment]


class Fickle:
    """An object that can be shown only once."""

    def __init__(self) -> None:
        self._is_shown = False

    def __repr__(self) -> str:
        if self._is_shown:
            raise RuntimeError("__repr__")
        self._is_shown = True
        return "fickle"


class Liar:
    """An object whose text has a hostile class."""

    def __repr__(self) -> str:
        return Text("a\ud800")


DIGITS = 10**5_000
HOSTILE: dict[str, Callable[[], Any]] = {
    "digits": lambda: DIGITS, "stray": Stray, "fickle": Fickle, "liar": Liar, "silent": Silent, "masked": Masked,
    "nameless": Nameless, "bad mapping": lambda: BadMapping(MemoryError()),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_record_that_cannot_be_shown_is_a_letter(tmp_path: Path, name: str) -> None:
    make = HOSTILE[name]
    lines = written(tmp_path / "d", make(), {"document": "1", "a": make()}, {"a": [make()]}, {"document": "2"})
    assert [line["position"] for line in lines] == ["u.jsonl:3"] * 4
    assert "1" in str(lines[1]["raw"])
    assert lines[3]["raw"] == {"document": "2"}


def test_a_member_that_cannot_be_shown_hides_no_other(tmp_path: Path) -> None:
    (line, alone) = written(tmp_path / "d", {"document": "1", "a": DIGITS}, DIGITS)
    assert line["raw"] == "{'document': '1', 'a': <int>}"
    assert alone["raw"] == "<int>"


@pytest.mark.parametrize("name", MAKERS)
def test_every_value_is_one_line(tmp_path: Path, name: str) -> None:
    make = MAKERS[name]
    assert len(written(tmp_path / "d", make(), {"a": make()}, [make()])) == 3


def test_random_values_are_one_line_each(tmp_path: Path) -> None:
    random = Random(15)
    raws = [made(random)[0] for _ in range(400)]
    assert len(written(tmp_path / "d", *raws)) == 400
    letters = DeadLetters(tmp_path / "d", skip_known=True)
    for raw in raws:
        letters.write(settled(raw))
    letters.close()


def test_rows_of_other_libraries_are_json_that_can_be_sent_again(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    row = np.array([("1", 2, "1990-02-01")], [("document", "U9"), ("points", "i8"), ("birthdate", "M8[D]")])[0]
    lines = written(tmp_path / "d", row, {"document": "1", "points": np.int64(2)})
    assert [line["raw"] for line in lines] == [
        {"document": "1", "points": 2, "birthdate": "1990-02-01"},
        {"document": "1", "points": 2},
    ]


class TestSharedByProcesses:
    def test_an_empty_file_stays_while_another_has_it_open(self, tmp_path: Path) -> None:
        one, two = DeadLetters(tmp_path / "d"), DeadLetters(tmp_path / "d")
        one.close()
        one.close()
        two.write(settled({"document": "1"}))
        two.close()
        assert len((tmp_path / "d").read_bytes().splitlines()) == 1

    def test_the_last_one_removes_it(self, tmp_path: Path) -> None:
        one, two = DeadLetters(tmp_path / "d"), DeadLetters(tmp_path / "d")
        two.close()
        assert (tmp_path / "d").exists()
        one.close()
        assert not (tmp_path / "d").exists()

    def test_a_file_that_was_removed_while_it_was_opened(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shares, path = _platform.share_open_file, tmp_path / "d"

        def removed_before(descriptor: int) -> bool:
            monkeypatch.setattr(_platform, "share_open_file", shares)
            path.unlink()
            return shares(descriptor)

        monkeypatch.setattr(_platform, "share_open_file", removed_before)
        assert written(path, {"document": "1"})

    @pytest.mark.parametrize("mode", [fcntl.LOCK_EX, fcntl.LOCK_SH])
    def test_a_lock_of_another_program(self, mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_lines, "_PAUSE", 0.0)
        with (tmp_path / "d").open("w") as theirs:
            fcntl.flock(theirs, mode)
            DeadLetters(tmp_path / "d").close()
            assert (tmp_path / "d").exists()
            assert written(tmp_path / "d", {"document": "1"})

    def test_a_file_system_without_locks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refused(*_: object) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(fcntl, "flock", refused)
        assert written(tmp_path / "d", {"document": "1"})
        DeadLetters(tmp_path / "e").close()
        assert (tmp_path / "e").exists()  # another process may have it open
