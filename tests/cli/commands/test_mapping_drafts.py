"""`woowup mapping new` and `woowup mapping check`: a draft brings an unknown export into the account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import backfill, woowup
from woowup_async.sources import Mapping
from woowup_async.testing import Simulator

SAMPLES = Path(__file__).parents[2] / "samples" / "exports"
EXPORTS = sorted(path for path in SAMPLES.iterdir() if path.suffix != ".md")
#: One of each form. `test_drafting.py` reads the drafts of all.
FORMS = {"mercadolibre-br", "prestashop-associations-json", "shopify-customers-json", "tiendanube", "vtex-customers"}
TABLE = "Pedido;Fecha;Mail;Nombre;SKU;Cantidad;Precio\n" + "".join(
    f"A-{n};{n + 12}/01/2026 10:00;c{n}@example.com;Ana Paz;SKU-{n};{n};10,50\n" for n in range(1, 6)
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "ventas.csv"
    path.write_text(TABLE, encoding="cp1252")
    return path


@pytest.mark.parametrize(
    "export",
    [path if path.stem in FORMS else pytest.param(path, marks=pytest.mark.long) for path in EXPORTS],
    ids=lambda path: path.stem,
)
def test_a_draft_brings_an_export_into_the_account(simulator: Simulator, tmp_path: Path, export: Path) -> None:
    draft = tmp_path / "m.toml"
    assert woowup("mapping", "new", export, "--output", draft).exit_code == 0
    has_orders = Mapping.load(draft).purchase is not None
    given = ("--mapping", draft, "--users", export, *(("--purchases", export) if has_orders else ()))
    planned = json.loads(woowup("plan", *given, "--json").output)
    assert backfill(simulator, *given).exit_code == 0
    assert has_orders == ("customers" not in export.stem)
    assert len(simulator.purchases) == planned["purchases"]["submitted"]
    assert simulator.users
    assert not simulator._account.orphans


def test_a_draft_on_standard_output_is_a_mapping(table: Path, tmp_path: Path) -> None:
    result = woowup("mapping", "new", table)
    assert result.exit_code == 0
    mapping = Mapping.parse(result.stdout, "m")
    assert mapping.purchase is not None
    assert mapping.purchase.key == ["Pedido"]
    assert result.stderr.splitlines() == [
        "5 of 5 orders of the sample fit",
        "5 of 5 customers of the sample fit",
        "- times have no offset and are read as UTC: write the zone of the shop in",
        "  csv.timezone",
        f"see it beside the rows: woowup mapping check m.toml {table}",
    ]


def test_a_file_is_not_replaced_without_force(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "m.toml"
    output.write_text("mine", encoding="utf-8")
    result = woowup("mapping", "new", table, "--output", output)
    assert (result.exit_code, output.read_text(encoding="utf-8")) == (2, "mine")
    assert result.output == f"woowup: {output} exists: add --force to replace it\n"
    result = woowup("mapping", "new", table, "--output", output, "--force")
    assert result.exit_code == 0
    assert result.output.startswith(f"{output} is written\n5 of 5 orders of the sample fit\n")
    assert Mapping.load(output).purchase is not None


def test_the_contents_and_the_size_of_the_sample(table: Path) -> None:
    users = Mapping.parse(woowup("mapping", "new", table, "--users").stdout, "m")
    assert (users.purchase, users.user is None) == (None, False)
    orders = woowup("mapping", "new", table, "--purchases", "--rows", "2").stdout
    assert "from its first 2 rows" in orders


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "cannot read"),
        ("f.csv", b"", "is empty"),
        ("f.csv", bytes(range(256)), "is not text"),
        ("f.json", b"\x00", "is not JSON"),
        ("f.xlsx", b"x", "is damaged or not an .xlsx workbook"),
        ("f.pdf", b"x", "only .csv, .xlsx, .parquet and JSON can be read"),
        ("f.csv", b"a,b\n1,2\n", "not clear if these are orders or customers"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = woowup("mapping", "new", tmp_path / name)
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert said in line


def test_what_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("Ticket,Fecha,SKU,Cantidad,Precio\n1,2026-01-02,A-1,1,9.50\n", encoding="utf-8")
    result = woowup("mapping", "new", path, "--output", tmp_path / "m.toml")
    assert result.exit_code == 0
    assert "- no column identifies customers: write one in purchase.fields, such as" in result.output
    text = (tmp_path / "m.toml").read_text(encoding="utf-8")
    (tmp_path / "m.toml").write_text(text.replace('# email = { column = "MAIL"', 'email = { column = "SKU"'))
    assert woowup("mapping", "check", tmp_path / "m.toml", path, "--purchases").exit_code == 0


@pytest.mark.parametrize("width", [80, 120])
def test_three_records_beside_their_rows(
    table: Path, tmp_path: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    woowup("mapping", "new", table, "--output", tmp_path / "m.toml")
    result = woowup("mapping", "check", tmp_path / "m.toml", table)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert max(map(len, lines)) < width
    assert [line for line in lines if line.startswith(("order ", "customer "))] == [
        f"{what} {n}, line {n + 1} of ventas.csv (1 row)" for what in ("order", "customer") for n in (1, 2, 3)
    ]
    shown = [" ".join(line.split()) for line in lines]
    assert "createtime 2026-01-13 10:00:00 │ Fecha: 13/01/2026 10:00" in shown
    assert "unit_price 10.50 │ Precio: 10,50" in shown
    assert lines[-2:] == ["5 of 5 orders of the sample fit", "5 of 5 customers of the sample fit"]


def test_records_that_do_not_fit(table: Path, tmp_path: Path) -> None:
    woowup("mapping", "new", table, "--output", tmp_path / "m.toml")
    table.write_text(TABLE.replace("13/01", "13-01"), encoding="cp1252")
    result = woowup("mapping", "check", tmp_path / "m.toml", table, "--purchases")
    assert result.exit_code == 1
    assert "  not sent, it does not fit:\n    Fecha: line 2: expected datetime, got '13-01/2026 10:00'" in result.output
    assert "4 of 5 orders of the sample fit:" in result.output


def test_records_that_are_left_out_and_notices(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("N,M,T,Q,S\n1,a@x.co,1.00,2,x\n2,a@x.co,9.00,1,y\n", encoding="utf-8")
    (tmp_path / "m.toml").write_text(
        '[purchase]\nkey = ["N"]\nleave_out = [{ column = "S", one_of = ["x"], reason = "no" }]\n[purchase.fields]\n'
        'invoice_number = { column = "N" }\nemail = { column = "M" }\n"prices.total" = { constant = 5 }\n'
        '[purchase.lines]\nsku = { constant = "s1" }\nquantity = { column = "Q", as = "int" }\n'
        'unit_price = { column = "T", as = "decimal" }\n', encoding="utf-8",
    )  # fmt: skip
    result = woowup("mapping", "check", tmp_path / "m.toml", tmp_path / "f.csv")
    assert result.exit_code == 0
    assert "order 1, line 2 of f.csv (1 row)\n  not sent: it is left out\n    S: no\n" in result.output
    assert "  notice: its lines add up to 9, its total is 5\n" in result.output
    assert result.output.endswith("1 of 2 orders of the sample fit, 1 left out\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new", "{table}", "--users", "--purchases"), "give --users or --purchases, not both"),
        (("check", "none.toml", "{table}"), "cannot read the mapping none.toml"),
        (("check", "{mapping}", "none.csv"), "cannot read none.csv"),
        (("check", "{mapping}", "{table}", "--users"), "has no table for these records"),
    ],
)
def test_usage(table: Path, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('[purchase]\nkey = ["Pedido"]\n[purchase.fields]\ninvoice_number = { column = "Pedido" }\n')
    result = woowup("mapping", *(each.format(table=table, mapping=mapping) for each in arguments))
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert said in line


def test_help() -> None:
    for command in ("new", "check"):
        result = woowup("mapping", command, "--help")
        assert result.exit_code == 0
        assert max(map(len, result.output.splitlines())) <= 80
        assert f"Example: woowup mapping {command} " in result.output
    assert "Draft a mapping from the first rows of a file." in woowup("mapping", "--help").output
