"""Whole mappings: errors when they are loaded, and the records of rows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.mapped import load, mapped, outcome, records
from woowup_async._flow import Entity
from woowup_async.errors import SourceError

FIELD = '[user]\nkey = ["P"]\n[user.fields]\nemail = {rule}\n[lookups.t]\na = "b"\n'
ORDERS = """
[csv]
delimiter = ";"
decimal = ","
datetime = "%d/%m/%Y %H:%M"
{csv}
[purchase]
key = ["N"]
{rules}
[purchase.fields]
invoice_number = {{ column = "N" }}
email = {{ column = "Mail" }}
"prices.total" = {{ sum = ["Total"], minus = ["Back"], default = 0 }}
[purchase.lines]
sku = {{ first_of = ["Sku", "Name"], as = "sku" }}
quantity = {{ column = "Qty", as = "int" }}
unit_price = {{ column = "Price", as = "decimal" }}
{more}
"""
HEADER = "N;Mail;Total;Back;Sku;Name;Qty;Price"


def orders(rules: str = "", csv: str = "", more: str = "") -> str:
    return ORDERS.format(rules=rules, csv=csv, more=more)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('{ constant = "x", as = "lower" }', "as cannot be used with constant"),
        ('{ constant = "x", default = "y" }', "default cannot be used with constant"),
        ('{ sum = ["P"], lookup = "t" }', "lookup cannot be used with sum"),
        ('{ sum = ["P"], as = "date" }', "as = 'date' cannot be added up"),
        ('{ sum = ["P"], default = "zero" }', "default = 'zero' cannot be added up: write a number"),
        ('{ sum = ["P"], agree = false }', "agree cannot be used with sum"),
        ('{ sum = ["P"], as = "int", divide = 100 }', "divide needs as = 'decimal' or 'money'"),
        ('{ sum = ["P"], as = "int", round = 1 }', "round needs as = 'decimal' or 'money'"),
        ('{ columns = ["P"] }', "email is one value, not a list"),
        ('{ column = "P", split = ";" }', "email is one value, not a list"),
        ('{ columns = ["P"], as = "int" }', "as = 'int' cannot be used in a list"),
        ('{ column = "P", split = "/", default = "x" }', "default cannot be used with split"),
        ('{ column = "P", divide = 100 }', "divide needs as = 'decimal' or 'money'"),
        ('{ column = "P", as = "decimal", divide = 3 }', "divide = 3 would need rounding"),
        ('{ column = "P", round = 2 }', "round needs as = 'decimal' or 'money'"),
        ('{ column = "P", format = "%Y" }', "format needs as"),
        ('{ column = "P", as = "date", format = "%Y" }', "format: '%Y' needs a year, a month and a day"),
        ('{ column = "P", as = "date", format = ["%d/%m/%Y", "%m/%d/%Y"] }', "read one text as two days"),
        ('{ column = "P", as = "date", format = ["%Y/%m/%d", "%d.%m.%y", "%y.%m.%d"] }', "'%d.%m.%y' and '%y.%m.%d'"),
        ('{ column = "P", as = "date", format = ["%Y-%d-%m", "iso"] }', "'%Y-%d-%m' and 'iso' read one text"),
        ('{ column = "P", as = "date", timezone = "Mars" }', "unknown time zone 'Mars'"),
        ('{ column = "P", decimal = "," }', "decimal needs as"),
        ('{ column = "P", as = "money" }', "needs a declared decimal mark: set csv.decimal"),
        ('{ column = "P", replace = { "(" = "" } }', r"replace: '\(' = '' is not possible"),
        ('{ column = "P", replace = { "a" = "\\\\1" } }', r"replace: 'a' = .* is not possible"),
        ('{ column = "P", as = "int", default = "x" }', "default = 'x' cannot be read as int"),
        ('{ column = "P", as = "int", lookup = "t" }', "lookups.t: 'b' cannot be read as int"),
        ('{ column = "P", case = "title" }', "case"),
        ('{ template = "{P!r}" }', "is not a column"),
        ('{ template = "{P} [x]" }', "an optional part needs a {column}"),
        ('{ first_of = [] }', "first_of"),
        ('{ column = "P", splitname = "first" }', "splitname"),
    ],
)  # fmt: skip
def test_an_option_that_a_field_cannot_use_is_refused(rule: str, said: str) -> None:
    with pytest.raises(SourceError, match=f"mapping m.toml: .*{said}"):
        load(FIELD.format(rule=rule))


def test_the_message_names_the_field() -> None:
    with pytest.raises(SourceError, match=r"user\.fields\.email: there is no table \[lookups\.none\]"):
        load(FIELD.format(rule='{ column = "P", lookup = "none" }'))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[user]\nkey=["P"]\n[user.fields]\npoints={column="P", agree=false}\n', "points: agree is only for"),
        ('[user]\nkey=["P"]\n[user.fields]\nemail={column="P"}\n[user.lines]\nsku={column="P"}\n', "user.lines"),
        ('[user]\nkey=["P"]\ntolerance=1\n[user.fields]\nemail={column="P"}\n', "user.tolerance"),
        ('[user]\nkey=["P"]\n', "user.fields: needs at least one field"),
        ('[user]\nfrom="purchase"\n', r"needs a table \[purchase\]"),
        ('[user]\nfrom="purchase"\nkey=["P"]\n[purchase]\nkey=["P"]\nfields={email={column="P"}}\n', "user.key: with"),
        ('[purchase]\nfrom="purchase"\nkey=["P"]\nfields={email={column="P"}}\n', "purchase.from: only users"),
        ('[user]\nkey=["P"]\noptional=["Q"]\nfields={email={column="P"}}\n', "no rule reads the column 'Q'"),
        ('[user]\nkey=["P"]\nfirst_row_only=["P"]\nfields={email={column="P"}}\n', "'P' is in the key"),
        ('[user]\nkey=["P"]\nwhere=[{column="P"}]\nfields={email={column="P"}}\n', "exactly one of matches and one_of"),
        ('[user]\nkey=["P"]\nleave_out=[{column="P",matches="(",reason="r"}]\nfields={email={column="P"}}\n', "regula"),
        ('[purchase]\nkey=["P"]\nfields={purchase_detail={column="P"}}\n', r"purchase_detail: its lines are in"),
        ('[user]\nkey=["P"]\nfields={email={column="P"}}\n[lookups.t]\na="b"\n', r"t: no field has lookup = 't'"),
        ('[csv]\nheader_row=2\nskip_rows=1\n', "csv.header_row: use it without skip_rows"),
        ('[json]\n[purchase]\nkey=["id"]\nfields={email={column="a[x]"}}\n', "'a\\[x\\]' is not a path"),
        ('[json]\n[purchase]\nkey=["id"]\nfields={email={column="a[].b"}}\nlines={sku={column="b[].c"}}\n', "another"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_are_refused(text: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        load(text)


class TestRows:
    async def test_a_header_below_a_preamble(self, tmp_path: Path) -> None:
        data = f"Ventas;;;\nal 24/06;;;\n\n{HEADER}\n1;a@b.co;5,00;;AB;;1;x\n2;a@b.co;5,00;;AB;;1;5,00\n"
        for csv in ("header_row = 4", "skip_rows = 3"):
            bad, good = await mapped(tmp_path, data, orders(csv=csv))
            assert bad == ["Price: line 5: expected decimal, got 'x'"]
            assert good["invoice_number"] == "2"

    async def test_a_header_that_is_further_down_is_suspected(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"if the header is further down, set csv\.header_row"):
            await mapped(tmp_path, f"Ventas;;;\n{HEADER}\n", orders())

    async def test_equal_columns_have_numbers(self, tmp_path: Path) -> None:
        data = "Id,State,State\n1,paid,Lima\n"
        text = '[user]\nkey = ["Id"]\n[user.fields]\nservice_uid = {{ column = "Id" }}\nstate = {{ column = "{0}" }}\n'
        for column, state in (("State#1", "paid"), ("State#2", "Lima")):
            assert await mapped(tmp_path, data, text.format(column), Entity.USER) == [
                {"service_uid": "1", "state": state}
            ]
        with pytest.raises(SourceError, match="'State' twice: write 'State#1' or 'State#2' in the mapping"):
            await mapped(tmp_path, data, text.format("State"), Entity.USER)

    async def test_dead_letters_show_both_of_two_equal_columns(self, tmp_path: Path) -> None:
        (tmp_path / "t.csv").write_text("Id,State,State\n1,paid,Lima,more\n")
        text = '[user]\nkey = ["Id"]\n[user.fields]\nstate = { column = "State#2" }\n'
        (record,) = await records(tmp_path / "t.csv", text, Entity.USER)
        assert record.raw["rows"] == [{"Id": "1", "State": "paid", "State#2": "Lima", "(beyond the header)": ["more"]}]

    async def test_columns_that_count_once(self, tmp_path: Path) -> None:
        rows = "1;a@b.co;10,00;2,50;AB;;1;5,00\n1;a@b.co;10,00;2,50;CD;;1;5,00\n"
        (found,) = await mapped(tmp_path, f"{HEADER}\n{rows}", orders('first_row_only = ["Total", "Back"]'))
        assert found["prices"] == {"total": Decimal("7.50")}
        (found,) = await mapped(tmp_path, f"{HEADER}\n{rows}", orders())
        assert found["prices"] == {"total": Decimal("15.00")}

    async def test_a_column_that_counts_once_may_be_empty_below(self, tmp_path: Path) -> None:
        text = orders('first_row_only = ["Total", "Back", "Price"]').replace(", default = 0", "")
        rows = "1;a@b.co;10,00;2,50;AB;;1;5,00\n1;a@b.co;;;CD;;1;7,00\n"
        (found,) = await mapped(tmp_path, f"{HEADER}\n{rows}", text)
        assert found["prices"] == {"total": Decimal("7.50")}
        assert [line.get("unit_price") for line in found["purchase_detail"]] == [Decimal("5.00"), None]

    async def test_empty_cells_of_a_sum(self, tmp_path: Path) -> None:
        (found,) = await mapped(tmp_path, f"{HEADER}\n1;a@b.co;10,00;;AB;;1;5,00\n", orders())
        assert found["prices"] == {"total": Decimal("10.00")}
        text = orders().replace(", default = 0", "")
        (said,) = await mapped(tmp_path, f"{HEADER}\n1;a@b.co;10,00;;AB;;1;5,00\n", text)
        assert said == ["Back: line 2: is empty, but a sum needs it; set default = 0 for empty cells"]

    async def test_a_row_that_is_left_out_does_not_damage_its_order(self, tmp_path: Path) -> None:
        rules = (
            'leave_out = [{ column = "Name", one_of = ["Shipping", "TOTAL"], reason = "not a product", by = "row" }]'
        )
        data = f"{HEADER}\n1;a@b.co;10,00;;AB;;1;5,00\n1;;;;;Shipping;1;2,00\n;;;;;TOTAL;;\n"
        path = tmp_path / "t.csv"
        path.write_text(data)
        order, total = await records(path, orders(rules))
        assert [line["sku"] for line in order.raw["purchase_detail"]] == ["AB"]
        assert (order.rows, [notice.kind for notice in order.notices]) == (2, ["left_out_row", "total_differs"])
        assert total.refusal is not None
        assert (total.refusal.code, outcome(total)) == ("left_out", ["Name: not a product"])

    async def test_duplicates_are_dropped_if_the_mapping_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_text(f"{HEADER}\n" + "1;a@b.co;5,00;;AB;;1;5,00\n" * 2)
        (record,) = await records(path, orders('drop_duplicates = true\nfirst_row_only = ["Total"]'))
        assert len(record.raw["purchase_detail"]) == 1
        assert record.notices[0].message == "line 3 repeats line 2 and is dropped"

    async def test_a_column_may_be_missing(self, tmp_path: Path) -> None:
        data = "N;Mail;Total;Back;Name;Qty;Price\n1;a@b.co;5,00;;Taza azul;1;5,00\n"
        (found,) = await mapped(tmp_path, data, orders('optional = ["Sku"]'))
        assert found["purchase_detail"][0]["sku"] == "Taza-azul"
        with pytest.raises(SourceError, match="has no column 'Sku'"):
            await mapped(tmp_path, data, orders())

    @pytest.mark.parametrize(("tolerance", "kinds"), [("", ["total_differs"]), ("tolerance = 0.05", [])])
    async def test_lines_may_differ_from_the_total(self, tmp_path: Path, tolerance: str, kinds: list[str]) -> None:
        path = tmp_path / "t.csv"
        path.write_text(f"{HEADER}\n1;a@b.co;5,04;;AB;;1;5,00\n")
        (record,) = await records(path, orders(tolerance))
        assert [notice.kind for notice in record.notices] == kinds


class TestUsersFromPurchases:
    async def test_each_order_names_its_customer(self, tmp_path: Path) -> None:
        more = '[user]\nfrom = "purchase"\n[user.fields]\nfirst_name = { column = "Name", split_name = "first" }\n'
        data = f"{HEADER}\n1;a@b.co;5,00;;AB;Ana Paz;1;5,00\n1;;;;CD;;1;5,00\n2;;5,00;;AB;Eva;1;5,00\n"
        found = await mapped(tmp_path, data, orders(more=more), Entity.USER)
        assert found == [
            {"email": "a@b.co", "first_name": "Ana"} | {},
            ["the order does not name a customer"],
        ]

    async def test_an_order_that_is_left_out_makes_no_customer(self, tmp_path: Path) -> None:
        rules = 'where = [{ column = "Name", one_of = ["paid"] }]'
        data = f"{HEADER}\n1;a@b.co;5,00;;AB;paid;1;5,00\n2;b@b.co;5,00;;AB;open;1;5,00\n"
        text = orders(rules, more='[user]\nfrom = "purchase"\n')
        assert await mapped(tmp_path, data, text, Entity.USER) == [
            {"email": "a@b.co"},
            ["Name: 'open' is not what the mapping takes (where)"],
        ]

    async def test_rows_that_continue_an_order_are_not_customers(self, tmp_path: Path) -> None:
        text = orders("fill_down = true", more='[user]\nfrom = "purchase"\n')
        data = f"{HEADER}\n1;a@b.co;5,00;;AB;;1;5,00\n;;;;CD;;1;5,00\n"
        assert await mapped(tmp_path, data, text, Entity.USER) == [{"email": "a@b.co"}]

    async def test_identifiers_in_its_table_replace_those_of_the_purchase(self, tmp_path: Path) -> None:
        more = '[user]\nfrom = "purchase"\n[user.fields]\ndocument = { column = "Name" }\n'
        data = f"{HEADER}\n1;a@b.co;5,00;;AB;77;1;5,00\n"
        assert await mapped(tmp_path, data, orders(more=more), Entity.USER) == [{"document": "77"}]


async def test_a_day_and_a_time_from_two_columns(tmp_path: Path) -> None:
    text = """
