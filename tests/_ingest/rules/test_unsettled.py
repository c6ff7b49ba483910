"""Unsettled items: each is opened and closed once, and stays in doubt once its bytes may have been processed."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.items import purchase
from woowup_async._flow import Entity, Item
from woowup_async._ingest.rules import unsettled as module
from woowup_async._ingest.rules.unsettled import Unsettled
from woowup_async._transport.trail import Trail
from woowup_async.outcomes import InDoubt, Released

KEYS = st.integers(0, 5)


class Books(RuleBasedStateMachine):
    """Compare with a model: the open keys, the doubtful ones, and the trail of each."""

    def __init__(self) -> None:
        super().__init__()
        self.unsettled = Unsettled()
        self.open: dict[int, Item] = {}
        self.doubtful = set[int]()
        self.trails: dict[int, Trail] = {}

    @rule(number=KEYS, is_doubtful=st.booleans(), is_unconfirmed=st.booleans())
    def take_in(self, number: int, is_doubtful: bool, is_unconfirmed: bool) -> None:
        one = purchase(number)
        assert self.unsettled.holds(one) == (number in self.open)
        if number not in self.open:
            self.unsettled.open(one, is_doubtful=is_doubtful, is_unconfirmed=is_unconfirmed)
            self.open[number] = one
            assert (str(number) in self.unsettled.unconfirmed) == is_unconfirmed
            if is_doubtful:
                self.doubtful.add(number)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), fate=st.sampled_from(["leaves", "lost", "returned", "settled", "nothing"]))
    def send(self, data: st.DataObject, fate: str) -> None:
        numbers = data.draw(st.lists(st.sampled_from(sorted(self.open)), min_size=1, unique=True))
        trail = Trail()
        self.unsettled.send([self.open[number] for number in numbers], trail)
        if fate != "nothing":
            trail.leaves()
        if fate in ("lost", "returned", "settled"):
            getattr(trail, fate)()
        for number in numbers:
            if number in self.trails and self.trails[number].is_open:
                self.doubtful.add(number)
            self.trails[number] = trail

    @precondition(lambda self: self.open)
    @rule(data=st.data(), is_doubtful=st.booleans())
    def reconsider(self, data: st.DataObject, is_doubtful: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.open)))
        self.unsettled.reconsider(self.open[number], is_doubtful=is_doubtful)
        if is_doubtful:
            self.doubtful.add(number)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.open)))
        one = self.open.pop(number)
        self.unsettled.close([one])
        self.doubtful.discard(number)
        self.trails.pop(number, None)
        with pytest.raises(KeyError):
            self.unsettled.close([one])

    @invariant()
    def it_agrees(self) -> None:
        assert len(self.unsettled) == len(self.open)
        for number, one in self.open.items():
            is_out = number in self.trails and self.trails[number].is_open
            assert self.unsettled.is_doubtful(one) == (number in self.doubtful or is_out)

    def teardown(self) -> None:
        left = {item.key: outcome for _, item, outcome in self.unsettled.leftovers("over")}
        assert set(left) == {str(number) for number in self.open}
        for number in self.open:
            is_out = number in self.trails and self.trails[number].is_open
            kind = InDoubt if number in self.doubtful or is_out else Released
            assert isinstance(left[str(number)], kind)
        assert not len(self.unsettled)


Books.TestCase.settings = settings(max_examples=30, stateful_step_count=30)
TestBooks = Books.TestCase


def test_identical_items_share_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_TWINS", 2)
    unsettled, first = Unsettled(), purchase(1)
    assert not unsettled.join(first)
    unsettled.open(first)
    twins = [purchase(1), purchase(1)]
    assert all(unsettled.join(twin) for twin in twins)
    assert not unsettled.join(purchase(1))  # the number of twins is bounded
    assert unsettled.leave([first]) == [(first, twins)]
    assert unsettled.holds(first)  # until its outcome is stored, and later ones wait
    assert not unsettled.join(purchase(1))
    unsettled.close([first])
    assert not unsettled.holds(first)


def test_other_content_of_a_key_does_not_join() -> None:
    unsettled, first = Unsettled(), purchase(1)
    unsettled.open(first)
    assert not unsettled.join(Item(first.record, first.key, b"[]"))


def test_users_who_share_a_name_exclude_each_other_until_both_are_closed() -> None:
    unsettled, ana, eva = Unsettled(), purchase(1), purchase(2)
    unsettled.open_user(ana, ("email:a", "person:1"))
    assert unsettled.holds_user(purchase(3), ["person:1"])
    assert unsettled.holds_user(ana, [])
    assert not unsettled.holds_user(purchase(3), ["person:2"])
    unsettled.open_user(eva, ("person:1",), is_doubtful=True)
    unsettled.close([ana])
    assert unsettled.holds_user(purchase(3), ["person:1"])
    assert not unsettled.holds_user(purchase(3), ["email:a"])
    left = list(unsettled.leftovers("over"))
    assert left == [(Entity.USER, eva, InDoubt("over"))]
    assert not unsettled.holds_user(purchase(3), ["person:1"])


def test_users_found_to_be_one_person_share_all_names_until_they_are_closed() -> None:
    unsettled, ana, eva = Unsettled(), purchase(1), purchase(2)
    unsettled.open_user(ana, ("email:a",))
    unsettled.open_user(eva, ("document:9",))
    unsettled.join_users(["email:a", "document:1"], ["email:a", "document:1", "person:1"])
    assert unsettled.holds_user(purchase(3), ["document:1"])
    assert unsettled.holds_user(purchase(3), ["person:1"])
    unsettled.close([ana])
    assert not unsettled.holds_user(purchase(3), ["email:a", "document:1", "person:1"])
    assert unsettled.holds_user(purchase(3), ["document:9"])


def test_twins_of_a_leftover_item_get_its_outcome() -> None:
    unsettled, first, twin = Unsettled(), purchase(1), purchase(1)
    unsettled.open(first, is_unconfirmed=True)
    unsettled.join(twin)
    unsettled.confirm(first)
    assert not unsettled.unconfirmed
    assert [(item, outcome) for _, item, outcome in unsettled.leftovers("over")] == [
        (first, Released("over")),
        (twin, Released("over")),
    ]
