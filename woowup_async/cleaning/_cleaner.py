"""Applies rules to the fields of a record.

Room: cleaning. Pure: today is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from woowup_async._flow import Change
from woowup_async.cleaning._attributes import custom_attributes, tags
from woowup_async.cleaning._birthdate import birthdate
from woowup_async.cleaning._cleaned import Cleaned, compared
from woowup_async.cleaning._document import document
from woowup_async.cleaning._email import email
from woowup_async.cleaning._telephone import telephone
from woowup_async.cleaning._text import gender, name, place, postcode, street
from woowup_async.cleaning._vendor_tags import with_verdict
from woowup_async.errors import Reason
from woowup_async.models._base import IDENTIFIERS

#: The rules of `Cleaner`. If two of them change the same field, only the later one is applied.
RULES = (
    "email", "telephone", "birthdate", "street", "gender", "names", "tags", "custom-attributes", "email:strict",
    "vendor-tags", "document",
)  # fmt: skip
_VENDOR_TAGS = "vendor-tags"
#: Only a purchase has these fields. It has no tags.
_OF_PURCHASES = ("invoice_number", "purchase_detail")
#: A value of these that its rule drops identifies nobody for sure. A telephone number may only be too new.
_SURE = frozenset(("email", "document"))


class CleanRecord(NamedTuple):
    """A record after its rules.

    Attributes:
        fields: what to send.
        changes: what was changed.
        faults: why it has no identifier left: its only one was kept in `fields`, but identifies nobody.

    """

    fields: dict[str, Any]
    changes: tuple[Change, ...]
    faults: tuple[Reason, ...] = ()


class Cleaner:
    """Applies the named rules.

    Args:
        rules: names from `RULES`.
        region: the country of telephone numbers without a country code, as in ISO 3166-1 alpha-2.
        today: the latest possible birthdate.

    Raises:
        ValueError: a rule or the region is unknown, or `vendor-tags` is given without `email` and `telephone`.
        ModuleNotFoundError: telephone numbers and documents need the extra `clean`.

    """

    def __init__(self, rules: frozenset[str] | set[str] | tuple[str, ...], *, region: str | None, today: date) -> None:
        unknown = set(rules) - set(RULES)
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))}: the rules are {', '.join(RULES)}")
        self._tags = _VENDOR_TAGS in rules
        if self._tags and not {"email", "email:strict", "telephone"} & set(rules):
            raise ValueError("vendor-tags says what the rules email and telephone found: name one of them, too")
        if "telephone" in rules:
            region = _known_region(region)
        if "document" in rules:
            import stdnum  # noqa: F401 - fails here, not at the first record
        by_rule: dict[str, dict[str, Callable[[Any], Cleaned]]] = {
            "email": {"email": email},
            "email:strict": {"email": partial(email, strict=True)},
            "telephone": {"telephone": partial(telephone, region=region)},
            "birthdate": {"birthdate": partial(birthdate, today=today)},
            "street": {"street": street, "address": street, "postcode": postcode},
            "gender": {"gender": gender},
            "names": dict.fromkeys(("first_name", "last_name"), name)
            | dict.fromkeys(("city", "state", "department"), place),
            "tags": {"tags": tags},
            "custom-attributes": {"custom_attributes": custom_attributes},
            _VENDOR_TAGS: {},
            "document": {"document": document},
        }
        self._rules = {field: rule for each in RULES if each in rules for field, rule in by_rule[each].items()}

    def clean(self, fields: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Change, ...]]:
        """Clean a record's fields. Return them and the changes.

        The last identifier of a record is never dropped, nor is a value of the wrong type: the check of the record
        reports what is wrong with them.
        """
        record = self.judged(fields)
        return record.fields, record.changes

    def judged(self, fields: Mapping[str, Any]) -> CleanRecord:
        """Clean a record's fields, and say if its only e-mail address or document identifies nobody.

        Such a record must not be sent. Of another record of this customer, that identifier is dropped, so the two would
        no longer meet; and a placeholder would be the customer of many.
        """
        cleaned, changes, found = dict(fields), list[Change](), dict[str, tuple[Any, Cleaned]]()
        faults: tuple[Reason, ...] = ()
        for field, rule in self._rules.items():
            value = _as_text(field, cleaned.get(field))
            if not isinstance(value, Mapping if field == "custom_attributes" else str) or not value:
                continue
            new = rule(value)
            found[field] = value, new
            if new.value is None and _is_last_identifier(field, cleaned):
                faults = (Reason(field, f"{new.why}, and there is no other identifier"),) if field in _SURE else ()
            elif new.changed:
                changes.append(_put(cleaned, field, new))
        if self._tags and not any(name in fields for name in _OF_PURCHASES):
            tagged = _tagged(cleaned.get("tags") or "", found)
            if tagged.changed:
                changes.append(_put(cleaned, "tags", tagged))
        return CleanRecord(cleaned, tuple(changes), faults)


def _put(fields: dict[str, Any], field: str, new: Cleaned) -> Change:
    change = Change(field, fields.get(field), new.value, new.why)
    if new.value is None:
        del fields[field]
    else:
        fields[field] = new.value
    return change


def _as_text(field: str, value: Any) -> Any:
    """Return a document that JSON has as a number as the text that is sent."""
    return str(value) if field == "document" and isinstance(value, int) and not isinstance(value, bool) else value


def _tagged(tags: Any, found: Mapping[str, tuple[Any, Cleaned]]) -> Cleaned:
    """Add the vendor's tags. Tags of another type are left to the check."""
    new = tags
    for field in ("email", "telephone"):
        if field in found and isinstance(new, str):
            new = with_verdict(new, field, *found[field])
    return compared(tags, new, "has the tags of the vendor's client")


def _is_last_identifier(field: str, fields: Mapping[str, Any]) -> bool:
    return field in IDENTIFIERS and not any(fields.get(name) for name in IDENTIFIERS if name != field)


def _known_region(region: str | None) -> str | None:
    import phonenumbers

    if region is not None and region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"unknown region {region!r}: give two letters, such as AR for Argentina")
    return region.upper() if region else None
