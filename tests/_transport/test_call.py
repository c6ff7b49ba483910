"""What to ask of the API, before it is an HTTP request."""

from woowup_async._transport.call import PROBE, Call
from woowup_async._wire.endpoint import Replay


def test_a_call_shows_its_operation_and_nobodys_data() -> None:
    assert repr(Call(PROBE.endpoint, (("email", "ana@example.com"),), b"{}")) == "Call('probe')"


def test_the_probe_reads_and_finds_nobody() -> None:
    assert (PROBE.endpoint.method, PROBE.endpoint.replay, PROBE.body) == ("GET", Replay.SAFE, None)
    assert dict(PROBE.params)["service_uid"].startswith("woowup_async")
