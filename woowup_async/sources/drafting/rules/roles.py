"""Which column has which role, and whether a file is of orders or of customers.

Room: sources. Pure. Each column gets one role at most: the pair of column and field with the highest score first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.sample import Sample
from woowup_async.sources.drafting.rules.scores import LEAST, score
from woowup_async.sources.drafting.rules.vocabulary import LINES, ORDER, PERSON, Meaning

Contents = Literal["orders", "customers"]
#: A score from which a name alone says what a column is (guessed).
_CLEAR = 5.0
#: Fields of which two customers rarely have the same.
_ITS_OWN = frozenset(("service_uid", "document", "email", "telephone"))
#: Words around a number that is not that of a customer.
_NOT_A_CUSTOMER = frozenset(("street", "payment", "shipping", "billing", "item", "category", "group"))
#: A column of an address of the customer's seller or of the shop is not the customer's.
Scores = dict[tuple[str, str], float]


class Roles:
    """The columns of each role, the best first.

    Args:
        ranked: field → columns that fit it, the best first. The first of a field has no other role.

    """

    def __init__(self, ranked: Mapping[str, list[Column]], scores: Scores) -> None:
        self._ranked, self._scores = dict(ranked), scores

    def get(self, field: str) -> Column | None:
        """Return the column of a field, if there is one."""
        found = self._ranked.get(field)
        return found[0] if found else None

    def others(self, field: str, least: float = _CLEAR) -> list[Column]:
        """Return further columns that fit a field clearly."""
        return [each for each in self._ranked.get(field, [])[1:] if self.score(field, each) >= least]

    def score(self, field: str, column: Column) -> float:
        """Return how well a column fits a field."""
        return self._scores.get((field, column.name), 0.0)

    def with_first(self, field: str, column: Column) -> Roles:
        """Return the roles with another column for a field."""
        rest = [each for each in self._ranked.get(field, []) if each.name != column.name]
        return Roles({**self._ranked, field: [column, *rest]}, self._scores)

    def moved(self, field: str, to: str) -> Roles:
        """Return the roles with the columns of a field as those of another one."""
        ranked = {name: each for name, each in self._ranked.items() if name != field}
        return Roles({**ranked, to: self._ranked.get(field, [])}, self._scores)

    def without(self, *fields: str) -> Roles:
        """Return the roles without some fields."""
        return Roles({name: each for name, each in self._ranked.items() if name not in fields}, self._scores)

    def taken(self) -> dict[str, str]:
        """Return the field of each column that has a role."""
        return {columns[0].name: field for field, columns in self._ranked.items() if columns}


def contents_of(sample: Sample) -> Contents | None:
    """Return what a file is about, or None if it does not show it."""
    points, people = _order_points(sample), _people_points(sample)
    if points >= 3:
        return "orders"
    if people and points <= 1:
        return "customers"
    if points == 2 and people != 2:
        return "orders" if people < 3 else "customers"
    return None


def roles_of(sample: Sample, contents: Contents) -> Roles:
    """Give each column at most one role."""
    meanings = PERSON if contents == "customers" else ORDER | PERSON | LINES
    scores: Scores = {}
    for column in sample.columns:
        for field, meaning in meanings.items():
            found = score(column, meaning) if _is_possible(column, field, meaning, contents) else 0.0
            if found >= LEAST and (share := _filled(column, field, sample, contents)):
                scores[field, column.name] = found * share
    _add_by_content(sample, contents, scores)
    return _assigned(sample.columns, scores)


def _add_by_content(sample: Sample, contents: Contents, scores: Scores) -> None:
    """Add columns of addresses, and of days, if no name of a column says that it has them."""
    for field, meaning, worth in (("email", PERSON["email"], 4.0), ("createtime", ORDER["createtime"], 2.5)):
        if any(name == field for name, _ in scores) or (field == "createtime" and contents != "orders"):
            continue
        for column in sample.columns:
            fits = column.emails >= 0.8 if field == "email" else column.days >= 0.95
            if not column.in_lines and column.filled and fits and not meaning.never & {*column.words}:
                share = column.distinct / max(1, sample.rows)
                scores[field, column.name] = worth + min(1.0, share)


def best(columns: Iterable[Column], meaning: Meaning) -> float:
    """Return the highest score of columns for a field."""
    return max((score(column, meaning) for column in columns), default=0.0)


def _assigned(columns: list[Column], scores: Scores) -> Roles:
    by_name = {column.name: column for column in columns}
    places = {column.name: column.place for column in columns}
    order = sorted(scores, key=lambda pair: (-scores[pair], places[pair[1]]))
    firsts: dict[str, str] = {}
    used: set[str] = set()
    for field, name in order:
        if field not in firsts and name not in used:
            firsts[field] = name
            used.add(name)
    ranked: dict[str, list[Column]] = {field: [by_name[name]] for field, name in firsts.items()}
    for field, name in order:
        if field in ranked and name != firsts[field]:
            ranked[field].append(by_name[name])
    return Roles(ranked, scores)


def _is_possible(column: Column, field: str, meaning: Meaning, contents: Contents) -> bool:
    if column.in_lines is not None and column.in_lines != (meaning.level == "line"):
        return False
    if field != "service_uid":
        return True
    around = {*column.parents, *column.words}
    if contents == "orders":
        return "customer" in around and not _NOT_A_CUSTOMER & around
    return column.depth == 0 or "customer" in column.parents


def _filled(column: Column, field: str, sample: Sample, contents: Contents) -> float:
    """Return a factor below 1 for columns that are mostly empty, or that cannot tell records apart."""
    if field == "invoice_number":
        known = column.identifying
        few = column.distinct < 2 and sample.rows > 5
        return 0.2 if not known else 0.4 if few else 0.7 + 0.3 * min(1.0, 3 * known / max(1, sample.rows))
    if field == "sku" and column.words == ("id",) and column.distinct == column.filled > 10:
        return 0.5  # the id of a line, not that of a product
    if contents == "customers" and field in _ITS_OWN and 5 * column.distinct < column.filled:
        return 0.0  # each customer has its own
    if field in PERSON and sample.rows:
        return 0.75 + 0.25 * min(1.0, 2 * column.filled / sample.rows)
    return 1.0


def _order_points(sample: Sample) -> int:
    columns = sample.columns
    plain = [column for column in columns if not column.in_lines]
    named = [column for column in plain if {"order", "invoice"} & {*column.words}]
    points = 2 * (best(named, ORDER["invoice_number"]) >= _CLEAR - 0.2)
    points += 2 * any(column.in_lines for column in columns)
    points += sum(best(plain, ORDER[field]) >= _CLEAR for field in ("prices.total", "createtime"))
    points += any(best(named, ORDER[field]) >= _CLEAR for field in ("prices.total", "createtime"))
    lines = [column for column in columns if column.in_lines is not False]
    return points + sum(best(lines, LINES[field]) >= _CLEAR for field in ("sku", "quantity", "unit_price"))


def _people_points(sample: Sample) -> int:
    plain = [column for column in sample.columns if not column.in_lines]
    known = [best(plain, PERSON[field]) >= _CLEAR for field in ("email", "telephone", "document")]
    if not any(known) and best(plain, PERSON["service_uid"]) < _CLEAR:
        return 0
    fields = ("birthdate", "gender", "first_name", "last_name", "mailing_enabled", "full_name", "city")
    return 1 + sum(best(plain, PERSON[field]) >= _CLEAR for field in fields)
