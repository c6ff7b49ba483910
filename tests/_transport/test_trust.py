"""Certificates of one's own authority: trusted if they are given, besides those of the system."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.support.certificates import certificates
from tests.support.proxy import secured
from woowup_async import RetryPolicy, SessionPool, errors
from woowup_async._transport.trust import context_with
from woowup_async.testing import Simulator


async def test_an_authority_is_trusted_only_if_it_is_given(tmp_path: Path) -> None:
    made = certificates(tmp_path)
    async with Simulator() as simulator, secured(simulator.url, made.server) as url:
        async with SessionPool(ca_file=made.authority) as pool:
            assert not await pool.account(simulator.api_key, base_url=url).users.exists(email="a@b.co")
        async with SessionPool() as pool:
            woowup = pool.account(simulator.api_key, base_url=url, retry=RetryPolicy(attempts=1))
            with pytest.raises(errors.NotSent, match="no trusted TLS connection to 127.0.0.1:.*: .*certificate"):
                await woowup.users.exists(email="a@b.co")
        assert simulator.requests == 1


def test_the_certificates_of_the_system_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL takes the file of the system's certificates from `SSL_CERT_FILE`."""
    (tmp_path / "system").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates(tmp_path / "system").authority))
    system = context_with(None)
    more = context_with(certificates(tmp_path).authority)
    assert more.verify_mode is ssl.CERT_REQUIRED
    assert more.check_hostname
    assert [len(context.get_ca_certs()) for context in (system, more)] == [1, 2]


@pytest.mark.parametrize(("text", "said"), [(None, "No such file"), ("", "no certificates"), ("x", "no certificates")])
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=said) as excinfo:
        SessionPool(ca_file=path)
    assert str(path) in str(excinfo.value)


def test_a_context_and_a_file_are_not_combined(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not both"):
        SessionPool(ssl=ssl.create_default_context(), ca_file=tmp_path)
