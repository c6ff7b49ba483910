"""A set of keys that may report too many keys, but never misses one."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._journal.seen_keys import SeenKeys


@given(st.sets(st.text()), st.sets(st.text()))
def test_a_sieve_never_says_no_by_mistake(added: set[str], others: set[str]) -> None:
    sieve = SeenKeys()
    for key in added:
        sieve.add(key)
    assert all(sieve.may_hold(key) for key in added)
    assert sum(sieve.may_hold(key) for key in others - added) <= 1
