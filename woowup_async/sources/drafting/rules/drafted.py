"""A sample becomes a draft.

Room: sources. Pure. Nothing here knows a system: only the words of names, the contents of cells, and which rows repeat.
"""

from __future__ import annotations

import re
from typing import Any

from woowup_async._text import counted
from woowup_async.sources.drafting.rules.draft import Draft, DraftField, Section, Setting
from woowup_async.sources.drafting.rules.groups import Groups
from woowup_async.sources.drafting.rules.keys import Key, key_of
from woowup_async.sources.drafting.rules.lines import lines_of
from woowup_async.sources.drafting.rules.look import Look, english, in_cents, mark_of
from woowup_async.sources.drafting.rules.orders import circumstances, created, identities, left_out, number_of, prices
from woowup_async.sources.drafting.rules.people import IDENTITIES, Lookups, identity, person
from woowup_async.sources.drafting.rules.roles import Contents, roles_of
from woowup_async.sources.drafting.rules.sample import Sample
from woowup_async.sources.drafting.rules.totals import total_of, with_best_price, with_best_total

_SUM_ROW = re.compile(r"(?i)\s*(?:sub|gran )?total(?:es)?(?: general| geral)?:?\s*")
#: Rows at the end of a file that may be sums (guessed).
_LAST_ROWS = 3


def drafted(sample: Sample, contents: Contents) -> Draft:
    """Draft a mapping."""
    roles = roles_of(sample, contents)
    key = key_of(sample, roles) if contents == "orders" else None
    groups = key.groups if key is not None else Groups([], 0, 0)
    look = Look(sample, roles, groups, mark_of(sample, roles), in_cents(sample, roles), english(sample))
    return _orders(with_best_price(with_best_total(look)), key) if contents == "orders" else _customers(look)


def _orders(look: Look, key: Key | None) -> Draft:
    problems, lookups, times = list[str](), Lookups(), list[Setting]()
    total = total_of(look)
    lines = lines_of(look, total)
    if not total.is_on:
        problems.append("no column has the total of orders: write it in purchase.fields, such as "
                        '"prices.total" = { column = "Total", as = "decimal" }')  # fmt: skip
    who = identities(look, key, problems)
    fields = [_number(key, problems), *circumstances(look, lookups), *who, *created(look, times, problems), total,
              *prices(look)]  # fmt: skip
    tests = [*lines.left_out, *_sum_rows(look)]
    settings = [
        _key(key, look.sample.columns[0].name),
        *_rows(look),
        *_tests(tests, left_out(look, problems)),
        *_optional(look),
    ]
    people_lookups: Lookups = {}
    people = person(look, people_lookups)
    phone = identity(look, "telephone")
    if phone is not None and all(each.name != "telephone" for each in who) and all(each.is_on for each in who):
        people = [*who, phone, *people] if phone.is_on else [phone, *people]
    purchase = Section(settings, fields, lines.fields)
    user = Section([Setting("from", "purchase", "one customer for each order")], people)
    draft = Draft(
        _formats(look, times, problems), user, purchase, lookups | people_lookups, [], problems + lines.problems
    )
    return _with_unused(draft, look)


def _customers(look: Look) -> Draft:
    problems, lookups = list[str](), Lookups()
    who = [each for field in IDENTITIES if (each := identity(look, field)) is not None]
    if not any(each.is_on for each in who):
        problems.append('no column identifies customers: write one in user.fields, such as email = { column = "Mail" }')
        who = [DraftField("email", {"column": "MAIL", "case": "lower"}, "not found: write its column", is_on=False)]
    columns = [look.roles.get(each.name) for each in who if each.is_on]
    best = max((column for column in columns if column is not None), key=lambda each: each.identifying, default=None)
    key = Setting("key", [best.name if best is not None else look.sample.columns[0].name])
    user = Section([key, *_tests(_sum_rows(look), []), *_optional(look)], [*who, *person(look, lookups)])
    return _with_unused(Draft(_formats(look, [], problems), user, None, lookups, [], problems), look)


def _number(key: Key | None, problems: list[str]) -> DraftField:
    if key is not None:
        return number_of(key)
    problems.append('no column has the number of orders: write it in purchase.key and in purchase.fields, such as '
                    'invoice_number = { column = "Number" }')  # fmt: skip
    return DraftField("invoice_number", {"column": "NUMBER"}, "not found: write its column", is_on=False)


