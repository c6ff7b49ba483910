"""Events have no customer data."""

from typing import get_args

from tests.support.items import purchase
from woowup_async import events
from woowup_async.events import RequestSent, RunEvent


def test_each_event_is_exported_and_part_of_the_union() -> None:
    union = {each.__name__ for each in get_args(RunEvent)}
    assert union <= set(events.__all__)
    assert set(events.__all__) - union == {"Entity", "Position", "Record", "RunEvent"}


def test_a_request_does_not_show_its_records() -> None:
    record = purchase(1, "email:ana@example.com").record
    assert "ana" not in repr(RequestSent("purchases.create", 2, "POST", 200, records=(record,)))
    assert "'POST', 200" in repr(RequestSent("purchases.create", 2, "POST", 200))
