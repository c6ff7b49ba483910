"""The fields of customers: who they are, their names, their addresses.

Room: sources. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from woowup_async.errors import SourceError
from woowup_async.sources.countries import iso3
from woowup_async.sources.drafting.rules import known_words
from woowup_async.sources.drafting.rules.column import Column, is_email
from woowup_async.sources.drafting.rules.draft import DraftField
from woowup_async.sources.drafting.rules.look import Look, in_template
from woowup_async.sources.drafting.rules.times import times_of
from woowup_async.sources.texts import without_accents

IDENTITIES = ("service_uid", "email", "document", "telephone")
#: Values of a lookup, values of `null`, and further columns of `first_of` that a draft writes (guessed).
_MOST_WORDS, _MOST_NULLS, _MOST_COLUMNS = 40, 12, 3
_FIRST = frozenset(("nombre", "nombres", "nome", "nomes", "first"))
_LAST = frozenset(("apellido", "apellidos", "sobrenome", "sobrenomes", "last"))
#: The customers with other identifiers that a value must have to be nobody's. A person may have two addresses, but a
#: telephone number is not needed if there is another identifier.
_SEVERAL = {"service_uid": 3, "email": 3, "document": 3, "telephone": 2}
#: What is not an address.
_NO_ADDRESS = {r"^(?![^@\s]+@[^@\s]+$).*$": ""}
#: What is between a street and what follows it.
_AFTER_STREET = {"number": " ", "floor": ", "}
Lookups = dict[str, dict[str, Any]]


def identity(look: Look, field: str) -> DraftField | None:
    """Return the rule of an identifier, or None if the file has none."""
    column = look.roles.get(field)
    if column is None or not column.identifying:
        return None
    others = [] if field == "service_uid" else look.roles.others(field, 7.0)[: _MOST_COLUMNS - 1]
    others = [other for other in others if _adds(column, other)]
    rule: dict[str, Any] = _origin([column, *others])
    several = _of_several(look, field, [column, *others])
    nobody = sorted({text for each in (column, *others) for text in each.nobody} | several)
    why = look.share_of_rows(column)
    if field == "email":
        nobody = [text for text in nobody if is_email(text)]  # what is no address is left out anyway
        left_out = column.filled - column.count(is_email)
        why += f"; {left_out:,} without an address" if left_out else ""
    if len(several) > _MOST_NULLS:
        return DraftField(field, rule | _steps_of(field, column), "").off(
            f"{len(several):,} of its values belong to several customers, who would become one"
        )
    if nobody:
        rule["null"] = nobody[: 2 * _MOST_NULLS]
        why += f"; {', '.join(nobody[:3])} would be one customer, so it counts as empty"
    rule |= _steps_of(field, column)
    return DraftField(field, rule, why)


def _of_several(look: Look, field: str, columns: list[Column]) -> set[str]:
    """Return values that belong to customers with different other identifiers, such as the telephone of the shop."""
    several: set[str] = set()
    for other in (look.roles.get(name) for name in IDENTITIES if name != field and name != "telephone"):
        for column in columns if other is not None else ():
            owners: dict[str, set[str]] = {}
            for value, owner in zip(column.cells, other.cells if other is not None else ()):
                if value and owner:
                    owners.setdefault(value, set()).add(owner.casefold())
            several |= {value for value, found in owners.items() if len(found) >= _SEVERAL[field]}
    return several


def names(look: Look) -> Iterator[DraftField]:
    """Yield the first and the last name."""
    first, last, full = (look.roles.get(field) for field in ("first_name", "last_name", "full_name"))
    if last is not None and first is None and (_is_of_both(last) or last.share(_has_both) > 0.5):
        last, full = None, last  # "Apellido y nombre" has both
    if full is not None and last is not None and first is None:
        first, full = full, None
    if first is not None or last is not None:
        for field, column in (("first_name", first), ("last_name", last)):
            if column is not None:
                yield DraftField(field, {"column": column.name}, look.share_of_rows(column))
    elif full is not None:
        rule = _origin([full, *look.roles.others("full_name")[:1]])
        for field, part in (("first_name", "first"), ("last_name", "last")):
            yield DraftField(field, {**rule, "split_name": part}, look.share_of_rows(full))


def addresses(look: Look) -> Iterator[DraftField]:
    """Yield street, place and country."""
    if (street := look.roles.get("street")) is not None:
        yield DraftField("street", _street(look, street), look.share_of_rows(street))
    for field in ("city", "state", "postcode"):
        column = look.roles.get(field)
        if column is None or (field == "state" and column.share(known_words.is_state) > 0.5):
            continue
        rule = {"column": column.name, **({"as": "id"} if field == "postcode" else {})}
        yield DraftField(field, rule, look.share_of_rows(column))
    if (country := look.roles.get("country")) is not None:
        yield _country(look, country)


def others(look: Look, lookups: Lookups) -> Iterator[DraftField]:
    """Yield birthday, gender, tags and consent, and add the lookups that they need."""
    if (born := look.roles.get("birthdate")) is not None:
        times = times_of(born.values.elements(), month_first=False)
        forms = list(times.formats)
        rule = {"column": born.name, "as": "date", **({"format": forms} if forms else {})}
        unsure = "; day and month may be the other way round" if times.is_ambiguous else ""
        yield DraftField("birthdate", rule, look.share_of_rows(born) + unsure)
    for field, table, words in (
        ("gender", "genders", known_words.genders),
        ("mailing_enabled", "consents", known_words.consents),
    ):
        column = look.roles.get(field)
        if column is None or column.distinct > _MOST_WORDS:
            continue
        found = words(sorted(column.values))
        if len(found) > 1:
            lookups[table] = found
            left = column.count(lambda text, found=found: text not in found)  # type: ignore[misc]
            why = look.share_of_rows(column) + (f"; {left:,} values are not known and left out" if left else "")
            yield DraftField(field, {"column": column.name, "lookup": table}, why)
    if (tags := look.roles.get("tags")) is not None:
        yield DraftField("tags", {"column": tags.name}, look.share_of_rows(tags))


def person(look: Look, lookups: Lookups) -> list[DraftField]:
    """Return all fields of a customer apart from identifiers."""
    return [*names(look), *addresses(look), *others(look, lookups)]


def _origin(columns: list[Column]) -> dict[str, Any]:
    if len(columns) == 1:
        return {"column": columns[0].name}
    return {"first_of": [column.name for column in columns]}


def _adds(column: Column, other: Column) -> bool:
    """Return whether a further column has values where the first has none."""
    return any(there and not here for here, there in zip(column.cells, other.cells))


def _steps_of(field: str, column: Column) -> dict[str, Any]:
    match field:
        case "email":
            steps: dict[str, Any] = {"case": "lower"}
            return steps if column.share(is_email) == 1 else {"replace": _NO_ADDRESS, **steps}
        case "document":
            if column.letters:
                return {"replace": {"[^0-9A-Za-z]": ""}, "case": "upper"}
            return {"case": "digits"} if column.share(str.isdigit) < 1 else {"as": "id"}
        case "service_uid":
            return {"as": "id"}
    return {}


def _street(look: Look, street: Column) -> dict[str, Any]:
    """Return the street with its number and floor, if they are in the columns after it."""
    parts = [f"{{{street.name}}}"]
    for column in look.sample.columns:
        mark = _AFTER_STREET.get(" ".join(column.words))
        distance = column.place - street.place
        if mark and 0 < distance <= len(parts) and column.parents == street.parents and column.filled:
            parts.append(f"[{mark}{{{column.name}}}]")
    if len(parts) == 1 or not all(map(in_template, (street.name,))):
        return {"column": street.name}
    return {"template": "".join(parts)}


def _country(look: Look, column: Column) -> DraftField:
    rule: dict[str, Any] = {"column": column.name, "as": "country"}
    try:
        unknown = sorted(text for text in column.values if not _is_country(text))
    except SourceError:
        return DraftField("country", rule, "needs an extra: pip install 'woowup_async[countries]'", is_on=False)
    if not unknown:
        return DraftField("country", rule, look.share_of_rows(column))
    shown = ", ".join(unknown[:3])
    if len(unknown) > _MOST_NULLS or len(unknown) == column.distinct:
        return DraftField("country", rule, f"not known as countries: {shown}", is_on=False)
    return DraftField("country", {**rule, "null": unknown}, f"not known as countries, so left out: {shown}")


def _is_country(text: str) -> bool:
    try:
        iso3(text)
    except ValueError:
        return False
    return True


def _is_of_both(column: Column) -> bool:
    """Return whether a name is one of both names, such as `Apellido y nombre`."""
    words = {*re.findall(r"[a-z]+", without_accents(column.name))}
    return bool(words & _FIRST) and bool(words & _LAST)


def _has_both(text: str) -> bool:
    return "," in text or len(re.split(r"\s+", text.strip())) > 2
