"""Templates: columns, formats and optional parts."""

from __future__ import annotations

import pytest

from woowup_async.sources.templates import columns_of, filled, parsed

CELLS = {"Calle": "Av. Sol", "Numero": "123", "Piso": "", "Ñ: 1": "x", "Zip": "7"}


def fill(template: str) -> str | None:
    return filled(parsed(template), lambda column: CELLS.get(column, ""))


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{Calle}[ {Numero}][, {Piso}]", "Av. Sol 123"),
        ("{Calle}, {Piso}", None),
        ("[{Piso}]", None),
        ("[{Piso} ]{Calle}", "Av. Sol"),
        ("[{Piso}-{Numero}]x", "x"),  # a part needs all its columns
        ("{Zip:08}", "00000007"),
        ("{Calle:upper}-{Calle:slug}", "AV. SOL-av-sol"),
        ("{{{Zip}}} [[{Zip}]]", "{7} [7]"),
        ("{Ñ: 1}", "x"),
        ("no column", "no column"),
    ],
)
def test_a_template_is_filled(template: str, text: str | None) -> None:
    assert fill(template) == text


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{Calle", r"expected '}'"),
        ("Calle}", r"expected '{'"),
        ("[{Calle}", r"'\[' has no partner"),
        ("{Calle}]", r"'\]' has no partner"),
        ("[a [{Calle}]]", "is inside another"),
        ("[abc]", r"an optional part needs a {column}"),
        ("{Calle!r}", "is not a column"),
        ("{}", "is not a column"),
        ("{:08}", "is not a column"),
        ("{Calle:>10}", "'>10' in {Calle:>10} is not a format"),
        ("{Calle:title}", "'title' in {Calle:title} is not a format"),
    ],
)
def test_a_wrong_template_is_refused(template: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parsed(template)


def test_the_columns_of_a_template() -> None:
    assert list(columns_of(parsed("{a}[ {b:upper}]{a.b[0]}"))) == ["a", "b", "a.b[0]"]
