"""Calls of the API before they become HTTP requests."""

from woowup_async._transport.call import PROBE, Call
from woowup_async._wire.endpoint import Replay


def test_a_call_shows_its_operation_and_no_customer_data() -> None:
    assert repr(Call(PROBE.endpoint, (("email", "ana@example.com"),), b"{}")) == "Call('probe')"


def test_the_probe_reads_and_finds_no_customer() -> None:
    assert (PROBE.endpoint.method, PROBE.endpoint.replay, PROBE.body) == ("GET", Replay.SAFE, None)
    assert dict(PROBE.params)["service_uid"].startswith("woowup_async")
