"""Applies rules to the fields of a record.

Room: cleaning. Pure: today is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from woowup_async._flow import Change
from woowup_async.cleaning._attributes import custom_attributes, tags
from woowup_async.cleaning._birthdate import birthdate
from woowup_async.cleaning._cleaned import Cleaned
from woowup_async.cleaning._email import email
from woowup_async.cleaning._telephone import telephone
from woowup_async.cleaning._text import gender, name, postcode, street
from woowup_async.models._base import IDENTIFIERS

#: The rules of `Cleaner`.
RULES = ("email", "telephone", "birthdate", "street", "gender", "names", "tags", "custom-attributes")


class Cleaner:
    """Applies the named rules.

    Args:
        rules: names from `RULES`.
        region: the country of telephone numbers without a country code, as in ISO 3166-1 alpha-2.
        today: the latest possible birthdate.

    Raises:
        ValueError: a rule or the region is unknown.
        ModuleNotFoundError: telephone numbers need the extra `clean`.

    """

    def __init__(self, rules: frozenset[str] | set[str] | tuple[str, ...], *, region: str | None, today: date) -> None:
        unknown = set(rules) - set(RULES)
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))}: the rules are {', '.join(RULES)}")
        if "telephone" in rules:
            region = _known_region(region)
        by_rule: dict[str, dict[str, Callable[[Any], Cleaned]]] = {
            "email": {"email": email},
            "telephone": {"telephone": partial(telephone, region=region)},
            "birthdate": {"birthdate": partial(birthdate, today=today)},
            "street": {"street": street, "address": street, "postcode": postcode},
            "gender": {"gender": gender},
            "names": dict.fromkeys(("first_name", "last_name", "city", "state", "department"), name),
            "tags": {"tags": tags},
            "custom-attributes": {"custom_attributes": custom_attributes},
        }
        self._rules = {field: rule for each in RULES if each in rules for field, rule in by_rule[each].items()}

    def clean(self, fields: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Change, ...]]:
        """Clean a record's fields. Return them and the changes.

        The last identifier of a record is never dropped, nor is a value of the wrong type: the check of the record
        reports what is wrong with them.
        """
        cleaned, changes = dict(fields), list[Change]()
        for field, rule in self._rules.items():
            value = cleaned.get(field)
            if not isinstance(value, Mapping if field == "custom_attributes" else str) or not value:
                continue
            new, changed, why = rule(value)
            if not changed or (new is None and _is_last_identifier(field, cleaned)):
                continue
            changes.append(Change(field, value, new, why))
            if new is None:
                del cleaned[field]
            else:
                cleaned[field] = new
        return cleaned, tuple(changes)


def _is_last_identifier(field: str, fields: Mapping[str, Any]) -> bool:
    return field in IDENTIFIERS and not any(fields.get(name) for name in IDENTIFIERS if name != field)


def _known_region(region: str | None) -> str | None:
    import phonenumbers

    if region is not None and region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"unknown region {region!r}: give two letters, such as AR for Argentina")
    return region.upper() if region else None
