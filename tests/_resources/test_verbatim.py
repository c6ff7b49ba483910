"""`woowup.request` stays below the base URL, and sends its arguments unchanged or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from woowup_async import WoowUp
from woowup_async._resources.verbatim import verbatim_call
from woowup_async.testing import Simulator

BASE = "https://api.woowup.com/apiv3"


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/../../admin", "parts '.' or '..'"), ("/a/./b", "parts '.' or '..'"), ("/..", "parts '.' or '..'"),
        ("/%2e%2e/x", "parts '.' or '..'"), ("/a/%2E./x", "parts '.' or '..'"), ("/%252e%252e/x", "parts '.' or '..'"),
        ("/a%2f..%2fb", "parts '.' or '..'"), ("/a?x=1", "'?' or '#'"), ("/a#b", "'?' or '#'"),
        ("/\\evil.com", "backslashes"), ("/a%5cb", "backslashes"), ("/a\r\nX: y", "control characters"),
        ("/a%0d%0aX", "control characters"), ("/a%00", "control characters"), ("/a\u202eb", "control characters"),
        ("/\ud800", "control characters"), ("/{}", "braces"), ("/users/{id}", "braces"), ("users", "one slash"),
        ("//evil.com/x", "one slash"), ("", "one slash"), ("/a//b", "one slash"),
    ],
)  # fmt: skip
async def test_a_path_that_could_leave_is_refused_with_its_rule(path: str, rule: str) -> None:
    async with Simulator() as simulator, WoowUp(simulator.api_key, base_url=simulator.url) as woowup:
        with pytest.raises(ValueError, match="^path must") as excinfo:
            await woowup.request("GET", path)
        assert rule in str(excinfo.value)
        assert simulator.requests == 0


@given(st.text(alphabet="/.%2eE5cf\\?#{}a \r\x00é", max_size=12))
def test_no_path_leaves(path: str) -> None:
    try:
        call = verbatim_call("GET", path, None, None, None)
    except ValueError:
        return
    sent = URL(BASE + call.endpoint.path_of(()))
    assert sent.host == "api.woowup.com"
    assert sent.path.startswith("/apiv3/")
    assert not sent.query_string
    assert not sent.fragment


@pytest.mark.parametrize(
    "path", ["/users/a%2Fb/x", "/users/YWI%2FPg%3D%3D", "/año", "/a b", "/a..b/.c/d.", "/a%3Fb%23"]
)
def test_other_paths_pass(path: str) -> None:
    assert verbatim_call("GET", path, None, None, None).endpoint.path_of(()) == path


@pytest.mark.parametrize("method", ["", "GET ", "GET\r\nX: y", "G3T", "ÑET", "GET/"])
def test_a_method_is_letters(method: str) -> None:
    with pytest.raises(ValueError, match="method must be letters only"):
        verbatim_call(method, "/a", None, None, None)


@pytest.mark.parametrize(
    ("params", "body", "kind", "message"),
    [
        ({"a": "\ud800"}, None, ValueError, r"params\['a'\] cannot be sent"),
        ({"\ud800": "a"}, None, ValueError, "params cannot be sent"),
        ({"a": None}, None, TypeError, r"params\['a'\] must be a str or an int, got None"),
        ({"a": True}, None, TypeError, r"params\['a'\] must be a str or an int, got True"),
        (None, {"a": "\ud800"}, ValueError, "body cannot be written as JSON"),
    ],
)
def test_arguments_that_cannot_be_sent(params: Any, body: object, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        verbatim_call("POST", "/a", params, body, None)


async def test_a_query_that_cannot_be_encoded_is_not_sent() -> None:
    async with Simulator() as simulator, WoowUp(simulator.api_key, base_url=simulator.url) as woowup:
        with pytest.raises(ValueError, match="email cannot be sent: '\\\\ud800' has half of a surrogate pair"):
            await woowup.users.exists(email="\ud800")
        assert simulator.requests == 0
