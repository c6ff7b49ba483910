"""Numbers of identity documents and of taxpayers. Changing one can change which customer a record belongs to.

Room: cleaning. Pure. The result depends on the value only: a purchase has neither the type of its document nor a
country, and its document must stay equal to that of its customer (decision 110). Check digits are those of
python-stdnum (extra `clean`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped, visible

Check = Callable[[str], bool]

#: Fewer digits than this are no document (guessed: the oldest that are in use have five).
_SHORTEST = 5
#: More characters than this are no document (guessed: a Mexican CURP has 18).
_LONGEST, _MOST_DIGITS = 20, 14
#: The codes that the tax office of Mexico gives to "the public" and to foreigners.
_NOBODY = frozenset(("XAXX010101000", "XEXX010101000", "XXX010101XXX"))
#: A number that a spreadsheet wrote as a float, or in short: 30111222.0, 2.01E+10.
_FLOAT = re.compile(r"(\d{5,}|\d{1,3}(?:\.\d{3})+(?=,)|\d{1,3}(?:,\d{3})+(?=\.))[.,]0{1,2}", re.ASCII)
_FORMULA = re.compile(r'="([^"]*)"')
_SHORTENED = re.compile(r"\d[.,]\d+E\+?\d+|\d+E\+\d+", re.ASCII)
_WORDS = (
    r"(?:D\.?N\.?I|C\.?U\.?I\.?[TL]|C\.?D\.?I|C\.?P\.?F|C\.?N\.?P\.?J|R\.?U\.?[TNC]|R\.?F\.?C|N\.?I\.?T|C\.?I|C\.?C|"
    r"L\.?E|L\.?C|CEDULA|DOC(?:UMENTO)?)\.?"
)
#: The name of a document before its number, with a mark between them, or without one.
_NAMED = re.compile(rf"{_WORDS}[\s:#]+(?:N(?:RO|UM|O)?[.:°]*\s*)?(?=[A-Z&Ñ]{{0,4}}[\s-]?\d)", re.ASCII)
_NAMED_CLOSELY = re.compile(rf"{_WORDS}(?=\d)", re.ASCII)
_RFC = re.compile(r"[A-Z&Ñ]{3,4}\d{6}[A-Z0-9]{3}", re.ASCII)
#: A country before a number of that country.
_COUNTRY = re.compile(
    r"(?:AR(?=\d{7,8}$|\d{11}$)|BR(?=\d{11}$|\d{14}$)|CL(?=\d{7,8}[\dK]$)|PE(?=\d{8}$|\d{11}$)|"
    r"MX(?=[A-Z&Ñ]{3,4}\d{6}[A-Z0-9]{3}$))",
    re.ASCII,
)
#: 12.345.678-5 and 12345678-5: the number shows its check digit.
_SPELT = re.compile(r"(?:\d{1,2}\.\d{3}\.\d{3}|\d{7,8})-[\dK]", re.ASCII)
_URUGUAYAN = (2, 9, 8, 7, 6, 3, 4, 1)
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-")
_MARKS = str.maketrans("", "", ".-_/,'’´`·ºª° \t\n\r")


def document(value: str) -> Cleaned:
    """Write a document without dots, dashes, blanks, its name and its country: DNI 30.111.222 becomes 30111222.

    Drop a placeholder (0, 99999999), a text that is not a document number, and a number whose check digit is wrong:
    CUIT, CPF, RUC and cédula (11 digits), CNPJ and NIT (14), RUT (a K at the end, or written 12.345.678-5). Nothing
    shows the check digit of other numbers, so they are kept. The check digit of an RFC is not checked, since some
    1.5 % of those in use are wrong (python-stdnum), but its day is.

    Args:
        value: the text from the source.

    """
    text = _plain(value)
    if _SHORTENED.fullmatch(text):
        return dropped("has lost its digits in a spreadsheet")
    if whole := _FLOAT.fullmatch(text):
        text = whole[1]
    text = _bare(text)
    number = _compact(text)
    if why := _fault(number, is_spelt=bool(_SPELT.fullmatch(text))):
        return dropped(why)
    return compared(value, number, "is written without dots, dashes and blanks")


def _plain(value: str) -> str:
    """Return capitals without accents, with usual digits and dashes. Ñ stays, since it is a letter of an RFC."""
    text = unicodedata.normalize("NFKC", visible(value, joined=False)).strip()
    text = _FORMULA.sub(r"\1", text).strip().lstrip("'").upper()
    found = []
    for each in text:
        digit = unicodedata.decimal(each, None)
        base = each if each == "Ñ" else unicodedata.normalize("NFD", each)[:1]
        found.append(str(digit) if digit is not None else _DASHES.get(each, base))
    return "".join(found).strip()


def _compact(text: str) -> str:
    """Take out the marks and what is before the number, until nothing of it is left."""
    number = text.translate(_MARKS)
    while (shorter := _COUNTRY.sub("", _bare(number), count=1)) != number:
        number = shorter
    return number


def _bare(text: str) -> str:
    """Take the names of documents off the start of a text."""
    while (shorter := _unnamed(text)) != text:
        text = shorter
    return text


def _unnamed(text: str) -> str:
    if named := _NAMED.match(text):
        return text[named.end() :]
    if _is_rfc(text.translate(_MARKS)):  # a company's code may begin with the letters of a name
        return text
    closely = _NAMED_CLOSELY.match(text)
    return text[closely.end() :] if closely else text


def _fault(number: str, *, is_spelt: bool) -> str:
    """Say why a number identifies nobody; "" if it may."""
    if not number.replace("&", "").replace("Ñ", "").isascii() or not re.fullmatch("[0-9A-Z&Ñ]*", number):
        return "is not the number of a document"
    digits = sum(each.isdigit() for each in number)
    if number in _NOBODY or (digits and _is_made_up(number)):
        return "is a placeholder"
    if not digits or len(number) > _LONGEST or (digits == len(number) and digits > _MOST_DIGITS):
        return "is not the number of a document"
    if _RFC.fullmatch(number):
        return "" if _is_rfc(number) else "has a day that does not exist"
    checks = _checks(number, is_spelt=is_spelt)
    return "has a wrong check digit" if checks and not any(check(number) for check in checks) else ""


def _is_made_up(number: str) -> bool:
    is_cuit_of_nobody = len(number) == 11 and number.isdigit() and number[0] in "23" and len({*number[2:10]}) == 1
    return len(number) < _SHORTEST or is_cuit_of_nobody or len({*number}) == 1


def _is_rfc(number: str) -> bool:
    from stdnum.mx import rfc

    return bool(_RFC.fullmatch(number)) and rfc.is_valid(number)


def _checks(number: str, *, is_spelt: bool) -> tuple[Check, ...]:
    """Return the checks of which one must pass; none if nothing about the number says which it is."""
    from stdnum.ar import cuit
    from stdnum.br import cnpj, cpf
    from stdnum.cl import rut
    from stdnum.do import cedula
    from stdnum.es import dni
    from stdnum.pe import cui, ruc
    from stdnum.sv import nit

    by_length: Mapping[int, tuple[Check, ...]] = MappingProxyType(
        {11: (cuit.is_valid, cpf.is_valid, ruc.is_valid, cedula.is_valid), 14: (cnpj.is_valid, nit.is_valid)}
    )
    if number.isdigit() and len(number) in by_length:
        return by_length[len(number)]
    if re.fullmatch(r"\d{7,8}K", number, re.ASCII):
        return rut.is_valid, dni.is_valid
    other: Check = cui.is_valid if len(number) == 9 else _is_uruguayan  # a shorter CUI has no check digit
    return (rut.is_valid, other) if is_spelt else ()


def _is_uruguayan(number: str) -> bool:
    """Check a cédula of Uruguay, which python-stdnum does not have: 1.234.567-2."""
    return number.isdigit() and sum(int(each) * weight for each, weight in zip(number, _URUGUAYAN)) % 10 == 0
