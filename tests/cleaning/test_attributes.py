"""Names of custom attributes in the form of the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.cleaning import check
from woowup_async.cleaning import Cleaned, custom_attributes


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (custom_attributes, {"Talle Único": 1, "b-c": 2}, {"talle_unico": 1, "b_c": 2}),
        (custom_attributes, {"a b": 1, "a-b": 2, "C": 3}, {"a b": 1, "a-b": 2, "c": 3}),
    ],
)
def test_the_result_for_a_value(rule: Callable[[Any], Cleaned], value: Any, expected: Any) -> None:
    check(rule, value, expected)
