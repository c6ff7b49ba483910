"""How well a column fits a field: by the words of its name and by its cells.

Room: sources. Pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.vocabulary import Meaning

#: A column with a lower score is not taken (guessed).
LEAST = 1.8
#: The weight of a word of an object around the member, compared with a word of its own name.
_PARENT, _IMPLIED = 0.25, 0.25
#: What a member loses for each object around it, if it should be one of the order itself; and in the first of several
#: elements.
_DEEPER, _ONE_OF_SEVERAL = 0.8, 0.6
#: Words that say that a column is about the customer, and those of somebody else.
_HOME = {"customer": 1.12, "billing": 1.06}
_AWAY = frozenset(("seller", "branch", "sellers", "store", "merchant", "device", "gift", "callcenter"))


def score(column: Column, meaning: Meaning) -> float:
    """Return how well a column fits a field, from 0 to about 12."""
    if not column.words or not column.filled or _is_excluded(column, meaning):
        return 0.0
    best = max((_named(column, words, worth, meaning.level) for words, worth in meaning.phrases.items()), default=0.0)
    if not best:
        return 0.0
    found = best * CONTENTS[meaning.content](column)
    if meaning.level == "person":
        found *= max([1.0, *(_HOME.get(word, 1.0) for word in (*column.words, *column.parents))])
    elif meaning.level == "order":
        found *= _DEEPER**column.depth
    if "shipping" in column.parents and meaning.level == "person":
        found *= 0.9
    return found * (_ONE_OF_SEVERAL if "[0]" in column.name else 1.0)


def _is_excluded(column: Column, meaning: Meaning) -> bool:
    own, around = {*column.words}, {*column.parents}
    if meaning.never & own or (meaning.level == "order" and meaning.never & around):
        return True
    return meaning.level == "person" and bool(_AWAY & around)


def _named(column: Column, words: frozenset[str], worth: int, level: str) -> float:
    own, around = {*column.words}, {*column.parents}
    # in a document, what is beside the lines belongs to the order, and what is in them to an item
    implied = {"item"} if column.in_lines else {"order"} if column.in_lines is False and not column.depth else set()
    if level == "person":
        implied = set()
    known = own | around | implied
    if not words <= known or not words & own:
        return 0.0
    weight = len(own & words) + _PARENT * len(around & words - own) + _IMPLIED * len(implied & words - own - around)
    beside = len(own - words) + _PARENT * 0.5 * len(around - words - own - implied)
    share: float = weight / (weight + beside)
    return worth * math.sqrt(share) * (1.0 if words <= own | implied else 0.9)


def _email(column: Column) -> float:
    return 1.0 if column.emails >= 0.5 else 0.0


def _day(column: Column) -> float:
    # a day with a time, and one of many values, is more likely the time of the order
    return column.days if column.days >= 0.6 else 0.0


def _amount(column: Column) -> float:
    return 1.0 if column.numbers >= 0.8 and column.days < 0.5 else 0.0


def _quantity(column: Column) -> float:
    return column.quantities if column.quantities >= 0.8 else 0.0


def _key(column: Column) -> float:
    """Return the fit of a code: short texts, of which few are dates, addresses or amounts."""
    if column.emails > 0.1 or (column.days > 0.5 and column.whole < 0.9):
        return 0.0
    is_long = column.share(lambda text: len(text) > 60 or _AMOUNT.search(text))
    has_digits = column.share(lambda text: any(letter.isdigit() for letter in text))
    return 0.0 if is_long > 0.2 else 0.2 + 0.8 * has_digits


def _sku(column: Column) -> float:
    """Return the fit of a code of a product, which may have no digits."""
    is_other = max(
        column.emails,
        column.days if column.whole < 0.9 else 0.0,
        column.share(lambda text: len(text) > 60 or _AMOUNT.search(text)),
    )
    has_blanks = column.share(lambda text: " " in text)
    return 0.0 if is_other > 0.2 else 1.0 - 0.6 * has_blanks


def _uid(column: Column) -> float:
    if column.emails > 0.5 and "id" not in column.words:
        return 0.0
    has_digits = column.share(lambda text: any(letter.isdigit() for letter in text) and len(text) <= 64)
    has_blanks = column.share(lambda text: " " in text)
    is_nested = column.share(lambda text: text[:1] in "{[")
    return 0.0 if has_digits < 0.6 or has_blanks > 0.2 or is_nested or not column.identifying else 1.0


def _document(column: Column) -> float:
    return column.documents if column.documents >= 0.5 else 0.0


def _phone(column: Column) -> float:
    return column.phones if column.phones >= 0.5 else 0.0


def _text(column: Column) -> float:
    is_other = max(column.emails, column.days, column.share(lambda text: text[:1] in "{["))
    return 0.0 if is_other > 0.4 else 0.35 + 0.65 * column.letters


def _title(column: Column) -> float:
    """Return the fit of the name of a product. Codes have digits and no blanks."""
    codes = column.share(lambda text: " " not in text and any(letter.isdigit() for letter in text))
    return _text(column) * (0.5 if codes > 0.8 else 1.0)


def _code(column: Column) -> float:
    return 1.0 if column.share(lambda text: len(text) <= 16 and any(each.isdigit() for each in text)) > 0.5 else 0.0


def _country(column: Column) -> float:
    return 1.0 if column.letters > 0.9 and column.share(lambda text: len(text) < 45) > 0.9 else 0.0


def _clock(column: Column) -> float:
    return 1.0 if column.hours >= 0.8 else 0.0


def _switch(column: Column) -> float:
    return 1.0 if column.distinct <= 12 and column.share(lambda text: len(text) < 25) == 1 else 0.0


_AMOUNT = re.compile(r"[$€£]|^-?[0-9.,]*[.,][0-9]{2}$")
CONTENTS: dict[str, Callable[[Column], float]] = {
    "sku": _sku, "title": _title, "email": _email, "day": _day, "amount": _amount, "quantity": _quantity, "key": _key,
    "uid": _uid, "clock": _clock, "document": _document, "phone": _phone, "text": _text, "code": _code,
    "country": _country, "switch": _switch,
}  # fmt: skip
