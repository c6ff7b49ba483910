"""Base URLs that are refused before the key is sent anywhere."""

import pytest

from woowup_async._transport.urls import checked_url


@pytest.mark.parametrize(
    "url",
    [
        "https://api.woowup.com/apiv3/",
        "http://127.0.0.1:8/x",
        "http://localhost",
        "http://[::1]:9",
        "https://ñandú.example.com",
        "https://api.example.com.",
        "https://a_b.example.com",
    ],
)
def test_good_urls(url: str) -> None:
    assert checked_url(url, allow_http=False) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "", "api.woowup.com", "ftp://x", "http://api.woowup.com", "https://k@host/", "https://h/?apikey=1", "https://",
        "https://api..woowup.com/apiv3", "https://.woowup.com", f"https://{'a' * 64}.com", "https://\u2024.com",
        "https://api.woowup.com..", "https://h:99999/", "https://h:x/", "https://[::1/", "https://h/a b", "https://h\n/",
        "https://h/a\\b", "https://h/#", "https://h/?", "https://\ud800.com",
    ],
)  # fmt: skip
def test_bad_urls(url: str) -> None:
    with pytest.raises(ValueError, match="base URL|clear text"):
        checked_url(url, allow_http=False)


def test_credentials_in_a_url_are_not_repeated() -> None:
    for url in ("https://me:s3cret@host", "ftp://me:s3cret@host", "me:s3cret@host"):
        with pytest.raises(ValueError, match="must not have credentials") as excinfo:
            checked_url(url, allow_http=False)
        assert "s3cret" not in str(excinfo.value)


def test_http_must_be_allowed() -> None:
    assert checked_url("http://woowup.internal/", allow_http=True) == "http://woowup.internal"
