"""What a failure means for the records of a request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.items import item
from woowup_async import errors
from woowup_async._ingest.rules.unsettled import Unsettled
from woowup_async._ingest.rules.user_route import UserRoute
from woowup_async._ingest.rules.verdicts import Next, after_bulk, after_single, names_size, stops_run
from woowup_async._transport.trail import Trail
from woowup_async.errors import Failure, Reason
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released

E = "purchases.create_bulk"
REFUSED = errors.BadRequest(E, 400, "bad_request", "bad request", (Reason("", "sku"),))
HTML = errors.UnexpectedReply(E, 200, "", "not the API's JSON")


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (errors.NotSent(E, "cannot connect"), Released(f"{E}: cannot connect")),
        (errors.Throttled(E, 429, "too_many_request", ""), Released("every attempt was refused by the rate limit")),
        (errors.ReplyLost(E, "broke"), InDoubt(f"{E}: broke")),
        (errors.ServerError(E, 502, "", ""), InDoubt(f"{E} answered 502 (no code): no message")),
        (errors.TransportError(E, "odd"), InDoubt(f"{E}: odd")),
        (errors.BadRequest(E, 400, "duplicated_purchase_number", ""), Accepted("present")),
        (REFUSED, Rejected("server", "bad_request", (Reason("", "sku"),))),
        (errors.BadRequest(E, 413, "", ""), Rejected("server", "status_413", ())),
        (HTML, InDoubt(f"{E} answered 200 (no code): not the API's JSON")),
        (errors.NotFound(E, 404, "", ""), InDoubt(f"{E} answered 404 (no code): no message")),
        (errors.NotFound(E, 404, "user_not_found", ""), Rejected("server", "user_not_found", ())),
    ],
)
def test_single(failure: Failure, outcome: object) -> None:
    assert after_single(failure) == outcome


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        ("bad_request", Reason("", "too many purchases"), True),
        ("bad_request", Reason("", "expected at most 500 items"), True),
        ("bad_request", Reason("", "maximum is 1000 elements"), True),
        ("bad_request", Reason("", "the request exceeds 512 KB"), True),
        ("bad_request", Reason("", "body size"), True),
        ("too_many_items", Reason("", "sku"), True),
        ("bad_request", Reason("", "description is too long, at most 50 characters"), False),
        ("bad_request", Reason("description", "too large"), False),
        ("bad_request", Reason("", "bad request"), False),
    ],
)
def test_refusals_that_name_a_size(code: str, reason: Reason, expected: bool) -> None:
    """A reason that has a path is about a field."""
    assert names_size(errors.BadRequest(E, 400, code, "bad request", (reason,))) == expected
    assert reason.path or names_size(errors.BadRequest(E, 400, code, reason.message)) == expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (REFUSED, Next.SPLIT),
        (errors.NotFound(E, 404, "user_not_found", ""), Next.SPLIT),
        (errors.BadRequest(E, 413, "payload_too_large", ""), Next.SMALLER),
        (HTML, Next.SINGLES),
        (errors.ReplyLost(E, "x"), Next.APART),
        (errors.ServerError(E, 500, "internal_error", ""), Next.APART),
        (errors.NotFound(E, 404, "", ""), Next.SINGLES),
        (errors.BadRequest(E, 405, "method_not_allowed", ""), Next.SINGLES),
        (errors.NotSent(E, "x"), Released(f"{E}: x")),
        (errors.UnexpectedReply(E, 403, "", "x"), InDoubt(f"{E} answered 403 (no code): x")),
    ],
)
def test_bulk(failure: Failure, expected: object) -> None:
    assert after_bulk(failure, has_worked=False) == expected


@pytest.mark.parametrize(
    ("failure", "early", "late"),
    [
        (errors.Forbidden(E, 403, "forbidden", ""), True, True),
        (errors.AccountGone(E, 410, "account_deleted", ""), True, True),
        (errors.NotSent(E, "x"), True, False),
        (HTML, True, False),
        (REFUSED, False, False),
        (errors.ServerError(E, 502, "", ""), False, False),
    ],
)
def test_what_stops_a_run(failure: Failure, early: bool, late: bool) -> None:
    assert stops_run(failure, has_answer=False) == early
    assert stops_run(failure, has_answer=True) == late


def test_after_bulk_worked_a_page_is_searched_like_a_5xx() -> None:
    """A firewall may give this answer because of one of the purchases."""
    assert after_bulk(HTML, has_worked=True) is Next.APART


@given(st.lists(st.booleans(), min_size=40, max_size=200))
@pytest.mark.untraced
def test_the_route_costs_about_one_request_per_user_if_all_are_alike(existed: list[bool]) -> None:
    for kind in (True, False):
        route, wrong = UserRoute(), 0
        for _ in existed:
            wrong += route.creates_first == kind
            route.learn(existed=kind)
        assert wrong <= 6
    route = UserRoute()
    for each in existed:
        route.learn(existed=each)
    assert isinstance(route.creates_first, bool)


class TestBooks:
    def test_a_key_can_be_opened_again(self) -> None:
        books, one, lost = Unsettled(), item(1, 1), Trail()
        lost.leaves()
        lost.lost()
        books.open(one)
        books.send((one,), lost)
        books.close((one,))
        books.open(one)
        assert [outcome for *_, outcome in books.leftovers("stopped")] == [Released("stopped")]

    def test_an_identical_item_shares_the_outcome_and_a_changed_one_waits(self) -> None:
        books, one, same = Unsettled(), item(1, 1), item(1, 1)
        other = item(2, 1)
        assert not books.join(one)
        books.open(one)
        assert books.join(same)
        assert not books.join(other)
        assert books.leave((one,)) == [(one, [same])]
        books.close((one,))
        books.open(one)
        assert books.join(same)
        assert [each for _, each, _ in books.leftovers("stopped")] == [one, same]
        assert len(books) == 0

    def test_an_open_item_is_closed_once(self) -> None:
        books, one = Unsettled(), item(1, 1)
        books.open_user(one, one.customers)
        assert books.holds(one)
        assert len(books) == 1
        books.close((one,))
        assert not books.holds(one)
        with pytest.raises(KeyError):
            books.close((one,))

    def test_outcomes_at_an_early_end(self) -> None:
        books, waiting, sent, answered = Unsettled(), item(1, 1), item(1, 2), item(1, 3)
        for each in (waiting, sent, answered):
            books.open(each)
        lost, settled = Trail(), Trail()
        lost.leaves()
        settled.leaves()
        settled.settled()
        books.send((sent,), lost)
        books.send((answered,), settled)
        owed = {item.key: outcome for _, item, outcome in books.leftovers("stopped")}
        assert owed == {"1": Released("stopped"), "2": InDoubt("stopped"), "3": Released("stopped")}
