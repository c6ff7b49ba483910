"""`woowup mapping`, and `--preset`: exports of shop systems without your own mapping."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import backfill, woowup
from woowup_async.sources import presets
from woowup_async.testing import Simulator

SAMPLES = Path(__file__).parents[2] / "samples" / "exports"


EXPORTS = sorted(path for path in SAMPLES.iterdir() if path.suffix != ".md" and "customers" not in path.name)
#: One of each form. `test_presets.py` and `test_preset_variants.py` read all with their presets.
FORMS = {"magento", "mercadolibre-br", "nuvemshop-json", "prestashop-associations-json", "shopify", "vtex-json"}


@pytest.mark.parametrize(
    "file",
    [path if path.stem in FORMS else pytest.param(path, marks=pytest.mark.long) for path in EXPORTS],
    ids=lambda path: path.stem,
)
def test_an_export_is_sent_with_a_preset(simulator: Simulator, file: Path) -> None:
    given = ("--preset", file.stem.partition("-")[0], "--users", file, "--purchases", file)
    planned = json.loads(woowup("plan", *given, "--json").output)
    result = backfill(simulator, *given)

    assert result.exit_code == 0, result.output  # it is 0 even if the preset leaves orders out
    assert planned["users"]["effects"] == planned["purchases"]["effects"] or planned["users"]["submitted"] > 0
    assert len(simulator.purchases) == sum(planned["purchases"]["effects"].values()) == 1
    assert len(simulator.users) == 1
    assert not simulator._account.orphans


def test_customers_and_orders_of_one_system(simulator: Simulator) -> None:
    result = backfill(
        simulator, "--preset", "shopify",
        "--users", SAMPLES / "shopify-customers.csv", "--purchases", SAMPLES / "shopify.csv",
    )  # fmt: skip
    assert result.exit_code == 0  # a rule of the preset leaves an order out
    assert len(simulator.users) == 2
    assert len(simulator.purchases) == 1
    assert not simulator._account.orphans


def test_a_folder_of_documents_with_another_mapping(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(presets.text_of("magento-json"), encoding="utf-8")
    folder = tmp_path / "orders"
    folder.mkdir()
    for number, order in enumerate(json.loads((SAMPLES / "magento-json.json").read_text(encoding="utf-8"))):
        (folder / f"{number}.json").write_text(json.dumps(order, indent=1), encoding="utf-8")
    for given in (folder, folder / "*.json"):
        planned = json.loads(
            woowup("plan", "--mapping", tmp_path / "m.toml", "--users", given, "--purchases", given, "--json").output
        )
        assert planned["purchases"]["codes"] == {"left_out": 1}
        assert planned["purchases"]["effects"] == {"queued": 1}


def test_a_mapping_is_printed_so_that_it_can_be_changed(tmp_path: Path) -> None:
    shown = woowup("mapping", "show", "shopify")
    assert shown.output == presets.text_of("shopify")
    (tmp_path / "m.toml").write_text(shown.output, encoding="utf-8")
    file = SAMPLES / "shopify.csv"
    given = ("--users", file, "--purchases", file, "--json")
    own, packaged = (
        woowup("plan", *how, *given) for how in (("--mapping", tmp_path / "m.toml"), ("--preset", "shopify"))
    )
    assert own.output == packaged.output
    assert woowup("mapping", "show").output.split() == presets.names()
    assert woowup("mapping", "show", "vtex").output == presets.text_of("vtex")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mapping", "show", "wix"), "there is no preset 'wix'"),
        (("plan", "--preset", "wix", "--users", "u.csv"), "there is no preset 'wix'"),
        (("plan", "--preset", "shopify", "--layout", "woowup", "--users", "u.csv"), "give only one of --mapping"),
        (("plan", "--preset", "shopify", "--users", str(SAMPLES / "magento.csv")), "has no column"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str) -> None:
    result = woowup(*arguments)
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert said in line
