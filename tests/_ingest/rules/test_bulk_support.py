"""Bulk requests are tried again, which costs very little in an account without them."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._ingest.rules.bulk_support import RETRY_AFTER, BulkSupport


def test_it_is_used_until_it_is_missing() -> None:
    support = BulkSupport()
    assert support.may_send(100)
    assert support.may_send(100)
    assert support.missed()
    assert not support.may_send(100)


def test_only_the_first_of_several_missing_answers_counts() -> None:
    support = BulkSupport()
    assert support.missed()
    assert not support.may_send(RETRY_AFTER)
    assert not support.missed()  # this answer belongs to a request that was already under way
    assert support.may_send(2)


def test_purchases_sent_one_by_one_count_towards_the_next_try() -> None:
    support = BulkSupport()
    support.missed()
    assert not support.may_send(RETRY_AFTER - 1)
    assert not support.may_send(2)
    assert support.may_send(100)
    assert not support.may_send(100)  # only one batch is a try


def test_an_answer_enables_it_again() -> None:
    support = BulkSupport()
    support.missed()
    assert support.worked()
    assert support.has_worked
    assert not support.worked()
    assert support.may_send(100)


@given(st.lists(st.integers(2, 100), max_size=300))
def test_an_account_without_it_spends_at_most_one_percent(batches: list[int]) -> None:
    """A try costs three requests at most, and then its purchases are also sent one by one."""
    support, tries, singles = BulkSupport(), 0, 0
    assert support.may_send(100)
    support.missed()
    for count in batches:
        if support.may_send(count):
            tries += 1
            support.missed()
            assert not support.may_send(count)
        singles += count
        assert 3 * tries <= 0.01 * (singles + 3 * tries)
