"""An empty success counts only from a host that has shown that it is the API."""

import pytest

from tests.support.fakes import reply
from woowup_async._transport.proof import HostProof
from woowup_async._wire.endpoint import Form
from woowup_async._wire.reply import reply_of
from woowup_async.ports import Response

MUTE = Response(200, {}, b"")


@pytest.mark.parametrize("form", [Form.STATUS])
def test_an_empty_success_of_an_unknown_host_does_not_count(form: Form) -> None:
    proof = HostProof()
    assert not proof.weighed(reply_of(MUTE, form), form).is_success
    assert not proof.is_given


@pytest.mark.parametrize(
    "first", [reply(), reply(400, "bad_request"), Response(503, {"x-rate-limit-limit": "70"}, b"")]
)
def test_an_envelope_or_rate_headers_prove_the_host(first: Response) -> None:
    proof = HostProof()
    proof.weighed(reply_of(first, Form.STATUS), Form.STATUS)
    assert proof.is_given
    assert proof.weighed(reply_of(MUTE, Form.STATUS), Form.STATUS).is_success


def test_a_web_page_proves_nothing() -> None:
    proof = HostProof()
    proof.weighed(reply_of(Response(200, {"content-type": "text/html"}, b"<html>"), Form.STATUS), Form.STATUS)
    assert not proof.is_given
