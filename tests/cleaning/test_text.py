"""Names, genders, streets, postcodes and tags."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cleaning import check, check_again
from woowup_async.cleaning import Cleaned, gender, name, place, postcode, street, tags
from woowup_async.cleaning._cleaned import visible


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (gender, " Femenino", "f"),
        (gender, "M", "m"),
        (gender, "otro", None),
        (gender, "", None),
        (name, "MARÍA  DE LOS ÁNGELES", "María de los Ángeles"),
        (name, "o'higgins-álvarez", "O'Higgins-Álvarez"),
        (name, "McDonald", "McDonald"),
        (name, "PAZ II", "Paz II"),
        (name, "xi jinping iv", "Xi Jinping IV"),
        (name, "J.M. PAZ", "J.M. Paz"),
        (name, "juan x", "Juan X"),
        (name, "MARÍA E", "María E"),
        (name, "ANA Y EVA", "Ana y Eva"),
        (name, "RONALD MCDONALD", "Ronald McDonald"),
        (name, "MC DONALD", "Mc Donald"),
        (name, 'ANA "LA NEGRA" PAZ', 'Ana "La Negra" Paz'),
        (name, "ana/eva", "Ana/Eva"),
        (place, "RIO DE JANEIRO-RJ", "Rio de Janeiro-RJ"),
        (place, "SAO PAULO/SP", "Sao Paulo/SP"),
        (place, "SALVADOR - BA", "Salvador - BA"),
        (place, "córdoba, ar", "Córdoba, AR"),
        (place, "BELÉM (PA)", "Belém (PA)"),
        (place, "SAN-MARTÍN", "San-Martín"),
        (place, "PROVINCIA DE RIOJA, LA", "Provincia de Rioja, la"),
        (place, "SAN PEDRO (EL)", "San Pedro (El)"),
        (gender, "VARO\u0301N", "m"),
        (gender, "Feminino", "f"),
        (gender, "MULHER", "f"),
        (gender, "Femenina", "f"),
        (gender, "homem", "m"),
        (gender, "Ｆ", "f"),
        (name, "\ufeffANA\u200b", "Ana"),
        (place, "SP", "SP"),
        (place, "sp", "sp"),
        (place, " GBA ", "GBA"),
        (place, "CABA", "CABA"),
        (place, "caba", "CABA"),
        (place, "CIUDAD DE MÉXICO (CDMX)", "Ciudad de México (CDMX)"),
        (place, "SAN LUIS POTOSÍ, SLP", "San Luis Potosí, SLP"),
        (place, "SANTA FE", "Santa Fe"),
        (place, "LIMA", "Lima"),
        (place, "JUAN XXIII", "Juan XXIII"),
        (place, "II SECCIÓN", "II Sección"),
        (place, "MÉXICO D.F.", "México D.F."),
        (place, "DR. MORA", "Dr. Mora"),
        (place, "BS. AS.", "Bs. As."),
        (place, "BS AS", "Bs As"),
        (place, "Rosario", "Rosario"),
        (place, " ", None),
        (gender, "\u200bM", "m"),
        (street, "Calle 1\ufeff", "Calle 1"),
        (tags, "vip\u200b,vip", "vip"),
        (name, "  ", None),
        (street, " Calle 1 ", "Calle 1"),
        (street, "ñ" * 20, "ñ" * 16),
        (street, "/" * 60, "/" * 50),
        (street, "a" * 100, "a" * 100),
        (postcode, "C1425ABC   9999999", "C1425ABC   99999"),
        (tags, " vip , new,vip,,", "vip,new"),
        (tags, "vip2,vip", "vip2,vip"),
        (tags, " , ", None),
    ],
)
def test_the_result_for_a_value(rule: Callable[[Any], Cleaned], value: Any, expected: Any) -> None:
    check(rule, value, expected)


def test_only_the_last_letter_alone_is_an_initial() -> None:
    check(name, "JOSÉ E ANA E", "José e Ana E")


@given(st.text(max_size=40))
@pytest.mark.parametrize("rule", [gender, name, place, street, postcode, tags])
def test_it_takes_any_text_and_keeps_its_own_result(rule: Callable[[Any], Cleaned], value: str) -> None:
    check_again(rule, value)


@given(st.text(max_size=300))
def test_a_street_fits_and_is_never_shorter_than_needed(value: str) -> None:
    def measure(text: str) -> int:
        return len(json.dumps(text).replace("/", "\\/")) - 2

    cut = street(value).value
    value = visible(value)

    if cut is None:
        assert not value.strip()
        return
    assert measure(cut) <= 100
    rest = value.strip()[len(cut) :]
    assert not rest or measure(value.strip()[: len(cut) + len(rest) - len(rest.lstrip()) + 1]) > 100
