"""Names of columns in three languages become the same words."""

import pytest

from woowup_async.sources.drafting.rules.words import is_english, knows, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Número do Pedido", {"number", "order"}),
        ("N° Orden", {"number", "order"}),
        ("# de venta", {"number", "order"}),
        ("orderNo", {"order", "number"}),
        ("invoiceno", {"invoice", "number"}),
        ("fechapedido", {"date", "order"}),
        ("id_customer", {"id", "customer"}),
        ("Código do Cliente", {"code", "customer"}),
        ("CPF / CNPJ", {"document"}),
        ("C.P.", {"zip"}),
        ("E-mail", {"email"}),
        ("WhatsApp", {"phone"}),
        ("Nota Fiscal", {"invoice"}),
        ("unit_price_tax_incl", {"unit", "price"}),
        ("Precio con IVA", {"price"}),
        ("total_tax", {"total", "tax"}),
        ("Address1", {"street", "1"}),
    ],
)
def test_words(name: str, words: set[str]) -> None:
    assert {*words_of(name)} == words


def test_a_word_that_is_not_known_stays_as_it_is() -> None:
    assert words_of("Zarandaja 7") == ("zarandaja", "7")
    assert not knows("Zarandaja 7")
    assert knows("Precio")


def test_english_and_other_headers() -> None:
    assert is_english(("Order Date", "Customer Name"))
    assert not is_english(("Fecha de venta", "Nombre del cliente"))
