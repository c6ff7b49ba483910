"""One column of a sample: its name, its words, and what its cells look like.

Room: sources. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property

from woowup_async.models._absent import is_absent_identifier
from woowup_async.sources.cells import shown
from woowup_async.sources.drafting.rules.amounts import Evidence, evidence_of, is_number
from woowup_async.sources.drafting.rules.times import is_day, is_time
from woowup_async.sources.drafting.rules.words import words_of
from woowup_async.sources.texts import unguarded

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"[+(0-9][0-9 ()+./-]{5,24}")
_DOCUMENT = re.compile(r"[0-9A-Za-z](?:[0-9./ -]*[0-9A-Za-z]){4,19}")
_WHOLE = re.compile(r"[+-]?[0-9]+(?:[.,]0+)?")
_QUANTITY = re.compile(r"[+-]?[0-9]{1,6}(?:[.,][0-9]{1,4})?")
#: `Estado#2` is the second column of this name.
_NUMBERED = re.compile(r"#[0-9]+$")
_SAY_NOTHING = frozenset(("amount", "value", "valor", "importe", "monto", "shopmoney", "presentmentmoney"))
_LETTER = re.compile(r"[^\W\d_]")
_ZERO_DAY = re.compile(r"0000-00-00(?: 00:00:00)?|00/00/0000")
#: Different values of a column that are looked at (guessed).
_MOST_VALUES = 2_000
#: Words and numbers that stand for nobody, such as the customer 0 of an order without an account.
_NOBODY = re.compile(
    r"(?i)0+|9{5,}|1{6,}|(.)\1{6,}|[-.]+|x{2,}|n/?[ad]|s/?[dn]|sin .*|sem .*|no (?:tiene|informa|posee).*"
    r"|n[aã]o (?:tem|informado).*|(?:notiene|noemail|sinmail|sinemail|sin@|no@|xx+@).*|consumidor final"
)


class Column:
    """A column of a sample.

    Args:
        name: as the mapping writes it.
        cells: the trimmed text of each row; "" if it is empty.
        in_lines: whether it belongs to the lines of an order. None: not known, as in a table.
        place: its number in the file.

    """

    def __init__(self, name: str, cells: Sequence[str], *, in_lines: bool | None = None, place: int = 0) -> None:
        self.name: str = name
        self.cells: Sequence[str] = cells
        self.in_lines: bool | None = in_lines
        self.place: int = place
        if in_lines is None:
            name = _NUMBERED.sub("", name)
        *parents, leaf = _named(_steps(name)) if in_lines is not None else [name]
        self.words: tuple[str, ...] = words_of(leaf)
        known = [word for parent in parents for word in words_of(parent)]
        #: The words of the objects around it. `Data` is no date there.
        self.parents: tuple[str, ...] = tuple(
            word for word in dict.fromkeys(known) if word not in self.words and word != "date"
        )
        #: How many objects are around it.
        self.depth: int = len(parents)

    @cached_property
    def values(self) -> Counter[str]:
        """The values that are not empty, with their counts. Most columns have few different ones."""
        return Counter(cell for cell in self.cells if cell and not _ZERO_DAY.fullmatch(cell))

    @cached_property
    def filled(self) -> int:
        """The number of cells with a value."""
        return sum(self.values.values())

    @property
    def distinct(self) -> int:
        """The number of different values."""
        return len(self.values)

    def share(self, fits: Callable[[str], object]) -> float:
        """Return the share of values that fit; 0 if there is none."""
        looked_at = self.values.most_common(_MOST_VALUES)
        count = sum(count for _, count in looked_at)
        return sum(count for text, count in looked_at if fits(text)) / count if count else 0.0

    def count(self, fits: Callable[[str], object]) -> int:
        """Return the number of cells with a value that fits."""
        return sum(count for text, count in self.values.items() if fits(text))

    @cached_property
    def emails(self) -> float:
        """The share of values that are e-mail addresses."""
        return self.share(_EMAIL.fullmatch)

    @cached_property
    def numbers(self) -> float:
        """The share of values that are numbers or amounts."""
        return self.share(is_number)

    @cached_property
    def evidence(self) -> Evidence:
        """What its values show about their decimal mark."""
        return evidence_of(self.values)

    @cached_property
    def whole(self) -> float:
        """The share of values that are whole numbers."""
        return self.share(_WHOLE.fullmatch)

    @cached_property
    def quantities(self) -> float:
        """The share of values that may be quantities: short numbers, which words may follow."""
        return self.share(lambda text: _QUANTITY.match(text) and len(text) < 20 and not is_day(text))

    @cached_property
    def days(self) -> float:
        """The share of values that are days or times."""
        return self.share(is_day)

    @cached_property
    def hours(self) -> float:
        """The share of values that are times of day."""
        return self.share(is_time)

    @cached_property
    def phones(self) -> float:
        """The share of values that may be telephone numbers."""
        return self.share(lambda text: _PHONE.fullmatch(unguarded(text)) and _digits(text) >= 6)

    @cached_property
    def documents(self) -> float:
        """The share of values that may be numbers of documents."""
        return self.share(lambda text: _DOCUMENT.fullmatch(unguarded(text)) and _digits(text) >= 5)

    @cached_property
    def letters(self) -> float:
        """The share of values with a letter."""
        return self.share(_LETTER.search)

    @cached_property
    def nobody(self) -> list[str]:
        """The values that stand for a missing one if this column identifies a customer."""
        return sorted(text for text in self.values if not is_absent_identifier(text) and _NOBODY.fullmatch(text))

    @cached_property
    def identifying(self) -> int:
        """The number of cells that can identify a customer."""
        nobody = set(self.nobody)
        return self.count(lambda text: text not in nobody and not is_absent_identifier(text))


def is_email(text: str) -> bool:
    """Return whether a text is an e-mail address."""
    return bool(_EMAIL.fullmatch(text))


def is_guarded(text: str) -> bool:
    """Return whether a spreadsheet shows a text without its guards."""
    return unguarded(text) != text


def zero_days(column: Column) -> list[str]:
    """Return the texts of a column that stand for a missing day."""
    return sorted({cell for cell in column.cells if _ZERO_DAY.fullmatch(cell)})


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in shown(text))


def _named(names: list[str]) -> list[str]:
    """Return the names without those that say nothing: `total.amount` and `totalSet.shopMoney.amount` are totals."""
    kept = [name for name in names if name.casefold() != "node"] or names
    while len(kept) > 1 and kept[-1].casefold().replace("_", "") in _SAY_NOTHING:
        kept.pop()
    return kept


def _steps(path: str) -> list[str]:
    """Return the names of a path of JSON. A value in a list such as `totals[id=Tax].value` is named `totals Tax`."""
    names: list[str] = []
    is_chosen = False
    for step in re.findall(r'"[^"]*"|\[[^\]]*\]|[^.\[\]"]+', path):
        if not step.startswith("["):
            name = step.strip('"')
            names += [] if is_chosen or (name.startswith("$") and names) else [name]
            is_chosen = False
        elif "=" in step:
            names[-1] += f" {step[1:-1].partition('=')[2]}"
            is_chosen = True
    return names
