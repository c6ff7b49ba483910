"""The password of an address is shown nowhere."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.budget import masked
from woowup_async.budget.dsn import Dsn, check_argument, check_escapes, has_password

SHOWN = [
    ("redis://host:6379/0", "redis://host:6379/0"),
    ("redis://ana@host/0", "redis://ana@host/0"),
    ("redis://ana:secret@host/0", "redis://ana:***@host/0"),
    ("redis://:secret@host/0", "redis://:***@host/0"),
    ("redis://ana:sec/ret@host/0", "redis://ana:***@host/0"),
    ("redis://ana:sec@ret@host/0", "redis://ana:***@host/0"),
    ("redis://ana:sec?ret@host/0", "redis://ana:***"),
    ("redis://host/0?password=sec@ret", "redis://host/0?***"),
    ("redis://host/0?db=1&password=secret&x=1", "redis://host/0?db=1&password=***&x=1"),
    ("redis://host/0?ssl_password=secret", "redis://host/0?ssl_password=***"),
    ("unix://ana:secret@/run/redis.sock?db=0", "unix://ana:***@/run/redis.sock?db=0"),
    ("unix:///run/redis.sock?db=0", "unix:///run/redis.sock?db=0"),
    ("postgresql://a,b:1/x?sslpassword=secret", "postgresql://a,b:1/x?sslpassword=***"),
    ("postgresql://a/x?%70assword=secret", "postgresql://a/x?%70assword=***"),
    ("postgresql://a/x?PassWord=secret#secret", "postgresql://a/x?PassWord=***#secret"),
    ("mysql://ana:secret@host/0", "mysql://ana:***@host/0"),
    ("mssql+pyodbc:///?odbc_connect=PWD%3Dsecret", "mssql+pyodbc:///?odbc_connect=***"),
    ("postgresql://host/x?api_key=secret", "postgresql://host/x?api_key=***"),
    ("redis:/ana:secret@host", "***@host"),
    ("ana:secret@host/0?password=secret", "***@host/0?password=***"),
    ("host", "host"),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("dsn", "shown"), SHOWN)
def test_masked(dsn: str, shown: str) -> None:
    assert masked(dsn) == shown
    assert str(Dsn(dsn)) == repr(Dsn(dsn)) == shown
    assert has_password(dsn) is (dsn != shown)


@given(st.text(alphabet="se:/@?#[]%&=;é ", min_size=1, max_size=8), st.sampled_from(["ana", ""]))
def test_no_password_of_any_characters_is_shown(password: str, user: str) -> None:
    shown = masked(f"redis://{user}:<{password}>@host:6379/0")

    assert "<" not in shown
    assert ">" not in shown


def test_the_url_is_in_no_attribute() -> None:
    dsn = Dsn("redis://:secret@host")

    assert not hasattr(dsn, "__dict__")
    assert dsn.reveal() == "redis://:secret@host"
    assert pickle.loads(pickle.dumps(dsn)).reveal() == dsn.reveal()


@pytest.mark.parametrize("text", ["wrong: ge:he", "wrong: ge%3Ahe", "wrong: {'password': 'ge:he'}"])
def test_an_error_of_a_driver_shows_no_password_in_any_spelling(text: str) -> None:
    shown = Dsn("redis://:ge%3Ahe@host").explained(ValueError(text))

    assert shown.startswith("wrong: ")
    assert "***" in shown
    assert "he" not in shown


def test_an_error_without_a_text_has_its_name_and_a_long_one_is_cut() -> None:
    assert Dsn("redis://host").explained(ConnectionResetError()) == "ConnectionResetError"
    assert len(Dsn("redis://host").explained(ValueError("x\n" * 1_000))) == 301
    assert Dsn("redis://h?password=a@b").explained(ValueError("a@b")) == "***"


def test_a_message_with_the_whole_address_shows_no_password() -> None:
    url = "postgresql://ana:se%40cret@host/db?sslpassword=hush"
    text = "no access for ana with se@cret (se%40cret), key hush, at " + url
    shown = "no access for ana with *** (***), key ***, at postgresql://ana:***@host/db?sslpassword=***"

    assert Dsn(url).hidden_in(text) == shown


def test_a_password_in_an_argument_is_refused() -> None:
    with pytest.raises(ValueError, match=r"redis://:\*\*\*@host has a password.+env:WOOWUP_BUDGET_URL"):
        check_argument("redis://:secret@host")
    for dsn in ("redis://ana@host", "host", "env:NAME", "unix:///run/redis.sock"):
        check_argument(dsn)


@pytest.mark.parametrize(
    "dsn", ["redis://:a@b@h", "redis://:a/b@h", "redis://:a?b@h", "redis://:a#b@h", "redis://:a[b@h", "redis://:a%zz@h",
            "redis://:a%@h", "redis://h/0?x=a@b", "redis://:a\n@h"],
)  # fmt: skip
def test_an_address_that_is_read_in_two_ways_is_refused(dsn: str) -> None:
    with pytest.raises(ValueError, match="escape these characters") as caught:
        check_escapes(dsn)
    assert ":a" not in str(caught.value)


def test_escaped_characters_are_fine() -> None:
    for dsn in ("redis://ana:a%40%2F%3Ab@host/0?x=1", "unix:///run/a.sock", "host", "redis://[::1]:6379/0"):
        check_escapes(dsn)