[csv]
datetime = ["%d/%m/%Y %H:%M", "%d/%m/%Y"]
timezone = "America/Argentina/Buenos_Aires"
[user]
key = ["Id"]
[user.fields]
service_uid = { column = "Id" }
"custom_attributes.at" = { template = "{Day}[ {Hour}]", as = "datetime" }
"custom_attributes.code" = { template = "{Id:05}", case = "upper" }
"""
    data = "Id,Day,Hour\na1,02/03/2026,22:15\na2,02/03/2026,\na3,,22:15\na4,x,1\n"
    found = await mapped(tmp_path, data, text, Entity.USER)
    assert [each["custom_attributes"] for each in found[:3]] == [
        {"at": "2026-03-03 01:15:00", "code": "000A1"},
        {"at": "2026-03-02 03:00:00", "code": "000A2"},
        {"code": "000A3"},
    ]
    assert found[3] == ["{Day}[ {Hour}]: line 5: expected datetime, got 'x 1'"]


async def test_a_default_replaces_a_missing_value_only(tmp_path: Path) -> None:
    text = """
[csv]
null = ["-"]
[user]
key = ["Id"]
[user.fields]
service_uid = { column = "Id" }
points = { column = "Points", as = "int", default = 5 }
state = { first_of = ["State", "Town"], lookup = "states", default = "none" }
[lookups.states]
gone = ""
"""
    data = "Id,Points,State,Town\n1,0,,Lima\n2,-,gone,\n3,7,,\n"
    assert [(each["points"], each["state"]) for each in await mapped(tmp_path, data, text, Entity.USER)] == [
        (0, "Lima"), (5, "none"), (7, "none"),
    ]  # fmt: skip


async def test_parts_and_sums_that_cannot_be_read_name_their_column(tmp_path: Path) -> None:
    text = """
