"""Outcomes in the journal are read back as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._journal.outcomes import decoded, encoded, state_of
from woowup_async.errors import Reason
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import State

TEXT = st.text(max_size=20)
EFFECTS = st.sampled_from(["created", "updated", "present", "queued", "unconfirmed", "unchanged"])
REASONS = st.lists(st.builds(Reason, TEXT, TEXT), max_size=3).map(tuple)
OUTCOMES = (
    st.builds(Accepted, EFFECTS, st.lists(TEXT, max_size=3).map(tuple))
    | st.builds(Rejected, st.sampled_from(["client", "server"]), TEXT, REASONS)
    | st.builds(Released, TEXT)
    | st.builds(InDoubt, TEXT)
)


@given(OUTCOMES)
def test_a_written_outcome_is_read_back(outcome: Outcome) -> None:
    assert decoded(state_of(outcome), encoded(outcome)) == outcome


def test_a_record_without_an_outcome_has_none() -> None:
    assert decoded(State.IN_FLIGHT, "{}") is None
    assert decoded(State.ACCEPTED, None) is None


def test_a_state_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="lost"):
        decoded("lost", "{}")
