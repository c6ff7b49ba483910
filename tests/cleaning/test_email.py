"""E-mail addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cleaning import check, check_again
from woowup_async.cleaning import (
    Cleaned,
    email,
)


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (email, " Ana@Example.org ", "ana@example.org"),
        (email, "mailto:ana@x.com", "ana@x.com"),
        (email, "ana.maria@gamil.con", "ana.maria@gmail.com"),
        (email, "ana.maria@gmail", "ana.maria@gmail.com"),
        (email, "josé..perez_@gmail.com", "jose.perez@gmail.com"),
        (email, "anamaria+shop@gmail.com", "anamaria+shop@gmail.com"),
        (email, "ana-maria@x.com-123456b.ct.vtex.com.br", "ana-maria@x.com"),
        (email, "12345678-ana@x.com-123456b.ct.vtex.com.br", "ana@x.com"),
        (email, "nombre.apellido@x.com", "nombre.apellido@x.com"),
        (email, "ana@abigail.com", "ana@abigail.com"),
        (email, "ana@amigomail.com", "ana@amigomail.com"),
        (email, "ana@gail.com", "ana@gail.com"),
        (email, "notieneprisa@x.com", "notieneprisa@x.com"),
        (email, "a0123456789abcdef0123@ct.vtex.com.br", None),
        (email, "noemail@noemail.com", None),
        (email, "no-reply@x.com", "no-reply@x.com"),
        (email, "tienda.noreply@x.com", None),
        (email, "test12@x.com", None),
        (email, "ana@x.com, eva@x.com", None),
        (email, "ana", None),
        (email, "muñoz.ana@gmail.com", None),
        (email, "ana@gmail.com", None),
        (email, "anaaaaaaa@gmail.com", None),
    ],
)
def test_what_it_makes_of_a_value(rule: Callable[[Any], Cleaned], value: Any, expected: Any) -> None:
    check(rule, value, expected)


@given(st.text(max_size=40))
@pytest.mark.parametrize("rule", [email])
def test_it_takes_any_text_and_leaves_its_own_result(rule: Callable[[Any], Cleaned], value: str) -> None:
    check_again(rule, value)
