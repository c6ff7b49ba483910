"""What the numbers of columns show about their decimal mark, and whether they are in cents.

Room: sources. Pure. `1.234` may be 1234 or 1.234, so it proves nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from woowup_async._text import counted
from woowup_async.sources.numbers import decimal_of, money_of
from woowup_async.sources.table_format import Mark

_OTHER: dict[str, Mark] = {".": ",", ",": "."}
_DIGITS = re.compile(r"[0-9][0-9.,]*")
#: Currencies without cents in use, and those whose prices usually have none.
WITHOUT_CENTS = frozenset(("CLP", "PYG", "COP", "JPY", "KRW", "CRC", "HUF", "ARS", "UYU", "CHL", "PRY", "COL", "ARG"))


class Evidence(NamedTuple):
    """What texts show about the decimal mark.

    Attributes:
        points, commas: texts that can only have this decimal mark.
        point_groups, comma_groups: texts such as `1.234` and `1,234`, which can be read in two ways.
        whole: numbers without a mark.

    """

    points: int = 0
    commas: int = 0
    point_groups: int = 0
    comma_groups: int = 0
    whole: int = 0


class Verdict(NamedTuple):
    """The decimal mark, whether it is proved, and why."""

    mark: Mark
    is_sure: bool
    why: str


def evidence_of(texts: Iterable[str]) -> Evidence:
    """Count what texts of numbers show."""
    counts = Counter(filter(None, map(_shows, texts)))
    return Evidence(*(counts[name] for name in Evidence._fields))


def verdict(found: Evidence, *, likely: Mark) -> Verdict:
    """Choose the decimal mark. Without a proof, choose the one that refuses a wrong text rather than misreads it.

    Args:
        found: what the amounts show.
        likely: the mark if nothing shows one.

    """
    if found.points or found.commas:
        mark: Mark = "." if found.points >= found.commas else ","
        least, most = sorted((found.points, found.commas))
        others = f"; {counted(least, 'different amount')} with the other mark" if least else ""
        return Verdict(mark, not least, f"{counted(most, 'different amount')} with it{others}")
    if found.point_groups:
        return Verdict(",", False, f"not sure: amounts such as 1.234 are read as 1234 ({found.point_groups:,} of them)")
    if found.comma_groups:
        return Verdict(".", False, f"not sure: amounts such as 1,234 are read as 1234 ({found.comma_groups:,} of them)")
    return Verdict(likely, False, "not sure: no amount has decimals")


def is_number(text: str) -> bool:
    """Return whether a text is a number or an amount with one of the decimal marks."""
    return reads(money_of, text, ".") or reads(money_of, text, ",")


def reads(read: object, text: str, mark: Mark) -> bool:
    """Return whether a function of `numbers` reads a text."""
    try:
        read(text, mark)  # type: ignore[operator]
    except ValueError:
        return False
    return True


def conversion_for(texts: Iterable[str], mark: Mark) -> str:
    """Return `decimal` if all texts that can be read are plain numbers, otherwise `money`."""
    needs_money = any(not reads(decimal_of, text, mark) and reads(money_of, text, mark) for text in texts)
    return "money" if needs_money else "decimal"


def is_in_cents(texts: Iterable[str], words: Iterable[str], currencies: frozenset[str]) -> bool:
    """Return whether amounts are probably in cents.

    Args:
        texts: all amounts of the orders, as they are written.
        words: of the names of these columns.
        currencies: codes of currencies or countries that the file has.

    """
    if "cents" in set(words):
        return True
    numbers = [text for text in texts if text.strip("0.,-")]
    if not numbers or any(not text.lstrip("-").isdigit() for text in numbers):
        return False
    amounts = [abs(Decimal(text)) for text in numbers]
    if min(amounts) < 100:
        return False
    is_odd = any(amount % 10 for amount in amounts)
    return is_odd or bool(currencies and not currencies & WITHOUT_CENTS)


def _shows(text: str) -> str | None:
    found = _DIGITS.search(text)
    if found is None:
        return None
    digits = found[0].rstrip(".,")
    marks = [letter for letter in digits if letter in ".,"]
    if not marks:
        return "whole"
    last = marks[-1]
    if len(set(marks)) > 1:
        return _decides(last)
    if len(marks) > 1:
        return _decides(_OTHER[last])
    whole, _, rest = digits.partition(last)
    if len(rest) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0"):
        return "point_groups" if last == "." else "comma_groups"
    return _decides(last)


def _decides(mark: str) -> str:
    return "points" if mark == "." else "commas"
