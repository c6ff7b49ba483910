"""The fields of orders, apart from their lines.

Room: sources. Pure. A draft leaves out no order: states that look like a cancellation are written as a comment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from woowup_async._text import counted
from woowup_async.sources.drafting.rules import known_words
from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.draft import DraftField, Setting
from woowup_async.sources.drafting.rules.groups import behaviour
from woowup_async.sources.drafting.rules.keys import Key
from woowup_async.sources.drafting.rules.look import Look, in_template
from woowup_async.sources.drafting.rules.people import IDENTITIES, Lookups, identity
from woowup_async.sources.drafting.rules.times import HALVES, Times, times_of
from woowup_async.sources.drafting.rules.totals import added

#: The least share of orders that must be identified without their telephone numbers (guessed).
_ENOUGH = 0.98
_MOST_WORDS = 40
_STATUS = frozenset(("status", "estado", "state", "situation"))


def number_of(key: Key) -> DraftField:
    """Return the rule of the invoice number."""
    *series, number = key.columns
    count = counted(len(key.groups.rows), "order")
    if not series or not all(in_template(each.name) for each in key.columns):
        return DraftField("invoice_number", {"column": number.name}, count)
    return DraftField(
        "invoice_number", {"template": "-".join(f"{{{each.name}}}" for each in key.columns)},
        f"{count}; one number may stand for several",
    )  # fmt: skip


def identities(look: Look, key: Key | None, problems: list[str]) -> list[DraftField]:
    """Return who the customer of an order is."""
    known = {field: identity(look, field) for field in IDENTITIES}
    found = {field: each for field, each in known.items() if each is not None and each.is_on}
    uid = look.roles.get("service_uid")
    if uid is not None and _is_one_for_all(look, uid):
        found.pop("service_uid", None)
    named = [look.roles.get(field) for field in ("service_uid", "email", "document") if field in found]
    if "telephone" in found and _identified(look, [each for each in named if each is not None]) >= _ENOUGH:
        found.pop("telephone")
    if found:
        return list(found.values())
    has_name = any(look.roles.get(field) is not None for field in ("full_name", "first_name", "last_name"))
    if has_name and key is not None and in_template(key.columns[-1].name):
        problems.append(
            "no column identifies customers, only names: each order gets a customer of its own. Write their column in "
            'purchase.fields, such as email = { column = "Mail" }'
        )
        rule = {"template": f"order-{{{key.columns[-1].name}}}"}
        return [DraftField("service_uid", rule, "no column identifies customers: one for each order")]
    problems.append('no column identifies customers: write one in purchase.fields, such as email = { column = "Mail" }')
    return [DraftField("email", {"column": "MAIL", "case": "lower"}, "not found: write its column", is_on=False)]


def created(look: Look, formats: list[Setting], problems: list[str]) -> list[DraftField]:
    """Return the time of an order, and add the formats and the zone of times."""
    column = look.roles.get("createtime")
    if column is None:
        problems.append("no column has the time of orders: they would get the time of sending; write its column in "
                        "purchase.fields.createtime")  # fmt: skip
        return [DraftField("createtime", {"column": "DATE", "as": "datetime"}, "not found", is_on=False)]
    month_first = look.is_english and any("m" in text.lower().split(" ")[-1] for text in column.values)
    texts, rule, clock = column.values, dict[str, Any](), look.roles.get("clock")
    times = times_of(texts.elements(), month_first=month_first)
    if clock is not None and not times.has_time and in_template(column.name) and in_template(clock.name):
        joined = [f"{_day(day)} {hour}" for day, hour in zip(column.cells, clock.cells) if day and hour]
        found = times_of((text for text in joined if "T00:00:00 " not in text), month_first=month_first)
        typed = [f"%Y-%m-%dT00:00:00 {form}" for form in _clock_forms(joined)]
        times = found._replace(formats=(*found.formats, *typed), has_time=True)
        rule = {"template": f"{{{column.name}}} {{{clock.name}}}"}
    else:
        rule = {"column": column.name}
    if times.needs_halves:
        rule["replace"] = HALVES
    rule["as"] = "datetime"
    if times.formats:
        why = "day and month may be the other way round" if times.is_ambiguous else ""
        forms = list(times.formats)
        formats.append(Setting("datetime", forms[0] if len(forms) == 1 else forms, why))
    formats.append(_zone(times, problems))
    if times.is_ambiguous:
        problems.append(f'"{column.name}": no day is above 12, so day and month may be the other way round')
    left = column.filled - times.fitting
    why = look.share_of_rows(column) + (f"; {left:,} in no known format" if left > 0 and "template" not in rule else "")
    return [DraftField("createtime", rule, why)]


def prices(look: Look) -> Iterator[DraftField]:
    """Yield the sums beside the total."""
    for field in ("prices.gross", "prices.shipping", "prices.tax", "prices.discount"):
        column = look.roles.get(field)
        if column is None:
            continue
        if not look.sample.is_json and behaviour(column, look.groups) in ("varying", "elsewhere"):
            rule = added(look, [column])
            rule |= {"absolute": True} if field == "prices.discount" else {}
            yield DraftField(field, rule, "added up over the rows of an order")
            continue
        rule = look.amount(column)
        if field == "prices.discount" and column.share(lambda text: text.startswith(("-", "−"))):
            rule = {"column": rule.pop("column"), "replace": {"^[-−]": ""}, **rule}
        yield DraftField(field, rule, look.share_of_rows(column))


def circumstances(look: Look, lookups: Lookups) -> Iterator[DraftField]:
    """Yield branch, channel and means of payment, and add the lookups that they need."""
    branch = look.roles.get("branch_name")
    if branch is not None and look.roles.score("branch_name", branch) >= 3.0:
        case = {"case": "trim"} if branch.share(lambda text: "\n" in text) else {}
        yield DraftField("branch_name", {"column": branch.name, **case}, look.share_of_rows(branch))
    else:
        yield DraftField("branch_name", {"constant": "NAME"}, "no column of branches: write the name of the shop",
                         is_on=False)  # fmt: skip
    for field, table, words in (
        ("channel", "channels", known_words.channels),
        ("payment.type", "payments", known_words.payments),
    ):
        column = look.roles.get(field)
        if column is None or column.distinct > _MOST_WORDS:
            continue
        known = words(sorted(column.values))
        if len(known) == 1:  # no text of the column is known
            continue
        lookups[table] = known
        yield DraftField(field, {"column": column.name, "lookup": table}, look.share_of_rows(column))


def left_out(look: Look, problems: list[str]) -> list[dict[str, Any]]:
    """Return tests of states that look like a cancellation, and say so. They are only suggested."""
    tests, said = list[dict[str, Any]](), list[str]()
    for column in look.sample.columns:
        is_other = column is look.roles.get("payment.type") or column is look.roles.get("channel")
        if column.in_lines or is_other or column.distinct > _MOST_WORDS or not _is_status(column):
            continue
        texts = sorted(text for text in column.values if known_words.is_cancelled(text))
        if texts:
            count = column.count(lambda text, texts=texts: text in texts)  # type: ignore[misc]
            tests.append({"column": column.name, "one_of": texts, "reason": "the order was cancelled or not paid"})
            said.append(f"{', '.join(texts[:3])} ({counted(count, 'row')})")
    if tests:
        problems.append(
            f"orders may be cancelled: {'; '.join(said)}. They are sent, unless you take the # from leave_out"
        )
    return tests


def _is_status(column: Column) -> bool:
    return bool(_STATUS & {*column.words}) or column.share(known_words.is_state) > 0.8


def _is_one_for_all(look: Look, uid: Column) -> bool:
    """Return whether a column has one value although there are several customers: a shop, not a customer."""
    emails = look.roles.get("email")
    return uid.distinct == 1 and emails is not None and emails.distinct > 1


def _identified(look: Look, columns: list[Column]) -> float:
    """Return the share of orders with a value in one of these columns."""
    rows = look.groups.rows
    known = sum(any(column.cells[row] and column.cells[row] not in column.nobody for column in columns for row in each)
                for each in rows)  # fmt: skip
    return known / len(rows) if rows else 0.0


def _zone(times: Times, problems: list[str]) -> Setting:
    if times.has_zone:
        return Setting("timezone", "UTC", "the times say their offset", is_on=False)
    problems.append("times have no offset and are read as UTC: write the zone of the shop in csv.timezone")
    return Setting("timezone", "UTC", 'write the zone of the shop, such as "America/Argentina/Buenos_Aires"')


def _day(text: str) -> str:
    return text.removeprefix("\x01")


def _clock_forms(joined: list[str]) -> list[str]:
    """Return the formats of hours that follow a day of a workbook."""
    hours = {text.partition("T00:00:00 ")[2] for text in joined if "T00:00:00 " in text}
    lengths = {hour.count(":") for hour in hours}
    return [form for count, form in ((1, "%H:%M"), (2, "%H:%M:%S")) if count in lengths]
