"""An outbox has a slot for each process, and the slots of dead ones are found."""

from pathlib import Path

import pytest

from tests.support.journals import item, note, opened
from woowup_async._flow import Entity
from woowup_async._journal.lock import Taken
from woowup_async._journal.slots import find, left_over, slot, slots
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted
from woowup_async.ports import State


def test_names() -> None:
    path = Path("/d/orders.outbox")
    assert [slot(path, number).name for number in (0, 1, 12)] == [
        "orders.outbox",
        "orders.1.outbox",
        "orders.12.outbox",
    ]
    assert slot(Path("orders"), 1) == Path("orders.1")
    assert slot(Path("a.b.c"), 2) == Path("a.b.2.c")


def test_those_that_exist_in_order(tmp_path: Path) -> None:
    path = tmp_path / "o.x"
    assert slots(path) == slots(tmp_path / "none" / "o.x") == []
    names = ("o.10.x", "o.2.x", "o.x", "o.01.x", "o.0.x", "o.-1.x", "p.1.x", "o.3.x.lock", "o.4.x-wal", "oo.5.x")
    for name in names:
        (tmp_path / name).touch()
    assert [each.name for each in slots(path)] == ["o.x", "o.2.x", "o.10.x"]


def test_a_taken_slot_has_its_own_error(tmp_path: Path) -> None:
    with opened(tmp_path / "o"), pytest.raises(Taken), opened(tmp_path / "o"):
        pass


def test_what_dead_processes_left(tmp_path: Path) -> None:
    path = tmp_path / "o.x"
    for number in range(3):
        with opened(slot(path, number)) as ledger:
            if number != 1:  # this one is empty
                ledger.outbox().put(Entity.PURCHASE, item("k"))
    slot(path, 7).write_text("not an outbox")
    with opened(slot(path, 0)):
        assert list(left_over(path)) == [slot(path, 2)]
    assert list(left_over(path)) == [slot(path, 0), slot(path, 2)]


def test_a_purchase_in_another_slot(tmp_path: Path) -> None:
    path, one = tmp_path / "o.x", item("k")
    with opened(path) as mine, opened(slot(path, 1)) as other, opened(slot(path, 2)) as third:
        mine.outbox().put(Entity.PURCHASE, item("mine"))
        assert find(path, "mine", besides=path) is None
        assert find(path, "k", besides=path) is None
        number = other.outbox().put(Entity.PURCHASE, one)
        waiting = find(path, "k", besides=path)
        assert waiting is not None
        assert waiting.state is State.IN_FLIGHT
        third.mark(Entity.PURCHASE, [one], b"")
        third.settle([note(one, Accepted("queued"))], b"")
        settled = find(path, "k", besides=path)
        assert settled is not None
        assert settled.outcome == Accepted("queued")
        other.mark(Entity.PURCHASE, [one], b"")
        other.settle([note(one, Accepted("present"))], b"", [number])
        assert find(path, "k", besides=slot(path, 2)) is not None
    slot(path, 3).write_text("not an outbox")
    with pytest.raises(JournalError):
        find(path, "other", besides=path)
