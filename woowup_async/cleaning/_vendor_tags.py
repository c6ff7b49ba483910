"""Tags that the vendor's client puts on a customer, so that its segments find who has an address and a number in use.

Room: cleaning. Pure. The rules are those of woowup-php-client (its Multiusers), but a tag is compared whole.
"""

from __future__ import annotations

from woowup_async.cleaning._cleaned import Cleaned
from woowup_async.cleaning._telephone import is_refused_whole

VALIDATED, CLEANED, REJECTED = "validated", "cleaned", "rejected"


def with_verdict(tags: str, field: str, old: str, cleaned: Cleaned) -> str:
    """Return tags with the verdict on one field in place of an earlier one.

    Args:
        tags: of the record, separated by commas.
        field: `email` or `telephone`.
        old: the value before it was cleaned.
        cleaned: what its rule made of it.

    """
    verdicts = _verdicts(field, old, cleaned)
    if verdicts is None:
        return tags
    ours = {f"{field}_{verdict}" for verdict in (VALIDATED, CLEANED, REJECTED)}
    kept = [tag for part in tags.split(",") if (tag := part.strip()) and tag not in ours]
    return ",".join([*kept, *(f"{field}_{verdict}" for verdict in verdicts)])


def _verdicts(field: str, old: str, cleaned: Cleaned) -> tuple[str, ...] | None:
    """The vendor's client does not judge an address that is not Gmail's, and a number with a + between its digits."""
    if field == "telephone" and is_refused_whole(old):
        return None
    if cleaned.value is None:
        return (REJECTED,)
    if field == "email" and not cleaned.value.endswith("@gmail.com"):
        return None
    return (VALIDATED, CLEANED) if cleaned.changed else (VALIDATED,)
