"""The rules for customers: which are known, which are asked for, and the outcome of their purchases."""

import logging

import pytest

from woowup_async._flow import Item, Position, Record
from woowup_async._ingest.customers import Customers, Standing, missing_outcome, together
from woowup_async._ingest.rules.people import People, aliases_of
from woowup_async._ingest.rules.seen_purchases import Recent
from woowup_async.errors import Reason
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.policies import IngestPolicy
from woowup_async.ports import Known

ANA, EVA = ("email:ana@b.co",), ("service_uid:7", "email:eva@b.co")
X, Y = b"x" * 16, b"y" * 16
CREATED, NO = Accepted("created"), Rejected("server", "bad_request")


def customers(mode: str = "auto", *, is_lasting: bool = False) -> Customers:
    policy = IngestPolicy(unknown_users=mode)  # type: ignore[arg-type]
    return Customers(policy, Known(), People(Recent()), is_lasting=is_lasting)


def purchase(number: int, *identifiers: str) -> Item:
    return Item(Record(Position("p", number), b""), str(number), b"{}", X, (), identifiers)


class TestStanding:
    def test_a_customer_is_known_by_any_identifier_but_not_by_another_letter_case(self) -> None:
        known = customers()
        known.note_user(EVA, CREATED, X)
        assert known.standing(("email:eva@b.co",)) is Standing.KNOWN
        assert known.standing(("service_uid:7", "email:other@b.co")) is Standing.KNOWN
        assert known.standing(("email:Eva@b.co",)) is Standing.UNKNOWN
        assert known.standing(ANA) is Standing.UNKNOWN

    @pytest.mark.parametrize("outcome", [NO, Released("x"), InDoubt("x"), Rejected("client", "invalid")])
    def test_a_customer_that_was_not_accepted_is_troubled_until_accepted(self, outcome: Outcome) -> None:
        known = customers()
        known.note_user(EVA, outcome, X)
        assert known.standing(("email:eva@b.co",)) is Standing.TROUBLED
        assert known.trouble_of(("email:eva@b.co",)) == outcome
        known.note_user(EVA, CREATED, X)
        assert known.standing(("email:eva@b.co",)) is Standing.KNOWN

    def test_an_answer_shows_whether_the_customer_exists(self) -> None:
        known = customers()
        known.miss(ANA)
        assert known.standing(ANA) is Standing.MISSING
        known.note_user(ANA, CREATED, X)
        assert known.standing(ANA) is Standing.KNOWN
        known.note_user(EVA, NO, X)
        known.confirm(EVA)
        assert known.standing(EVA) is Standing.KNOWN
        assert known.standing(("email:eva@b.co",)) is Standing.TROUBLED  # the answer was about both together

    def test_reasons_are_bounded_but_membership_is_not(self) -> None:
        known, rejected = customers(), Rejected("server", "bad_request", (Reason("", "poison"),))
        for number in range(10_500):
            known.note_user((f"document:{number}",), rejected, X)
        assert known.trouble_of(("document:1",)) == rejected
        last = known.trouble_of(("document:10499",))
        assert isinstance(last, Rejected)
        assert last.reasons == ()

    def test_without_users_no_customer_is_asked_for(self) -> None:
        for mode, matters in (("auto", False), ("trust", False), ("ask", True)):
            known = customers(mode)
            assert known.matter is matters
            assert known.may_ask() is matters
            known.note_user(ANA, CREATED, X)
            assert known.matter


class TestAsking:
    @pytest.mark.slow
    def test_auto_asks_for_a_thousand_or_a_twentieth_then_warns_once(self, caplog: pytest.LogCaptureFixture) -> None:
        known = customers()
        for number in range(40_000):
            known.note_user((f"document:{number}",), CREATED, X)
        with caplog.at_level(logging.WARNING):
            assert sum(known.may_ask() for _ in range(5_000)) == 2_000
        (record,) = caplog.records
        assert "more than 2000 customers" in record.getMessage()
        assert "--unknown-users ask" in record.getMessage()
        few = customers()
        few.note_user(ANA, CREATED, X)
        assert sum(few.may_ask() for _ in range(5_000)) == 1_000

    def test_ask_asks_for_all_and_trust_for_none(self) -> None:
        always, never = customers("ask"), customers("trust")
        for each in (always, never):
            each.note_user(ANA, CREATED, X)
        assert sum(always.may_ask() for _ in range(5_000)) == 5_000
        assert not any(never.may_ask() for _ in range(10))

    def test_a_run_without_end_and_without_a_journal_asks_for_none(self) -> None:
        known = customers(is_lasting=True)
        known.note_user(ANA, CREATED, X)
        assert not known.may_ask()
        known.miss(EVA)
        known.expect(EVA)
        assert not known.is_missing(EVA)

    def test_a_missing_customer_is_a_reason(self) -> None:
        said = (Reason("", "user not found"),)
        assert missing_outcome(None, said) == Rejected("server", "user_not_found", said)
        outcome = missing_outcome(None)
        assert isinstance(outcome, Rejected)
        assert "not among the users" in str(outcome.reasons)
        refused = missing_outcome(Rejected("client", "invalid", (Reason("gender", "expected F"),)))
        assert "its user was rejected (invalid): gender: expected F" in str(refused)
        assert missing_outcome(InDoubt("x")) == Released("user_not_found: its user is in doubt")


class TestVersions:
    def test_the_last_one_under_each_identifier_counts(self) -> None:
        known = customers()
        known.note_user(EVA, CREATED, X)
        assert known.is_last_version(EVA, X)
        known.note_user(("email:eva@b.co",), CREATED, Y)
        assert not known.is_last_version(EVA, X)
        assert known.is_last_version(("email:eva@b.co",), Y)

    def test_letter_case_may_be_the_same_customer(self) -> None:
        known = customers()
        known.note_user(("email:ana@b.co",), CREATED, X)
        known.note_user(("email:Ana@b.co",), CREATED, Y)
        assert not known.is_last_version(("email:ana@b.co",), X)
        assert known.is_last_version(("email:Ana@b.co",), Y)
        assert aliases_of(("email:Ana@b.co", "document:A")) == ("email:ana@b.co",)

    def test_doubt_makes_the_version_unknown(self) -> None:
        known = customers()
        known.note_user(ANA, CREATED, X)
        known.note_user(ANA, InDoubt("lost"), Y)
        assert not known.is_last_version(ANA, X)
        assert not known.is_last_version(ANA, Y)

    def test_a_refused_version_changes_nothing(self) -> None:
        known = customers()
        known.note_user(ANA, CREATED, X)
        known.note_user(ANA, NO, Y)
        assert known.is_last_version(ANA, X)


def test_a_customer_with_several_identifiers_has_one_name() -> None:
    assert together(ANA) == "email:ana@b.co"
    assert together(EVA) != together(EVA[::-1])