def _key(key: Key | None, first: str) -> Setting:
    if key is None:
        return Setting("key", [first], "not found: write the column that tells orders apart")
    several = len(key.groups.several)
    orders = counted(len(key.groups.rows), "order")
    why = f"{several:,} of {orders} with several rows" if several else "one row for each order"
    return Setting("key", [column.name for column in key.columns], why)


def _rows(look: Look) -> list[Setting]:
    continued = look.groups.continued
    if not continued or look.sample.is_json:
        return []
    return [Setting("fill_down", True, f"{counted(continued, 'row')} without a number: part of the order above")]


def _tests(tests: list[dict[str, Any]], suggested: list[dict[str, Any]]) -> list[Setting]:
    return [Setting("leave_out", tests, suggested=suggested)] if tests or suggested else []


def _sum_rows(look: Look) -> list[dict[str, Any]]:
    """Return tests for rows of sums at the end of a table."""
    tests: list[dict[str, Any]] = []
    for column in look.sample.columns if not look.sample.is_json and look.sample.is_whole else ():
        if any(_SUM_ROW.fullmatch(cell) for cell in column.cells[-_LAST_ROWS:]):
            pattern = r"(?i)^(sub|gran )?total(es)?( general| geral)?:?$"
            tests.append({"column": column.name, "matches": pattern, "by": "row", "reason": "a row of sums"})
    return tests[:1]


def _optional(look: Look) -> list[Setting]:
    """Return a placeholder for columns that the file need not have; `_with_unused` fills it."""
    return [Setting("optional", [])] if look.sample.sometimes else []


def _formats(look: Look, times: list[Setting], problems: list[str]) -> dict[str, list[Setting]]:
    sample = look.sample
    tables: dict[str, list[Setting]] = {"json": [], "excel": [], "csv": []}
    for name, (value, why) in sample.settings.items():
        table, _, own = name.partition(".")
        tables[table].append(Setting(own, value, why))
    csv = tables["csv"]
    csv.append(Setting("decimal", look.mark.mark, look.mark.why))
    if "1.234" in look.mark.why or "1,234" in look.mark.why:
        problems.append(f"the decimal mark is {look.mark.why}; if that is wrong, change csv.decimal")
    if look.is_in_cents:
        problems.append("amounts are whole numbers and are read as cents: if they are not, take out divide = 100")
    csv += times
    if sample.nulls:
        csv.append(Setting("null", list(sample.nulls), "these cells are empty"))
    if sample.guarded:
        csv.append(Setting("excel_guards", True, f'{counted(sample.guarded, "cell")} such as \'0123 or ="0123"'))
    return {name: each for name, each in tables.items() if each or (name == "json" and sample.is_json)}


def _with_unused(draft: Draft, look: Look) -> Draft:
    used = used_columns(draft)
    unused = [column.name for column in look.sample.columns if column.name not in used and column.filled]
    sometimes = [name for name in sorted(used) if name in look.sample.sometimes]
    return Draft(
        draft.formats, _optional_of(draft.user, sometimes, draft.purchase is None),
        _optional_of(draft.purchase, sometimes, True), draft.lookups, unused, draft.problems,
    )  # fmt: skip


def _optional_of(section: Section | None, sometimes: list[str], is_own: bool) -> Section | None:
    if section is None:
        return None
    own = {name for field in [*section.fields, *section.lines] if field.is_on for name in columns_in(field)}
    own |= {name for setting in section.settings if setting.name == "key" for name in setting.value}
    listed = [name for name in sometimes if name in own]
    settings = [each for each in section.settings if each.name != "optional"]
    if listed:
        settings.append(Setting("optional", listed, "not in every document"))
    return Section(settings, section.fields, section.lines)


def columns_in(field: DraftField) -> list[str]:
    """Return the columns that a field names, also in a template."""
    return field.columns() + re.findall(r"\{([^{}]+)\}", field.rule.get("template", ""))


def used_columns(draft: Draft) -> set[str]:
    """Return the columns that a draft reads."""
    used: set[str] = set()
    for _, section in draft.sections():
        used |= {name for field in [*section.fields, *section.lines] if field.is_on for name in columns_in(field)}
        used |= {name for setting in section.settings if setting.name == "key" for name in setting.value}
    return used
