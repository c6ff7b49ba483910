"""E-mail addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cleaning import check, check_again
from woowup_async.cleaning import email


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Ana@Example.org ", "ana@example.org"),
        ("mailto:ana@x.com", "ana@x.com"),
        ("ana.maria@gamil.con", "ana.maria@gmail.com"),
        ("ana.maria@gmail", "ana.maria@gmail.com"),
        ("josé..perez_@gmail.com", "jose.perez@gmail.com"),
        ("anamaria+shop@gmail.com", "anamaria+shop@gmail.com"),
        ("ana-maria@x.com-123456b.ct.vtex.com.br", "ana-maria@x.com"),
        ("12345678-ana@x.com-123456b.ct.vtex.com.br", "ana@x.com"),
        ("nombre.apellido@x.com", "nombre.apellido@x.com"),
        ("ana@abigail.com", "ana@abigail.com"),
        ("ana@amigomail.com", "ana@amigomail.com"),
        ("ana@gail.com", "ana@gail.com"),
        ("notieneprisa@x.com", "notieneprisa@x.com"),
        ("a0123456789abcdef0123@ct.vtex.com.br", None),
        ("noemail@noemail.com", None),
        ("no-reply@x.com", "no-reply@x.com"),
        ("tienda.noreply@x.com", None),
        ("test12@x.com", None),
        ("ana@x.com, eva@x.com", None),
        ("ana", None),
        ("muñoz.ana@gmail.com", None),
        ("ana@gmail.com", None),
        ("anaaaaaaa@gmail.com", None),
    ],
)
def test_the_result_for_a_value(value: str, expected: str | None) -> None:
    check(email, value, expected)


@given(st.text(max_size=40))
def test_it_takes_any_text_and_keeps_its_own_result(value: str) -> None:
    check_again(email, value)
