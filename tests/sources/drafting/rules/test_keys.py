"""The columns that tell orders apart."""

from tests.support.drafts import sample
from woowup_async.sources.drafting.rules.keys import key_of
from woowup_async.sources.drafting.rules.roles import roles_of


def _key(*lines: str) -> list[str] | None:
    taken = sample(*lines)
    key = key_of(taken, roles_of(taken, "orders"))
    return None if key is None else [column.name for column in key.columns]


def test_a_number_that_begins_anew_in_each_branch_needs_the_branch() -> None:
    rows = [f"{shop},{n},{n + day:02}/01/2026,c{n}{shop}@x.com,SKU{n}{line}"
            for shop, day in (("Centro", 1), ("Norte", 9)) for n in range(1, 6) for line in "ab"]  # fmt: skip
    assert _key("Sucursal,Ticket,Fecha,Mail,SKU", *rows) == ["Sucursal", "Ticket"]


def test_a_number_of_its_own_is_enough() -> None:
    rows = [f"Centro,{n},0{n}/01/2026,c{n}@x.com,SKU{line}" for n in range(1, 6) for line in "ab"]
    assert _key("Sucursal,Ticket,Fecha,Mail,SKU", *rows) == ["Ticket"]


def test_a_time_for_each_line_does_not_make_the_branch_a_part_of_the_key() -> None:
    rows = [f"Centro,{n},0{n}/01/2026 10:0{line},c{n}@x.com,SKU{line}" for n in range(1, 6) for line in range(3)]
    assert _key("Sucursal,Ticket,Fecha,Mail,SKU", *rows) == ["Ticket"]


def test_a_file_without_numbers() -> None:
    assert _key("Fecha,Mail", "2026-01-01,ana@example.com") is None
