"""Whether and how a known record is sent: each case of the table."""

import pytest

from woowup_async._flow import Entity, Route, digest_of
from woowup_async._ingest.rules.history import known_outcome, route_of
from woowup_async._wire.identity import identifiers_of
from woowup_async.models import User
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.policies import IngestPolicy
from woowup_async.ports import Entry, State

A, B = digest_of(b"a"), digest_of(b"b")
NO = Rejected("server", "bad_request")
PLAIN, ALL = IngestPolicy(), IngestPolicy(delta=False)
KEEP, UPDATE = IngestPolicy(on_duplicate="keep"), IngestPolicy(on_duplicate="update")
REPORT, LOOK = IngestPolicy(doubt="report"), IngestPolicy(doubt="read_back")


@pytest.mark.parametrize(
    ("entry", "policy", "outcome"),
    [
        (Entry(State.ACCEPTED, A, A, Accepted("queued")), PLAIN, Accepted("unchanged")),
        (Entry(State.ACCEPTED, A, A, Accepted("queued")), ALL, None),
        (Entry(State.ACCEPTED, A, A, Accepted("queued"), is_this_run=True), ALL, Accepted("unchanged")),
        (Entry(State.ACCEPTED, B, B, Accepted("queued")), PLAIN, None),
        (Entry(State.ACCEPTED, A, A, Accepted("present")), KEEP, Accepted("unchanged")),
        (Entry(State.ACCEPTED, A, A, Accepted("present")), UPDATE, None),
        (Entry(State.ACCEPTED, A, A, Accepted("updated")), UPDATE, Accepted("unchanged")),
        (Entry(State.REJECTED, A, None, NO), PLAIN, None),
        (Entry(State.REJECTED, A, None, NO, is_this_run=True), PLAIN, NO),
        (Entry(State.REJECTED, B, None, NO, is_this_run=True), PLAIN, None),
        (Entry(State.RELEASED, A, None, Released("x"), is_this_run=True), PLAIN, None),
        (Entry(State.IN_DOUBT, A, None, InDoubt("x")), PLAIN, None),
        (Entry(State.IN_DOUBT, A, None, InDoubt("x")), REPORT, InDoubt("x")),
        (Entry(State.IN_FLIGHT, A), PLAIN, None),
        (Entry(State.IN_FLIGHT, A, A), PLAIN, None),
    ],
)
def test_records_that_need_no_request(entry: Entry, policy: IngestPolicy, outcome: Outcome | None) -> None:
    assert known_outcome(entry, A, policy) == outcome


def test_a_record_that_was_in_flight_is_in_doubt() -> None:
    assert isinstance(known_outcome(Entry(State.IN_FLIGHT, A), A, REPORT), InDoubt)


@pytest.mark.parametrize(
    ("entry", "policy", "route"),
    [
        (Entry(State.ACCEPTED, B, B), PLAIN, Route.REPLACE),
        (Entry(State.ACCEPTED, A, A), ALL, Route.PLAIN),
        (Entry(State.IN_FLIGHT, A, B), PLAIN, Route.REPLACE),
        (Entry(State.IN_FLIGHT, B, A), PLAIN, Route.REPLACE),
        (Entry(State.REJECTED, A, B), PLAIN, Route.REPLACE),
        (Entry(State.RELEASED, A), PLAIN, Route.PLAIN),
        (Entry(State.REJECTED, B), PLAIN, Route.PLAIN),
        (Entry(State.IN_FLIGHT, A), PLAIN, Route.PLAIN),
        (Entry(State.IN_DOUBT, B), PLAIN, Route.OVERWRITE),
        (Entry(State.IN_FLIGHT, A), LOOK, Route.READ_BACK),
    ],
)
def test_the_route_of_a_known_purchase(entry: Entry, policy: IngestPolicy, route: Route) -> None:
    assert route_of(Entity.PURCHASE, entry, A, policy) is route


def test_a_known_user_is_updated_first() -> None:
    assert route_of(Entity.USER, Entry(State.ACCEPTED, B, B), A, PLAIN) is Route.REPLACE
    assert route_of(Entity.USER, Entry(State.REJECTED, B), A, PLAIN) is Route.PLAIN


QUEUED_OPEN = Entry(State.ACCEPTED, A, A, Accepted("unconfirmed"))
ORPHAN = Entry(State.REJECTED, A, None, Rejected("client", "user_not_found"), is_this_run=True)


def test_an_unconfirmed_purchase_is_never_unchanged() -> None:
    assert known_outcome(QUEUED_OPEN, A, PLAIN, is_confirmed=False) == Accepted("unconfirmed")
    assert known_outcome(QUEUED_OPEN, A, PLAIN, is_confirmed=True) is None
    assert known_outcome(QUEUED_OPEN, A, IngestPolicy(unknown_users="ask"), is_confirmed=False) is None
    assert known_outcome(QUEUED_OPEN, B, PLAIN, is_confirmed=False) is None
    assert route_of(Entity.PURCHASE, QUEUED_OPEN, A, PLAIN) is Route.PLAIN
    assert route_of(Entity.PURCHASE, QUEUED_OPEN, B, PLAIN) is Route.REPLACE


def test_a_purchase_whose_customer_came_is_sent_again() -> None:
    assert known_outcome(ORPHAN, A, PLAIN, is_confirmed=False) == ORPHAN.outcome
    assert known_outcome(ORPHAN, A, PLAIN, is_confirmed=True) is None


@pytest.mark.parametrize("doubt", [A, B, b""])
@pytest.mark.parametrize("state", [State.ACCEPTED, State.REJECTED, State.RELEASED, State.IN_DOUBT])
def test_a_record_in_doubt_never_counts_as_known(state: State, doubt: bytes) -> None:
    for accepted in (None, A, B):
        entry = Entry(state, A, accepted, is_this_run=True, doubt=doubt)
        assert known_outcome(entry, A, PLAIN) is None
        route = route_of(Entity.PURCHASE, entry, A, PLAIN)
        assert route is not Route.PLAIN or (doubt == A and accepted in (None, A))


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b'{"document":"1","email":"a"}', ("email:a", "document:1")),
        ({"document": 1, "email": None}, ("document:1",)),
        (User(document="1"), ("document:1",)),
        (b"{broken", ()),
        ("text", ()),
        ({"document": ["1"]}, ()),
    ],
)
def test_the_identifiers_of_a_record(raw: object, found: tuple[str, ...]) -> None:
    assert identifiers_of(raw) == found
