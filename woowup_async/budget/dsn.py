"""The address of a store or of a database, whose password is shown nowhere.

Room: budget. Pure.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from woowup_async._text import printable

_HIDDEN = "***"
#: Parts of the names of options whose values are secret: of redis-py, of libpq, of SQLAlchemy, and likely others.
_SECRETS = ("pass", "pwd", "secret", "token", "key", "odbc_connect")
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*://)(?P<rest>.*)", re.DOTALL)
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
#: Most characters of a driver's message that are shown (guessed).
_MESSAGE = 300


class Dsn:
    """An address that may have a password. Its repr, str and vars hide the password."""

    __slots__ = ("__url",)

    def __init__(self, url: str) -> None:
        self.__url = url

    def reveal(self) -> str:
        """Return the address itself."""
        return self.__url

    def explained(self, error: BaseException) -> str:
        """Return the message of an error about this address, without the password."""
        return self.hidden_in(str(error) or type(error).__name__)

    def hidden_in(self, text: str) -> str:
        """Return a text about this address, without the password."""
        for secret in sorted(_spellings(self.__url), key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return printable(text.strip(), _MESSAGE)

    def __reduce__(self) -> tuple[type[Dsn], tuple[str]]:
        return Dsn, (self.__url,)

    def __repr__(self) -> str:
        return masked(self.__url)


def masked(dsn: str) -> str:
    """Return an address with `***` in place of each password in it.

    The password is what follows the first colon of the part before the last `@`, even if it contains characters that
    should be escaped, and the value of each option whose name contains `pass`, `pwd`, `secret`, `token` or `key`. If it
    is not an address, all before the last `@` is hidden.
    """
    return "".join(_HIDDEN if is_secret else part for part, is_secret in _parts(dsn))


def has_password(dsn: str) -> bool:
    """Return whether an address contains a password."""
    return bool(_secrets(dsn))


def check_argument(dsn: str, variable: str = "env:WOOWUP_BUDGET_URL") -> None:
    """Refuse an address with a password on a command line or in a file of settings.

    Args:
        dsn: the address.
        variable: what the message proposes in place of the address: a variable of the environment, as `env:NAME`.

    Raises:
        ValueError: it has one. The message does not show it, and says to use `env:NAME`.

    """
    if has_password(dsn):
        raise ValueError(
            f"{printable(masked(dsn))} has a password, which others can see on a command line or in a file: put the "
            f"address into an environment variable, such as {variable.removeprefix('env:')}, and write {variable}"
        )


def check_escapes(dsn: str) -> None:
    """Refuse an address that programs read in different ways: part of its password could become the name of a host.

    Raises:
        ValueError: it contains a character that must be escaped. The message does not show the password.

    """
    found = _URL.fullmatch(dsn)
    user, at, _ = found["rest"].rpartition("@") if found else ("", "", "")
    if (at and any(sign in user for sign in "@/?#[]")) or _BAD_ESCAPE.search(dsn) or not dsn.isprintable():
        raise ValueError(
            f"{printable(masked(dsn))}: escape these characters of a user, a password or an option: @ is %40, / is "
            "%2F, ? is %3F, # is %23, [ is %5B, ] is %5D, % is %25"
        )


def _secrets(dsn: str) -> list[str]:
    return [part for part, is_secret in _parts(dsn) if is_secret and part]


def _spellings(dsn: str) -> set[str]:
    """Return each password as it is written and as it is meant."""
    secrets = _secrets(dsn) + [part for part, is_secret in _options(dsn.partition("?")[2]) if is_secret]
    return {*secrets, *map(unquote, secrets)} - {""}


def _parts(dsn: str) -> list[tuple[str, bool]]:
    """Cut an address into parts, each with whether it is secret. All parts together are the address."""
    found = _URL.fullmatch(dsn)
    if not found:
        before, at, rest = dsn.rpartition("@")
        text, question, query = rest.partition("?")
        return [(before, bool(at)), (at + text + question, False), *_options(query)]
    user, at, rest = found["rest"].rpartition("@")
    if "?" in user:  # the last @ may be in an option: the rest is hidden in any case
        name = re.split("[:?]", user, maxsplit=1)[0]
        hidden = found["rest"][len(name) + 1 :]
        return [(found["scheme"] + name + found["rest"][len(name)], False), (hidden, True)]
    name, colon, password = user.partition(":")
    before, question, query = rest.partition("?")
    head = [(found["scheme"] + name + colon, False), (password, bool(colon)), (at + before + question, False)]
    return head + _options(query)


def _options(query: str) -> list[tuple[str, bool]]:
    parts = []
    for option in re.split("([&;#])", query):
        key, equals, value = option.partition("=")
        is_secret = any(word in unquote(key).lower() for word in _SECRETS)
        parts += [(key + equals, False), (value, is_secret and bool(equals))]
    return parts
