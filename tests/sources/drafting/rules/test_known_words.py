"""Texts of cells whose meaning is known."""

from woowup_async.sources.drafting.rules import known_words as known


def test_states() -> None:
    assert all(map(known.is_cancelled, ("Cancelado", "anulada", "REFUNDED", "Devolución", "recusado", "voided")))
    assert not any(map(known.is_cancelled, ("Pago contra reembolso", "paid", "Entregado", "Aberto")))
    assert all(map(known.is_state, ("Entregado", "Abierta", "complete", "Faturado")))
    assert not any(map(known.is_state, ("Santa Fe", "SP", "Antioquia")))


def test_lookups() -> None:
    assert known.payments(["Efectivo", "Tarjeta Débito", "VISA", "Mercado Pago", "Cheque", "Debit/Credit"]) == {
        "Efectivo": "cash", "Tarjeta Débito": "debit", "VISA": "credit", "Mercado Pago": "mercadopago", "*": "other",
    }  # fmt: skip
    assert known.channels(["Tienda online", "Local", "xyz"]) == {
        "Tienda online": "web", "Local": "in-store", "*": "other",
    }  # fmt: skip
    assert known.genders(["Femenino", "M", "?"]) == {"Femenino": "f", "M": "m", "*": ""}
    assert known.consents(["Sí", "nao", "not_subscribed", "tal vez"]) == {
        "Sí": "enabled", "nao": "disabled", "not_subscribed": "disabled", "*": "",
    }  # fmt: skip
