"""Where a journal is, and what is refused without showing a password."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from woowup_async import WoowUp
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ledger.address import address_of, check_driver, file_of, path_of, place_of
from woowup_async.budget.dsn import Dsn
from woowup_async.errors import JournalError

URL = "postgresql://shop:geheim@db/ledger"


def test_an_address_is_one_of_postgresql_or_a_variable_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_URL", f" {URL} ")
    monkeypatch.setenv("JOURNAL", "shop.journal")
    for given in (URL, URL.replace("postgresql", "POSTGRES"), "env:LEDGER_URL", Dsn(URL)):
        found = address_of(given)
        assert found is not None
        assert found.reveal().lower().endswith("://shop:geheim@db/ledger")
        assert "geheim" not in f"{found!r}{found}"
    for other in (None, "shop.journal", Path("shop.journal"), "env:JOURNAL", object()):
        assert address_of(other) is None
    assert path_of("env:JOURNAL") == Path("shop.journal")
    assert place_of("env:JOURNAL") == Path("shop.journal")
    assert isinstance(place_of("env:LEDGER_URL"), Dsn)


@pytest.mark.parametrize("given", ["env:NOT_SET", "postgresql://shop:ge/heim@db/ledger", "postgresql://a:b%zz@db/x"])
def test_what_cannot_be_read(given: str) -> None:
    with pytest.raises(JournalError) as caught:
        address_of(given)
    assert "heim" not in str(caught.value)


def test_a_password_on_the_command_line_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shop:\*\*\*@db/ledger has a password.* write env:WOOWUP_JOURNAL_URL"):
        place_of(URL)
    assert isinstance(place_of("postgresql://shop@db/ledger"), Dsn)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(JournalError, match=r"needs an extra: pip install 'woowup_async\[postgres\]'"):
        check_driver(Dsn(URL))


def test_what_the_driver_cannot_read() -> None:
    with pytest.raises(JournalError, match="nonsense") as caught:
        check_driver(Dsn(f"{URL}?nonsense=1"))
    assert "geheim" not in str(caught.value)


def test_a_key_cannot_be_renewed_in_a_shared_ledger() -> None:
    with pytest.raises(JournalError, match="a new key begins a new account"):
        WoowUp("k").adopt_journal(URL)
    assert file_of("shop.journal") == Path("shop.journal")


def test_an_outbox_is_a_file() -> None:
    with pytest.raises(ValueError, match="an outbox is a file"):
        Inputs(outbox=URL)
