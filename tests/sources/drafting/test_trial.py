"""A mapping on the head of a file: what fits, and why the rest does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.sources.drafting.rules.draft import Misfit
from woowup_async.sources.drafting.trial import tally_of, tried
from woowup_async.sources.mapping import Mapping

MAPPING = Mapping.parse(
    """
[csv]
datetime = "%d/%m/%Y"
[purchase]
key = ["N"]
leave_out = [{ column = "S", one_of = ["cancelado"], reason = "cancelled" }]
[purchase.fields]
invoice_number = { column = "N" }
email = { column = "Mail" }
createtime = { column = "D", as = "datetime" }
"prices.total" = { column = "T", as = "decimal" }
[purchase.lines]
sku = { column = "SKU", as = "sku" }
quantity = { constant = 1 }
unit_price = { column = "T", as = "decimal" }
""",
    "m",
)
_ROWS = (
    "1,a@x.co,25/01/2026,10.10,A-1,", "2,a@x.co,2026-01-25,1.00,A-1,", "3,a@x.co,x,1.00,A-1,",
    "4,,25/01/2026,1.00,A-1,", "5,a@x.co,25/01/2026,1.00,A-1,cancelado", "6,a@x.co,25/01/2026,1.00,A-1,",
    "6,a@x.co,26/01/2026,1.00,B-1,",
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "f.csv"
    path.write_text("\n".join(("N,Mail,D,T,SKU,S", *_ROWS)), encoding="utf-8")
    return path


def test_records_are_counted_by_their_reason(file: Path) -> None:
    found = tally_of(file, MAPPING, Entity.PURCHASE, 100)
    assert (found.entity, found.records, found.fitting, found.left_out) == ("purchase", 6, 1, 1)
    assert found.misfits == [
        Misfit("D: expected datetime, got …", 2, "first: f.csv:3: '2026-01-25'"),
        Misfit("needs at least one of service_uid, email, document, telephone", 1, "first: f.csv:5"),
        Misfit("createtime: the rows of one order disagree: says …, says …", 1,
               "first: f.csv:7: '2026-01-25 00:00:00', '2026-01-26 00:00:00'"),
    ]  # fmt: skip
    assert found.at_fault == {"D": 2, "": 1, "disagree:createtime": 1}


def test_only_the_head_is_read(file: Path) -> None:
    assert tally_of(file, MAPPING, Entity.PURCHASE, 2).records == 2


def test_all_rows_of_a_document_are_read(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text('{"n": 1, "x": [{"s": 1}, {"s": 2}, {"s": 3}]}\n{"n": 2, "x": []}\n', encoding="utf-8")
    text = '[json]\n[purchase]\nkey = ["n"]\n[purchase.fields]\ninvoice_number = { column = "n" }\n'
    mapping = Mapping.parse(f'{text}[purchase.lines]\nsku = {{ column = "x[].s" }}\n', "m")
    (only,) = tried(path, mapping, Entity.PURCHASE, 2)
    assert len(only.rows) == 3


def test_a_record_as_it_would_be_sent(file: Path) -> None:
    first, second, *_ = tried(file, MAPPING, Entity.PURCHASE, 100)
    assert first.sent is not None
    assert str(first.sent["prices"]["total"]) == "10.10"
    assert first.sent["createtime"] == "2026-01-25 00:00:00"
    assert (second.sent, second.refusal is None) == (None, False)


def test_a_file_that_does_not_fit(file: Path) -> None:
    with pytest.raises(SourceError, match=r"has no table \[user\]"):
        tally_of(file, MAPPING, Entity.USER, 100)
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceError, match="none of the 2 cells"):
        tally_of(file, MAPPING, Entity.PURCHASE, 100)
