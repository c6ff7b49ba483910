"""Document numbers. Users and purchases must keep equal documents, however each of them is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cleaning import check, check_again
from woowup_async.cleaning import document


@pytest.mark.parametrize(
    ("spellings", "number"),
    [
        (("30111222|30.111.222| 30 111 222 |30-111-222|30,111,222|DNI 30.111.222|D.N.I.: 30111222|dni n° 30.111.222|"
         "DNI Nro. 30111222|DNI30111222|Documento: 30111222|DNI: DNI 30111222|３０．１１１．２２２|٣٠١١١٢٢٢|"
         "30\u2013111\u2013222|30111222\u200b|\ufeff30111222|30\u00a0111\u00a0222|30111222.0|'30111222|AR30111222|"
         '="30111222"|30.111.222,00|30,111,222.0'),
         "30111222"),
        (("20123456786|20-12345678-6|20 12345678 6|20.12345678.6|CUIT 20-12345678-6|C.U.I.L. 20123456786|"
         "AR20123456786|AR 20-12345678-6|ar-20-12345678-6|20123456786.00"), "20123456786"),
        ("11144477735|111.444.777-35|CPF: 111.444.777-35|BR11144477735", "11144477735"),
        ("11222333000181|11.222.333/0001-81|CNPJ 11.222.333/0001-81|11 222 333 0001 81", "11222333000181"),
        ("20512333797|RUC 20512333797|PE20512333797", "20512333797"),
        ("125319092|12.531.909-2|12531909-2|RUT 12.531.909-2|RUT12531909-2|CL 12.531.909-2", "125319092"),
        ("20347878K|20.347.878-k|20347878-K|rut: 20.347.878-k|CL20347878K|２０３４７８７８ｋ", "20347878K"),
        ("GODE561231GR8|GODE 561231 GR8|gode-561231-gr8|RFC: GODE561231GR8|MX GODE561231GR8", "GODE561231GR8"),
        ("PEÑA850101AB1|peña850101ab1|PEN\u0303A 850101 AB1", "PEÑA850101AB1"),
        ("DNI850101AB1|dni-850101-ab1", "DNI850101AB1"),  # a company whose code begins like the name of a document
        ("42472001|4.247.200-1", "42472001"),
        ("101174102|10117410-2", "101174102"),
        ("9001234567|900.123.456-7|NIT 900.123.456-7", "9001234567"),
        ("AAB123456|aab 123456", "AAB123456"),
        ("12345678Z|12345678-z|DNI 12345678-Z", "12345678Z"),
        ("12345678|12.345.678", "12345678"),
    ],
)  # fmt: skip
def test_all_spellings_of_a_number_become_one(spellings: str, number: str) -> None:
    for spelling in spellings.split("|"):
        check(document, spelling, number)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("0", "is a placeholder"),
        ("00000000", "is a placeholder"),
        ("99.999.999", "is a placeholder"),
        ("11111111-1", "is a placeholder"),
        ("111.111.111-11", "is a placeholder"),
        ("20-99999999-4", "is a placeholder"),
        ("23000000000", "is a placeholder"),
        ("XAXX010101000", "is a placeholder"),
        ("123", "is a placeholder"),
        ("DNI 0", "is a placeholder"),
        ("20123456787", "has a wrong check digit"),
        ("AR 20-12345678-7", "has a wrong check digit"),
        ("111.444.777-36", "has a wrong check digit"),
        ("11.222.333/0001-82", "has a wrong check digit"),
        ("12.531.909-3", "has a wrong check digit"),
        ("4.247.200-7", "has a wrong check digit"),
        ("20.347.877-K", "has a wrong check digit"),
        ("GODE563131GR8", "has a day that does not exist"),
        ("2.01235E+10", "has lost its digits in a spreadsheet"),
        ("SIN DNI", "is not the number of a document"),
        ("S/D", "is not the number of a document"),
        ("-", "is not the number of a document"),
        ("***.444.777-**", "is not the number of a document"),
        ("ana1985@example.com", "is not the number of a document"),
        ("30111222 / 30111223", "is not the number of a document"),
        ("Д30111222", "is not the number of a document"),
    ],
)
def test_what_identifies_nobody_is_dropped(value: str, why: str) -> None:
    assert document(value) == (None, True, why)


def test_an_rfc_in_use_with_a_wrong_check_digit_is_kept() -> None:
    check(document, "VACE-460910-SX6", "VACE460910SX6")


@given(st.one_of(st.text(max_size=30), st.from_regex(r"\A(DNI|RUT|CUIT|AR|CL|MX|RFC|K|\d|[ .:/-]){1,16}\Z")))
def test_it_takes_any_text_and_keeps_its_own_result(value: str) -> None:
    check_again(document, value)


@given(st.integers(10**6, 10**8 - 1), st.sampled_from(["{:,}", "{}", "DNI {:,}", "AR{}", " {:,} ", "dni: {}", "{}.0"]))
def test_a_number_that_is_kept_is_the_same_in_every_spelling(number: int, form: str) -> None:
    assert document(form.format(number)).value == document(str(number)).value