[purchase]
key = ["N"]
[purchase.fields]
invoice_number = { column = "N" }
"metadata.countries" = { column = "Where", split = "/", as = "country" }
"prices.total" = { sum = ["T"], round = 18 }
"""
    found = await mapped(tmp_path, f"N,Where,T\n1,AR / Brasil,5\n2,AR / Narnia,5\n3,,{'9' * 50}\n", text)
    assert found[0]["metadata"] == {"countries": ["ARG", "BRA"]}
    assert found[1:] == [
        ["Where: line 3: expected country, got 'AR / Narnia'; name it in a lookup"],
        ["T: the sum has more digits than can be written"],
    ]


async def test_guards_of_spreadsheets_in_every_cell(tmp_path: Path) -> None:
    text = '[csv]\n{0}\n[user]\nkey = ["Id"]\n[user.fields]\ndocument = {{ column = "Id"{1} }}\n'
    data = 'Id\n\'0123\n"=""0456"""\n'
    for csv, steps in (("excel_guards = true", ""), ("", ', as = "id"')):
        assert await mapped(tmp_path, data, text.format(csv, steps), Entity.USER) == [
            {"document": "0123"}, {"document": "0456"},
        ]  # fmt: skip


async def test_sums_of_money_in_cents(tmp_path: Path) -> None:
    text = """
[csv]
delimiter = ";"
decimal = ","
[purchase]
key = ["N"]
[purchase.fields]
invoice_number = { column = "N" }
"prices.total" = { sum = ["T"], as = "money" }
"prices.cost" = { sum = ["C"], divide = 100, null = ["-"], default = 0 }
points = { sum = ["P"], as = "int" }
"""
    data = "N;T;C;P\n1;$ 1.586,00;1050;3\n1;R$ 0,05;-;4\n"
    assert await mapped(tmp_path, data, text) == [
        {"invoice_number": "1", "prices": {"total": Decimal("1586.05"), "cost": Decimal("10.5")}, "points": 7}
    ]


async def test_days_as_the_numbers_of_excel(tmp_path: Path) -> None:
    fields = 'createtime = { column = "N", as = "datetime", format = ["%d/%m/%Y", "excel"], timezone = "America/Lima" }'
    text = f'[purchase]\nkey = ["N"]\n[purchase.fields]\ninvoice_number = {{ column = "N" }}\n{fields}\n'
    first, second = await mapped(tmp_path, "N\n46027.4270833\n05/01/2026\n", text)
    assert (first["createtime"], second["createtime"]) == ("2026-01-05 15:15:00", "2026-01-05 05:00:00")
