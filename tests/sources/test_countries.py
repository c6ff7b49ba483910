"""Countries from codes and names."""

from __future__ import annotations

import sys

import pytest

from tests.support.mapped import load
from woowup_async.errors import SourceError
from woowup_async.sources import countries


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("AR", "ARG"), ("arg", "ARG"), ("Brasil", "BRA"), ("Brazil", "BRA"), ("México", "MEX"), ("mexico", "MEX"),
        ("Estados Unidos", "USA"), ("EE.UU.", "USA"), ("United States", "USA"), ("Países Baixos", "NLD"),
        ("España", "ESP"), ("Espanha", "ESP"), ("Reino Unido", "GBR"), ("Perú", "PER"), ("Uruguay", "URY"),
        ("Bolivia", "BOL"), ("Venezuela", "VEN"), ("República Dominicana", "DOM"), ("Alemanha", "DEU"),
        ("United States (US)", "USA"), ("United Kingdom (UK)", "GBR"), ("Rep. Dominicana", "DOM"),
    ],
)  # fmt: skip
def test_codes_and_names(text: str, code: str) -> None:
    assert countries.iso3(text) == code


@pytest.mark.parametrize("text", ["Narnia", "ZZ", "-", "Argentinaa", "Narnia (AR)"])
def test_an_unknown_country_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        countries.iso3(text)


def test_every_code_gives_its_country() -> None:
    import pycountry

    wrong = [each.alpha_3 for each in pycountry.countries
             if {countries.iso3(each.alpha_2), countries.iso3(each.alpha_3)} != {each.alpha_3}]  # fmt: skip
    assert wrong == []


def test_without_the_extra_the_mapping_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycountry", None)
    countries.names.cache_clear()
    text = '[user]\nkey = ["P"]\n[user.fields]\ncountry = { column = "P", as = "country" }\n'
    with pytest.raises(SourceError, match=r"m\.toml: as = \"country\" needs an extra: pip install"):
        load(text)
