"""The options that say how files are read and cleaned."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support.commands import backfill, woowup
from woowup_async.testing import Simulator

SAMPLES = Path(__file__).parents[1] / "samples" / "exports"
SALES = "invoice_number;document;createtime;total;sku;quantity;unit_price\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


class TestHowFilesAreWritten:
    def test_a_layout_in_another_zone_with_another_mark(self, simulator: Simulator, tmp_path: Path) -> None:
        sales = write(tmp_path / "ventas.txt", f"sep=;\n{SALES}1;30111222;2026-01-31 23:30:05;1.234,50;AB;2;617,25\n")
        users = write(tmp_path / "u.tsv", "document\tfirst_name\n30111222\tAna\n")
        zone = ("--timezone", "America/Argentina/Buenos_Aires", "--decimal", ",")
        result = backfill(simulator, "--layout", "woowup", *zone, "--users", users, "--purchases", sales)
        assert result.exit_code == 0, result.output
        (purchase,) = simulator.purchases.values()
        assert (purchase["createtime"], purchase["prices"]["total"]) == ("2026-02-01 02:30:05", 1234.5)
        assert not simulator._account.orphans

    def test_a_preset_in_another_zone(self, simulator: Simulator) -> None:
        file = SAMPLES / "woocommerce.csv"
        given = ("--preset", "woocommerce", "--timezone", "America/Lima", "--users", file, "--purchases", file)
        backfill(simulator, *given)
        assert [each["createtime"] for each in simulator.purchases.values()] == ["2026-03-02 01:15:00"]

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--layout", "woowup", "--timezone", "Lima"), "--timezone: unknown time zone 'Lima'"),
            (("--preset", "woocommerce", "--timezone", "Lima"), "--timezone: unknown time zone 'Lima'"),
            (("--mapping", "m.toml", "--timezone", "America/Lima"), "a mapping has csv.timezone and csv.decimal"),
            (("--decimal", ","), "--timezone and --decimal are for --layout and --preset"),
        ],
    )
    def test_what_cannot_be_is_said_in_one_line(self, arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
        write(tmp_path / "m.toml", '[user]\nkey = ["document"]\n[user.fields]\ndocument = { column = "document" }\n')
        own = [str(tmp_path / each) if each == "m.toml" else each for each in arguments]
        result = woowup("plan", *own, "--users", SAMPLES / "woocommerce-customers.csv")
        assert result.exit_code == 2
        (line,) = result.output.splitlines()
        assert said in line

    def test_json_lines_have_no_zone_of_their_own(self, tmp_path: Path) -> None:
        users = write(tmp_path / "u.jsonl", '{"document": "30111222"}\n')
        result = woowup("plan", "--layout", "woowup", "--timezone", "America/Lima", "--users", users)
        assert result.exit_code == 2
        assert "--timezone and --decimal are for tables" in result.output

    def test_a_wrong_decimal_mark_names_row_column_and_remedy(self, simulator: Simulator, tmp_path: Path) -> None:
        sales = write(tmp_path / "v.csv", f"{SALES}1;30111222;2026-01-31 23:30:05;1.234,50;AB;2;617,25\n")
        letters = tmp_path / "dead.jsonl"
        result = backfill(simulator, "--layout", "woowup", "--dead-letters", letters, "--purchases", sales)
        assert result.exit_code == 1
        assert simulator.requests == 0
        (letter,) = [json.loads(line) for line in letters.read_text(encoding="utf-8").splitlines()]
        assert letter["position"] == "v.csv:2"
        assert letter["reasons"][0] == {
            "path": "total",
            "message": "line 2: expected decimal, got '1.234,50'; set decimal = \",\" in csv or in the field, "
            "or --decimal , without a mapping",
        }


class TestCleaning:
    def test_documents_meet_however_they_are_written(self, simulator: Simulator, tmp_path: Path) -> None:
        users = write(
            tmp_path / "u.csv",
            "email,document,document_type\nana@x.com,DNI 30.111.222,DNI\neva@x.com,20-12345678-6,CUIT\n"
            "luz@x.com,20.347.878-k,RUT\nno@x.com,99999999,DNI\n",
        )
        numbers = ("30111222", "30.111.222\u200b", "20 12345678 6", "AR20123456786", "20347878K")
        sales = write(
            tmp_path / "v.csv",
            SALES + "".join(f"{n};{each};2026-01-31 23:30:05;1;AB;1;1\n" for n, each in enumerate(numbers)),
        )
        given = ("--layout", "woowup", "--clean", "document", "--users", users, "--purchases", sales)
        result = backfill(simulator, *given)
        assert result.exit_code == 0, result.output
        assert len(simulator.purchases) == len(numbers)
        assert not simulator._account.orphans
        assert [user.get("document") for user in simulator.users.values()] == [
            "30111222", "20123456786", "20347878K", None,
        ]  # fmt: skip

    def test_a_purchase_of_nobody_is_refused_with_the_reason(self, simulator: Simulator, tmp_path: Path) -> None:
        users = write(tmp_path / "u.csv", "email,document\nana@x.com,99.999.999\n")
        sales = write(tmp_path / "v.csv", f"{SALES}1;99999999;2026-01-31 23:30:05;1;AB;1;1\n")
        given = ("--layout", "woowup", "--clean", "document", "--users", users, "--purchases", sales)
        result = backfill(simulator, *given)
        assert result.exit_code == 1
        assert "purchase v.csv:2" in result.output
        assert "is a placeholder" in result.output
        assert not simulator.purchases
        assert not simulator._account.orphans

    @pytest.mark.parametrize(("rule", "package"), [("document", "stdnum"), ("telephone", "phonenumbers")])
    def test_the_extra_is_named(self, rule: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, package, None)
        result = woowup("plan", "--clean", rule, "--users", SAMPLES / "shopify-customers.csv")
        assert result.exit_code == 2
        assert f"--clean {rule} needs an extra: pip install 'woowup_async[clean]'" in result.output

    def test_the_country_of_telephone_numbers(self, simulator: Simulator, tmp_path: Path) -> None:
        users = write(
            tmp_path / "u.csv",
            "email,telephone\na@x.com,(011) 15-5555-1234\nb@x.com,\uff11\uff11\u200b 4123-4567\n"
            "c@x.com,+52 55 5555 0147\n",
        )
        given = ("--layout", "woowup", "--clean", "telephone", "--users", users)
        assert backfill(simulator, *given, "--region", "ar").exit_code == 0
        assert [user["telephone"] for user in simulator.users.values()] == [
            "+5491155551234", "+541141234567", "+525555550147",
        ]  # fmt: skip
        result = backfill(simulator, *given, "--region", "Argentina")
        assert result.exit_code == 2
        assert "unknown region 'Argentina': give two letters" in result.output
