"""Takes out of a draft what its own sample disproves.

Room: sources. Pure. A field that an order can do without must not keep it from being sent.
"""

from __future__ import annotations

import msgspec

from woowup_async._text import counted
from woowup_async.sources.drafting.rules.draft import Draft, DraftField, Section, Tally
from woowup_async.sources.drafting.rules.people import IDENTITIES

#: Fields that a record needs, or by which it is known.
_NEEDED = frozenset((*IDENTITIES, "invoice_number", "prices.total", "sku", "quantity", "unit_price", "createtime"))
#: Fields on which the rows of an order need not agree.
_MAY_DISAGREE = frozenset(("createtime", "branch_name"))
#: The share of records that a field may keep from being sent (guessed).
_MOST = 0.02


def repaired(draft: Draft, tallies: list[Tally]) -> Draft:
    """Return a draft without fields that refuse many records; the same one if there is none."""
    by_entity = {tally.entity: tally for tally in tallies}
    user, purchase = draft.user, draft.purchase
    if user is not None and "user" in by_entity:
        user = _section(user, by_entity["user"])
    if purchase is not None and "purchase" in by_entity:
        purchase = _section(purchase, by_entity["purchase"])
    if user == draft.user and purchase == draft.purchase:
        return draft
    return msgspec.structs.replace(draft, user=user, purchase=purchase)


def _section(section: Section, tally: Tally) -> Section:
    return Section(
        section.settings,
        [_field(each, tally) for each in section.fields],
        [_field(each, tally) for each in section.lines],
    )


def _field(field: DraftField, tally: Tally) -> DraftField:
    if not field.is_on:
        return field
    if field.name in _MAY_DISAGREE and field.rule.get("agree", True):
        disagreeing = tally.at_fault.get(f"disagree:{field.name}", 0)
        if disagreeing:
            why = f"{field.why}; they differ inside {counted(disagreeing, 'order')}: the first row counts"
            return msgspec.structs.replace(field, rule={**field.rule, "agree": False}, why=why)
    if field.name in _NEEDED:
        return field
    count = max((tally.at_fault.get(name, 0) for name in (*field.columns(), field.name)), default=0)
    if count <= _MOST * tally.records:
        return field
    return field.off(f"{count:,} of {counted(tally.records, 'record')} could not be sent with it")
