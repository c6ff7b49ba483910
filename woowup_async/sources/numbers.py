"""Numbers and amounts of money as text. The decimal mark is declared, never guessed.

Room: sources. Pure.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation

from woowup_async.sources.table_format import Mark

#: By decimal mark. With a comma, points may separate groups of three digits: then 1.50 is refused, not read as 150.
_NUMBERS = {
    ".": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII),
    ",": re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d*)?", re.ASCII),
}
#: A currency before or after an amount: its sign (R$, US$, $), or its code (CLP).
_CURRENCY = r"(?:[Uu]\$[Ss]|[A-Za-z]{0,3}[$€£¥₲₡]|[A-Z]{3}|S/\.?|Bs\.?)?"
_GROUPS = {".": r"\d{1,3}(?:[, ']\d{3})+", ",": r"\d{1,3}(?:[. ']\d{3})+"}
_HARD_BLANKS = re.compile("[\xa0\u202f]")
_MONEY = {
    mark: re.compile(
        rf"(?P<open>\()?\s*(?P<sign>[-−+]?)\s*{_CURRENCY}\s*(?P<inner>[-−+]?)\s*"
        rf"(?P<whole>{_GROUPS[mark]}|\d+)(?:{re.escape(mark)}(?P<cents>\d*))?\s*{_CURRENCY}\s*(?P<close>\))?",
        re.ASCII,
    )
    for mark in (".", ",")
}
#: Floats hold whole numbers up to this exactly; a longer one has lost its last digits, unless it is round.
_EXACT_FLOATS, _LONG = 2**53, len("1.23456789012345")
#: Sums of money are exact. A sum that needs more than sixty digits is refused, never rounded.
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


def decimal_of(text: str, mark: Mark) -> Decimal:
    """Read a number with all its digits.

    Raises:
        ValueError: the text is not a number.

    """
    if not _NUMBERS[mark].fullmatch(text):
        raise ValueError(text)
    return Decimal(text.replace(".", "").replace(",", ".") if mark == "," else text)


def money_of(text: str, mark: Mark) -> Decimal:
    """Read an amount with a currency and groups of three digits: `$ 1.586,00`, `R$ 5`, `1,586.00`, `($ 3.00)`.

    Raises:
        ValueError: the text is not an amount with this decimal mark.

    """
    found = _MONEY[mark].fullmatch(_HARD_BLANKS.sub(" ", text))
    if found is None or bool(found["open"]) != bool(found["close"]) or (found["sign"] and found["inner"]):
        raise ValueError(text)
    whole = re.sub(r"\D", "", found["whole"])
    amount = Decimal(f"{whole}.{found['cents']}" if found["cents"] else whole)
    return -amount if found["open"] or f"{found['sign']}{found['inner']}" in ("-", "−") else amount


def in_short(value: float) -> str:
    """Return a whole number as 1.23456789012346E+18 if a float cannot hold its last digits; otherwise ""."""
    if abs(value) < _EXACT_FLOATS or len(f"{Decimal(f'{value:.15g}').normalize():E}".partition("E")[0]) < _LONG:
        return ""
    return f"{value:.14E}"


def plain(text: str, mark: Mark) -> str:
    """Write a number without an exponent, with this decimal mark."""
    return f"{Decimal(text):f}".replace(".", mark)
