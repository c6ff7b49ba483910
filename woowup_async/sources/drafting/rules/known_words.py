"""Texts of cells whose meaning is known: states of orders, means of payment, channels, genders, consents.

Room: sources. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from woowup_async.sources.texts import without_accents

_Rules = tuple[tuple[str, str], ...]
_CANCELLED = re.compile(
    r"cancel|anulad|refund|reembols|devuel|devolu|estorn|void|recus|rechaz|failed|fallid|abandon|expired|expirad|vencid|"
    r"chargeback|fraud|invalid|rejected|declined"
)
_STATES = re.compile(
    _CANCELLED.pattern + r"|entreg|enviad|pend|pag[ao]d?|paid|complet|abiert|abert|open|clos|cerrad|aprob|aprov|approv|"
    r"process|proces|deliver|confirm|ship|fulfil|authori|handling|invoiced|faturad|nuev|new|prepar|listo|pront|concl|"
    r"finaliz|em andamento|recibid|recebid|curso|transito|camino|hold|activ|ativ|archiv|success|exito"
)
_PAYMENTS: _Rules = (
    (r"mercado ?pago|^mp$|account_money", "mercadopago"),
    (r"debit", "debit"),
    (r"credit|visa|master|amex|american express|tarjeta|cartao|cabal|naranja|elo\b|hipercard|diners", "credit"),
    (r"cash|efectivo|dinheiro|contado|contra ?(re)?embolso|contra ?entrega|especie|\bcod\b", "cash"),
)
_CHANNELS: _Rules = (
    (r"\bpos\b|tienda fisica|loja fisica|presencial|mostrador|in.?store|local|sucursal|caja|balcao|fisic", "in-store"),
    (r"web|online|e.?commerce|internet|virtual|app|mobile|site|checkout|shop|store|tienda|loja|rest.?api", "web"),
    (r"telefon|phone|call|whatsapp", "telephone"),
    (r"corporat|empresa|mayorista|b2b|atacado", "corporate"),
)
_GENDERS: _Rules = (
    (r"^(f|fem.*|mujer|female|femea|woman|senora|sra\.?|2)$", "f"),
    (r"^(m|masc.*|hombre|homem|male|macho|man|varon|senor|sr\.?|h|1)$", "m"),
)
_YES = re.compile(
    r"yes|y|true|1|si|s|sim|subscribed|suscripto|suscrito|inscrito|acepta|aceita|enabled|activo|ativo|on|opt.?in"
)
_NO = re.compile(
    r"no|n|false|0|nao|not.?subscribed|unsubscribed|no suscripto|no suscrito|nao inscrito|no acepta|disabled|"
    r"inactivo|inativo|off|opt.?out|pending|redacted|invalid"
)


def is_cancelled(text: str) -> bool:
    """Return whether a state says that an order was not completed, or was given back."""
    plain = without_accents(text)
    return "contra" not in plain and bool(_CANCELLED.search(plain))  # a payment on delivery is "contra reembolso"


def is_state(text: str) -> bool:
    """Return whether a text is a state of an order, a payment or a delivery."""
    return bool(_STATES.search(without_accents(text)))


def payments(texts: Iterable[str]) -> dict[str, str]:
    """Return what the API calls means of payment. All others are `other`."""
    return {**_table(texts, _PAYMENTS), "*": "other"}


def channels(texts: Iterable[str]) -> dict[str, str]:
    """Return what the API calls channels. All others are `other`."""
    return {**_table(texts, _CHANNELS), "*": "other"}


def genders(texts: Iterable[str]) -> dict[str, str]:
    """Return what the API calls genders. All others are left out."""
    return {**_table(texts, _GENDERS), "*": ""}


def consents(texts: Iterable[str]) -> dict[str, str]:
    """Return `enabled` and `disabled` for texts that say yes and no. All others are left out."""
    found = {}
    for text in texts:
        plain = without_accents(text)
        if _YES.fullmatch(plain):
            found[text] = "enabled"
        elif _NO.fullmatch(plain):
            found[text] = "disabled"
    return {**found, "*": ""}


def _table(texts: Iterable[str], rules: _Rules) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        plain = without_accents(text)
        meanings = [meaning for pattern, meaning in rules if re.search(pattern, plain)]
        is_both = "credit" in plain and "debit" in plain
        if meanings and not is_both:
            found[text] = meanings[0]
    return found
