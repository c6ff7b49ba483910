"""Errors help people, and programs can read them."""

import pytest

from woowup_async import errors
from woowup_async.errors import ApiError, InvalidRecord, Reason, WoowUpError

#: Errors after which a call may be repeated are not subclasses of the others.
TREE = {
    errors.ServerError: ApiError,
    errors.Throttled: ApiError,
    errors.NotFound: ApiError,
    errors.Forbidden: ApiError,
    errors.UnexpectedReply: ApiError,
    errors.NotSent: errors.TransportError,
    errors.ReplyLost: errors.TransportError,
    ApiError: WoowUpError,
    errors.TransportError: WoowUpError,
    errors.JournalError: WoowUpError,
    errors.SourceError: WoowUpError,
    InvalidRecord: ValueError,
    errors.UnknownFields: InvalidRecord,
}


@pytest.mark.parametrize(("kind", "base"), TREE.items())
def test_each_is_caught_by_its_family(kind: type[Exception], base: type[Exception]) -> None:
    assert issubclass(kind, base)


def test_an_answer_is_described_with_its_reasons_and_bounded() -> None:
    reasons = [Reason(f"[{number}].email", "is wrong") for number in range(50)]
    error = ApiError("purchases.create_bulk", 400, "bad_request", "no", reasons, 3.0)
    assert (error.status, error.code, error.retry_after, len(error.reasons)) == (400, "bad_request", 3.0, 50)
    assert "purchases.create_bulk answered 400 bad_request" in str(error)
    assert "[0].email: is wrong" in str(error)
    assert len(str(error)) < 1_000


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ApiError("e", 500, "", "ana@example.com", [Reason("a", "b")]), "e answered 500 (no code)"),
        (ApiError("e", 400, "x" * 70 + "\n", "ana@example.com"), f"e answered 400 {'x' * 60}…"),
        (errors.NotSent("e", "cannot connect to h: refused"), "e: cannot connect to h: refused"),
        (errors.JournalError("journal j: the disk is full"), "journal j: the disk is full"),
        (errors.ClientClosed("closed"), "closed"),
        (errors.SourceError("line 1: ana@example.com"), "SourceError"),
        (ValueError("ana@example.com"), "ValueError"),
    ],
)
def test_for_a_log_it_is_without_data(error: Exception, said: str) -> None:
    assert errors.without_data(error) == said


def test_the_class_of_a_cause_is_no_data() -> None:
    error = WoowUpError("KeyError: ana@example.com")
    error.__cause__ = KeyError("ana@example.com")
    assert errors.without_data(error) == "WoowUpError (KeyError)"
    error.__cause__ = OSError("ana@example.com")
    assert errors.without_data(error) == "WoowUpError (OSError)"


def test_an_answer_without_a_code_says_so() -> None:
    assert "answered 502 (no code)" in str(ApiError("users.find", 502, "", "Bad Gateway"))


def test_an_invalid_record_names_each_field() -> None:
    error = InvalidRecord([Reason("", "needs an identifier"), Reason("gender", "expected F or M")])
    assert str(error) == "needs an identifier; gender: expected F or M"
    assert error.report is None
