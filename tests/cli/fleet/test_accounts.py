"""The file of accounts, and how they are dealt out."""

from pathlib import Path

import msgspec
import pytest

from woowup_async.budget.dsn import Dsn
from woowup_async.cli.fleet.accounts import Account, dealt, journals_of, missing_keys, read_accounts, same_keys

SHOP = '[shop]\nkey_env = "K"\nusers = "u.csv"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "accounts.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_account_has_lists_of_files_and_a_journal(tmp_path: Path) -> None:
    shop, other = read_accounts(
        written(
            tmp_path, SHOP + '[other]\nkey-env = "L"\npurchases = ["a", "b"]\njournal = "o.j"\ndead-letters = "d"\n'
        )
    )
    assert (shop.name, shop.users, shop.journal) == ("shop", ["u.csv"], "shop.journal")
    assert (other.key_env, other.purchases, other.journal, other.dead_letters) == ("L", ["a", "b"], "o.j", "d")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "has no accounts"),
        ("x = [", "Invalid value"),
        ("key_env = 'K'\n", "[key_env] is not a table"),
        ("[shop]\nkey = 'secret'\n", "[shop]: a key is never in a file: give the name of its variable as key_env"),
        ("[shop]\napi-key = 'secret'\n", "[shop]: a key is never in a file"),
        ("[shop]\nkey_env = 'K'\npurchase = 'p'\n", "[shop]: purchase is not known; did you mean purchases?"),
        ("[shop]\nusers = 'u'\n", "[shop]: Object missing required field `key_env`"),
        ("[shop]\nkey_env = 'K'\nusers = 3\n", "[shop]: Expected `array`, got `int`"),
        ("[shop]\nkey_env = 'K'\n", "[shop] has nothing to send"),
        ("[shop]\nkey_env = 'K'\nusers = '-'\n", "[shop]: standard input is not a file of a fleet"),
        ("['a/b']\nkey_env = 'K'\nusers = 'u'\n", "[a/b]: its name cannot be a file's: give it a journal"),
        (SHOP + "[other]\nkey_env = 'K'\nusers = 'u'\n", "shop and other have the same key_env"),
        (SHOP + "[other]\nkey_env = 'L'\nusers = 'u'\njournal = './shop.journal'\n", "the same shop.journal"),
        (SHOP + "[other]\nkey_env = 'L'\nusers = 'u'\ndead_letters = 'shop.journal'\n", "the same shop.journal"),
        (SHOP + "journal = 'postgresql://me:secret@db/l'\n", "me:***@db/l has a password, which others can see on a"),
    ],
)
def test_a_wrong_file_is_refused_and_no_key_is_shown(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match="accounts|password") as caught:
        read_accounts(written(tmp_path, text))
    assert complaint in str(caught.value)
    assert "secret" not in str(caught.value)


def test_accounts_may_share_a_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_URL", "postgresql://me:secret@db/ledger")
    shared = "journal = 'env:LEDGER_URL'\n"
    accounts = read_accounts(written(tmp_path, SHOP + shared + "[other]\nkey_env = 'L'\nusers = 'u'\n" + shared))
    (journal,) = journals_of(accounts)
    assert isinstance(journal, Dsn)
    assert journals_of([account("a")]) == [Path("a.journal")]


def account(name: str) -> Account:
    return Account(name=name, key_env=f"KEY_{name}", journal=f"{name}.journal")


def test_variables_without_a_key_are_named() -> None:
    accounts = [account("a"), account("b"), account("c")]
    assert [*missing_keys(accounts, {"KEY_a": "k", "KEY_b": ""})] == ["KEY_b", "KEY_c"]


def test_two_variables_with_one_key_are_named() -> None:
    accounts = [account("a"), account("b"), account("c")]
    keys = {"KEY_a": "k", "KEY_b": "x", "KEY_c": "k"}
    assert same_keys(accounts, keys) == ("KEY_a", "KEY_c")
    assert same_keys(accounts, keys | {"KEY_c": "y"}) is None
    elsewhere = msgspec.structs.replace(accounts[2], base_url="http://127.0.0.1:1")
    assert same_keys([*accounts[:2], elsewhere], keys) is None  # of another server


def test_the_largest_accounts_go_to_different_workers() -> None:
    sizes = {"a": 5, "b": 1, "c": 4, "d": 2}
    hands = dealt([account(name) for name in "abcde"], sizes, 2)
    assert [[one.name for one in hand] for hand in hands] == [["a", "b", "e"], ["c", "d"]]
    assert dealt([account("a")], {}, 3) == [[account("a")]]
