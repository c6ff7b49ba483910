"""What a run without a journal knows about users that were not simply accepted."""

import pytest

from tests.support.items import purchase
from woowup_async._ingest.rules import seen_users as module
from woowup_async._ingest.rules.seen_users import SeenUsers
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released


def test_users_in_doubt_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_IN_DOUBT", 2)
    seen, users = SeenUsers(is_lasting=False), [purchase(number) for number in range(3)]
    for user in users:
        seen.note(user, InDoubt("lost"))
    assert [seen.doubt_of(user.key) for user in users] == [None, users[1].digest, users[2].digest]
    seen.note(users[2], Accepted("created"))
    assert seen.doubt_of(users[2].key) is None


def test_verdicts_are_kept_if_the_run_has_an_end() -> None:
    refused, part, user = Rejected("server", "x"), Accepted("created", left_out=("birthdate",)), purchase(1)
    for outcome, kept in ((refused, refused), (part, part), (Released("x"), None), (Accepted("created"), None)):
        short, lasting = SeenUsers(is_lasting=False), SeenUsers(is_lasting=True)
        for seen in (short, lasting):
            seen.note(user, outcome)
        assert short.verdict_of(user) == kept
        assert lasting.verdict_of(user) is None
