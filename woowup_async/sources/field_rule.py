"""The rule of one field: where its value comes from, and the steps that change it.

Room: sources. Unknown names are errors, and so is a step that the field cannot honour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from woowup_async.sources import templates
from woowup_async.sources.table_format import Formats, Mark, check_formats, known_zone, listed

Conversion = Literal["text", "lower", "id", "int", "decimal", "money", "bool", "date", "datetime", "country", "sku"]
Case = Literal["upper", "lower", "digits", "slug", "trim"]
Scalar = str | int | float | bool
#: What these conversions return is text.
TEXTS = frozenset(("text", "lower", "id", "date", "datetime", "country", "sku"))
#: What these conversions read may be written in several cells.
DAYS = frozenset(("date", "datetime"))
_NUMBERS = frozenset(("decimal", "money"))
_ORIGINS = ("column", "columns", "first_of", "pairs", "template", "constant", "sum")
_STEPS = ("null", "replace", "lookup", "case", "split_name", "conversion", "decimal", "format", "timezone", "divide",
          "round", "default")  # fmt: skip
#: The steps that an origin cannot honour. A list and its pairs hold texts; a constant is what it is.
_IMPOSSIBLE: dict[str, frozenset[str]] = {
    "constant": frozenset((*_STEPS, "agree")),
    "sum": frozenset(("lookup", "case", "split_name", "format", "timezone", "agree")),
    "columns": frozenset(("divide", "round", "default", "split_name")),
    "pairs": frozenset(("divide", "round", "default", "split_name")),
}


class FieldRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"conversion": "as"}):
    """The origin of a field's value, exactly one of the first seven attributes, and the steps that change it.

    The steps have a fixed order: `null`, `replace`, `lookup`, `case`, `split_name`, `as`, `divide`,
    `round`, `default`.

    Attributes:
        column: one cell. With `split`, a list of its parts.
        columns: a list of several cells, without empty ones.
        first_of: the first of several cells that is not empty.
        pairs: name → column. The value is a list of {name, value}, without empty cells.
        template: text with {columns} in it, and parts in [brackets] that are left out if one of their columns is empty.
            If another column is empty, the field has no value.
        constant: the same value for every record.
        sum: the product of these columns, added up over all rows, minus that of `minus`. `absolute` drops the signs.
        null: texts that mean an empty cell, in addition to `csv.null`.
        replace: regular expression → replacement, in this order.
        lookup: the name of a table of replacements.
        case: changes of the text, in this order.
        split_name: the first or the last name of a full name.
        conversion: how a text is read (`as` in the file).
        decimal: the decimal mark, if it is another one than in the rest of the file.
        format: formats of this date, in place of those of `csv`.
        timezone: the zone of this time, in place of `csv.timezone`.
        divide: divide the number by this, such as 100 for cents.
        round: keep this many decimals; a half is rounded away from zero.
        default: the value if there is none. In a sum: the value of an empty cell.
        agree: for a customer, a branch or a time: whether the rows of one order must agree on it. If not, the first
            row counts.

    """

    column: str | None = None
    columns: Annotated[list[str], Meta(min_length=1)] | None = None
    first_of: Annotated[list[str], Meta(min_length=1)] | None = None
    pairs: Annotated[dict[str, str], Meta(min_length=1)] | None = None
    template: str | None = None
    constant: Scalar | None = None
    sum: Annotated[list[str], Meta(min_length=1)] | None = None
    minus: Annotated[list[str], Meta(min_length=1)] | None = None
    absolute: bool = False
    split: Annotated[str, Meta(min_length=1)] | None = None
    null: list[str] = []
    replace: dict[str, str] = {}
    lookup: str | None = None
    case: Case | list[Case] = []
    split_name: Literal["first", "last"] | None = None
    conversion: Conversion = "text"
    decimal: Mark | None = None
    format: Formats | None = None
    timezone: str | None = None
    divide: Annotated[int, Meta(ge=1)] | None = None
    round: Annotated[int, Meta(ge=0, le=18)] | None = None
    default: Scalar | None = None
    agree: bool = True

    def __post_init__(self) -> None:
        """Refuse a rule without an origin, with several, or with a step that it cannot honour."""
        if sum(getattr(self, origin) is not None for origin in _ORIGINS) != 1:
            raise ValueError(f"needs exactly one of {', '.join(_ORIGINS[:-1])} and {_ORIGINS[-1]}")
        if self.split is not None and self.column is None:
            raise ValueError("split can only be used with column")
        if (self.minus is not None or self.absolute) and self.sum is None:
            raise ValueError("minus and absolute can only be used with sum")
        self._check_origin()
        self._check_steps()
        if self.template is not None:
            self.parts()

    @property
    def origin(self) -> str:
        """The name of the attribute that says where the value comes from."""
        return next(origin for origin in _ORIGINS if getattr(self, origin) is not None)

    @property
    def cases(self) -> list[Case]:
        """The changes of the text."""
        return [self.case] if isinstance(self.case, str) else self.case

    @property
    def is_list(self) -> bool:
        """Whether the value is a list of texts."""
        return self.origin in ("columns", "pairs") or self.split is not None

    def is_set(self, name: str) -> bool:
        """Return whether the mapping sets an attribute to another value than its default."""
        plain: dict[str, object] = {"conversion": "text", "agree": True, "null": [], "replace": {}, "case": []}
        return bool(getattr(self, name) != plain.get(name))

    def parts(self) -> tuple[templates.Part, ...]:
        """Return the parsed template."""
        return templates.parsed(self.template or "")

    def named(self) -> Iterator[str]:
        """Yield every column that this rule reads."""
        yield from (self.column,) if self.column else ()
        yield from (*(self.columns or ()), *(self.first_of or ()), *(self.pairs or {}).values())
        yield from (*(self.sum or ()), *(self.minus or ()))
        if self.template is not None:
            yield from templates.columns_of(self.parts())

    def _check_origin(self) -> None:
        kind = "columns" if self.split is not None else self.origin
        for step in _STEPS:
            if step in _IMPOSSIBLE.get(kind, ()) and self.is_set(step):
                name = "as" if step == "conversion" else step
                raise ValueError(f"{name} cannot be used with {'split' if self.split is not None else kind}")
        if not self.agree and self.origin in ("constant", "sum"):
            raise ValueError(f"agree cannot be used with {self.origin}")
        if self.is_list and self.conversion not in TEXTS:
            raise ValueError(f"as = {self.conversion!r} cannot be used in a list, whose elements are texts")
        if self.origin == "sum" and self.conversion not in ("text", "int", "decimal", "money"):
            raise ValueError(f"as = {self.conversion!r} cannot be added up: use int, decimal or money")

    def _check_steps(self) -> None:
        is_sum = self.origin == "sum"
        is_day = self.conversion in DAYS
        is_amount = self.conversion in _NUMBERS or (is_sum and self.conversion == "text")
        needed = (
            (("format", "timezone"), is_day, "'date' or 'datetime'"),
            (("divide", "round"), is_amount, "'decimal' or 'money'"),
            (("decimal",), is_amount or self.conversion == "int", "'decimal', 'money' or 'int'"),
        )
        for steps, is_possible, kinds in needed:
            for step in steps:
                if self.is_set(step) and not is_possible:
                    raise ValueError(f"{step} needs as = {kinds}")
        if self.divide is not None and 10**19 % self.divide:
            raise ValueError(f"divide = {self.divide} would need rounding: use 10, 100, 1000 …")
        if is_sum and not isinstance(self.default, int | float | None):
            raise ValueError(f"default = {self.default!r} cannot be added up: write a number")
        if self.format is not None:
            check_formats("format", listed(self.format))
        if self.timezone is not None:
            known_zone("timezone", self.timezone)
        for pattern, text in self.replace.items():
            _check_replacement(pattern, text)


def _check_replacement(pattern: str, text: str) -> None:
    try:
        re.compile(pattern).sub(text, "")  # reads the replacement, too
    except (re.error, IndexError) as error:
        raise ValueError(f"replace: {pattern!r} = {text!r} is not possible: {error}") from None
