"""A draft without the fields that its sample disproves."""

from woowup_async.sources.drafting.rules.draft import Draft, DraftField, Section, Tally
from woowup_async.sources.drafting.rules.repairs import repaired


def _draft() -> Draft:
    fields = [
        DraftField("invoice_number", {"column": "N"}),
        DraftField("createtime", {"column": "D", "as": "datetime"}),
        DraftField("prices.tax", {"column": "T", "as": "decimal"}),
    ]
    return Draft({}, Section([], [DraftField("birthdate", {"column": "B", "as": "date"})]), Section([], fields))


def _tally(entity: str, **at_fault: int) -> Tally:
    return Tally(entity, 100, 90, at_fault=at_fault)


def test_a_field_that_refuses_many_records_is_commented_out() -> None:
    found = repaired(_draft(), [_tally("purchase", T=3), _tally("user", birthdate=3)])
    assert found.purchase is not None
    assert found.user is not None
    assert [field.is_on for field in found.purchase.fields] == [True, True, False]
    assert [field.is_on for field in found.user.fields] == [False]
    assert found.user.fields[0].why == "3 of 100 records could not be sent with it"
    assert repaired(found, [_tally("purchase", T=3), _tally("user", birthdate=3)]) is found


def test_few_records_and_needed_fields_stay() -> None:
    draft = _draft()
    assert repaired(draft, [_tally("purchase", T=2, N=50, D=50), _tally("user", B=2)]) is draft


def test_rows_that_disagree_on_the_time_take_the_first() -> None:
    found = repaired(_draft(), [_tally("purchase", **{"disagree:createtime": 1})])
    assert found.purchase is not None
    assert found.purchase.fields[1].rule["agree"] is False
    assert repaired(found, [_tally("purchase", **{"disagree:createtime": 1})]) is found
