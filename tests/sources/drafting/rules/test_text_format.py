"""Encoding, delimiter, quotes and header of a text."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.sources.drafting.rules.text_format import binary, encoding_of, has_names, header_of, layout_of, wide

_CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12)


@given(
    rows=st.lists(st.lists(_CELLS, min_size=4, max_size=4), min_size=3, max_size=20),
    delimiter=st.sampled_from([";", ",", "\t", "|"]),
)
def test_the_delimiter_of_quoted_cells_is_found(rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([["Pedido", "Fecha", "Producto", "Total"], *rows])
    found = layout_of(text.getvalue())
    assert (found.delimiter, found.quote, found.header_row) == (delimiter, '"', 1)


def test_lines_above_the_header() -> None:
    text = "Ventas CL;;\nal 24/06/2026;;\n\nPedido;Fecha;Total\n1;2026-01-02;10\n"
    assert layout_of(text) == (";", '"', 4, True)
    rows = [(1, ["Informe"]), (3, ["Pedido", "Fecha", "Total"]), (4, ["1", "2026-01-02", "10"])]
    assert header_of(rows) == 3
    assert header_of([]) == 1


def test_quotes_that_enclose_nothing() -> None:
    assert layout_of('Orden|Producto\n1|"TV" 48\n2|Taza\n').quote == ""
    assert layout_of('Orden|Producto\n1|"TV 48"" 4K"\n').quote == '"'


def test_a_record_is_no_header() -> None:
    assert not has_names(["1", "ana@example.com", "2026-01-02"])
    assert has_names(["1", "Email", "2026-01-02"])
    assert has_names(["foo", "bar"])
    assert not layout_of("1;ana@x.co;2026-01-01\n2;eva@x.co;2026-01-02\n").has_names


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman"])
def test_accents_show_the_encoding(encoding: str) -> None:
    head = "Número;Descripción;Año;São João\nñandú;Peña".encode(encoding)
    found, why = encoding_of(head, is_utf8=False)
    assert head.decode(found) == head.decode(encoding)
    assert "not UTF-8" in why


def test_utf_16_and_utf_8() -> None:
    assert encoding_of("Año".encode(), is_utf8=True) == ("utf-8-sig", "")
    assert encoding_of("Pedido;Total\n1;2".encode("utf-16"), is_utf8=False)[0] == "utf-16"
    assert encoding_of("Pedido;Total\n1;2".encode("utf-16-le"), is_utf8=True)[0] == "utf-16-le"
    assert wide("Pedido;Total\n1;2".encode("utf-16-be")) == "utf-16-be"
    assert wide(b"Pedido") is None


@pytest.mark.parametrize(
    ("head", "what"),
    [(b"PK\x03\x04 and more", "a workbook"), (b"%PDF-1.7", "a PDF"), (bytes(range(200)), "not text"),
     (b"Pedido;Total\n", None), ("Pedido".encode("utf-16"), None)],
)  # fmt: skip
def test_files_that_are_not_text(head: bytes, what: str | None) -> None:
    found = binary(head)
    assert found is None if what is None else found is not None and found.startswith(what)
