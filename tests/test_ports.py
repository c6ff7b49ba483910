"""Our own parts implement the ports, and the values of ports hide secrets and customer data."""

from woowup_async import ports
from woowup_async._transport.connections import Connections
from woowup_async._transport.http import AiohttpTransport
from woowup_async.ports import Request, State, TakesTurns


def test_a_request_shows_neither_key_nor_body() -> None:
    request = Request(
        "users.create", "POST", "http://h/users", {"Authorization": "Basic s3cret"}, (), b'{"email": "a"}'
    )
    assert repr(request) == "Request('users.create', 'POST', 'http://h/users')"


def test_our_own_parts_have_what_the_ports_ask_for() -> None:
    for port, part in ((ports.Transport, AiohttpTransport),):
        assert {name for name in vars(port) if not name.startswith("_")} <= set(dir(part))
    assert not issubclass(AiohttpTransport, TakesTurns)  # the pool adds turns to any transport
    assert hasattr(Connections, "transport")


def test_states_are_what_a_journal_writes() -> None:
    assert {str(state) for state in State} == {"in_flight", "accepted", "rejected", "released", "in_doubt"}
