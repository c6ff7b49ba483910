"""The name of an account shows nothing of its key, and what may be stored is checked."""

import re

import pytest

from woowup_async.budget import MAX_BLOB_BYTES, account_name
from woowup_async.budget.account import check_account, check_blob

URL = "https://api.woowup.com/apiv3"


def test_it_never_changes() -> None:
    # two versions of this library side by side must share one budget
    assert account_name("key", URL, 30.0) == "6a76ff761451202fc76b2aef9e5e3048"


def test_it_is_a_valid_name_without_the_key() -> None:
    name = account_name("abcdef0123456789", URL, 30.0)

    assert re.fullmatch("[0-9a-f]{32}", name)
    assert "abcdef" not in name
    check_account(name)


@pytest.mark.parametrize(
    "same",
    [
        "https://api.woowup.com/apiv3/", "HTTPS://API.woowup.com/apiv3", "https://api.woowup.com:443/apiv3",
        "https://api.woowup.com./apiv3", " https://api.woowup.com/apiv3",
    ],
)  # fmt: skip
def test_spellings_of_one_url_are_one_account(same: str) -> None:
    assert account_name("key", same, 30) == account_name("key", URL, 30.0)


def test_each_difference_is_another_account() -> None:
    names = {
        account_name("key", URL, 30.0), account_name("keys", URL, 30.0), account_name("key", URL, 30.5),
        account_name("key", "https://api.woowup.com/apiv4", 30), account_name("key", "http://api.woowup.com/apiv3", 30),
        account_name("key", "https://api.woowup.com:444/apiv3", 30.0), account_name("key", "https://[::1]/apiv3", 30.0),
    }  # fmt: skip
    assert len(names) == 7


@pytest.mark.parametrize("url", ["", "api.woowup.com", "https://:secret@", "https://host:secret", "https://[secret"])
def test_a_text_that_is_no_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match="cannot be read") as caught:
        account_name("key", url, 30.0)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a" * 65, "a/b", "../x", "a b", "a\n", "ä", "٣", "a}b", "a\0"])
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 64 ASCII letters and digits"):
        check_account(name)


def test_a_blob_has_a_largest_size() -> None:
    check_blob(bytes(MAX_BLOB_BYTES))
    with pytest.raises(ValueError, match="at most 262,144 bytes, got 262,145"):
        check_blob(bytes(MAX_BLOB_BYTES + 1))
