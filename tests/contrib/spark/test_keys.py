"""An account's key comes from the environment of the executor, or from a resolver."""

import pytest

from woowup_async.contrib.spark.keys import KeyRing
from woowup_async.contrib.spark.options import plan_of


def resolved(account: str) -> str:
    return f"key of {account}" if account == "norte" else ""


def test_the_environment_has_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_KEY_LA_PLATA", "k1")
    monkeypatch.setenv("WOOWUP_API_KEY", "k0")

    assert KeyRing(plan_of({"accounts": "env:WOOWUP_KEY_{account}"})).key_of("la-plata") == "k1"
    assert KeyRing(plan_of({})).key_of("") == "k0"


def test_a_missing_key_is_named() -> None:
    keys = KeyRing(plan_of({"accounts": "env:WOOWUP_KEY_{account}"}))

    with pytest.raises(ValueError, match=r"WOOWUP_KEY_SUR with the key of account 'sur' is not set"):
        keys.key_of("sur")
    with pytest.raises(ValueError, match="rows without an account"):
        keys.key_of("")


def test_two_accounts_do_not_share_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K_A_B", "k")
    keys = KeyRing(plan_of({"accounts": "env:K_{account}"}))
    keys.key_of("a-b")

    with pytest.raises(ValueError, match="'a-b' and 'a b' have the same variable K_A_B"):
        keys.key_of("a b")


def test_a_resolver_returns_keys() -> None:
    keys = KeyRing(plan_of({"resolver": f"{__name__}:resolved"}))

    assert keys.key_of("norte") == "key of norte"
    with pytest.raises(ValueError, match="no key of account 'sur'"):
        keys.key_of("sur")


@pytest.mark.parametrize("name", ["no_such_module:f", f"{__name__}:missing", f"{__name__}:__name__"])
def test_a_wrong_resolver_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="the resolver .* cannot be"):
        KeyRing(plan_of({"resolver": name}))
