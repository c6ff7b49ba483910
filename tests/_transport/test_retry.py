"""The decision table, row by row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async import errors
from woowup_async._transport.retry import CODES, Verdict, backoff, judge, may_repeat, weighed
from woowup_async._wire.endpoint import Replay
from woowup_async._wire.reply import Reply
from woowup_async.policies import RetryPolicy


@pytest.mark.parametrize(
    ("status", "code", "message", "verdict", "error"),
    [
        (200, "ok", "", Verdict.DONE, errors.ApiError),
        (201, "ok", "", Verdict.DONE, errors.ApiError),
        (200, "", "<html>", Verdict.REFUSED, errors.UnexpectedReply),
        (302, "", "", Verdict.REFUSED, errors.UnexpectedReply),
        (400, "bad_request", "", Verdict.REFUSED, errors.BadRequest),
        (400, "novel_code", "", Verdict.REFUSED, errors.BadRequest),
        (403, "forbidden", "", Verdict.REFUSED, errors.Forbidden),
        (403, "", "", Verdict.AGAIN, errors.UnexpectedReply),
        (404, "user_not_found", "", Verdict.REFUSED, errors.NotFound),
        (410, "account_deleted", "", Verdict.REFUSED, errors.AccountGone),
        (413, "", "", Verdict.REFUSED, errors.BadRequest),
        (429, "too_many_request", "", Verdict.COOL, errors.Throttled),
        (429, "", "", Verdict.COOL, errors.Throttled),
        (500, "internal_error", "Usuario EXISTENTE", Verdict.REFUSED, errors.UserExists),
        (500, "internal_error", "", Verdict.AGAIN, errors.ServerError),
        (500, "family_member_duplicated", "", Verdict.REFUSED, errors.BadRequest),
        (502, "", "", Verdict.AGAIN, errors.ServerError),
        (504, "", "", Verdict.AGAIN, errors.ServerError),
    ],
)
def test_the_code_counts_before_the_status(
    status: int, code: str, message: str, verdict: Verdict, error: type[errors.ApiError]
) -> None:
    """An existing user and a duplicate member are a 500 (Q96), a wrong key is a 403 (Q46), an unknown path is a 200."""
    assert judge(Reply(status, code, message, b"")) == (verdict, error)


@given(st.integers(100, 599), st.sampled_from(["", "ok", "novel", *CODES]))
def test_every_reply_has_a_verdict(status: int, code: str) -> None:
    verdict, error = judge(Reply(status, code, "", b""))
    assert issubclass(error, errors.ApiError)
    assert (verdict is Verdict.DONE) == (200 <= status < 300 and code == "ok")


def test_unsafe_requests_are_never_repeated_after_bytes_were_sent() -> None:
    lost, unsent = errors.ReplyLost("x", "lost"), errors.NotSent("x", "refused")
    throttled, failed = errors.Throttled("x", 429, "", ""), errors.ServerError("x", 502, "", "")
    assert [may_repeat(Replay.UNSAFE, each) for each in (lost, unsent, throttled, failed)] == [False, True, True, False]
    assert all(may_repeat(replay, lost) for replay in (Replay.SAFE, Replay.KEYED))


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_backoff_is_full_jitter_under_the_cap(attempt: int, rng: float) -> None:
    policy = RetryPolicy(base=0.5, cap=30.0)
    assert 0 <= backoff(policy, attempt, rng) <= min(30.0, 0.5 * 2.0 ** min(attempt - 1, 63))
    assert backoff(policy, attempt, 0.5) == 0.5 * min(30.0, 0.5 * 2.0 ** min(attempt - 1, 63))


@pytest.mark.parametrize(
    ("status", "code", "is_known", "verdict"),
    [
        (404, "", True, Verdict.AGAIN),
        (404, "", False, Verdict.REFUSED),
        (405, "", True, Verdict.AGAIN),
        (405, "", False, Verdict.AGAIN),  # a web page, which is accepted the third time
        (404, "not_found", True, Verdict.REFUSED),
        (405, "method_not_allowed", True, Verdict.REFUSED),
    ],
)
def test_a_gateways_answer_from_a_known_operation_may_pass(
    status: int, code: str, is_known: bool, verdict: Verdict
) -> None:
    reply = Reply(status, code, "", b"")
    assert weighed("e", reply, lambda: 0.0, has_patience=True, is_known=is_known)[0] is verdict
    assert weighed("e", reply, lambda: 0.0, has_patience=False, is_known=is_known)[0] is Verdict.REFUSED
