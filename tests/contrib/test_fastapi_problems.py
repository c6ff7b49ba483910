"""Problems: one error for each field, with its place in the body."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from tests.support.asgi import post
from tests.support.official import purchase_line
from woowup_async.contrib.fastapi import PROBLEMS, IngesterDependency, PurchaseBody, UserBody, WoowUpPlugin, accept
from woowup_async.contrib.fastapi_problems import FieldError, Problem, field_errors, record_problem
from woowup_async.errors import Reason
from woowup_async.testing import Simulator

ORDER: dict[str, Any] = purchase_line(7)
BAD = ORDER | {"purchase_detail": [{"sku": "AB", "quantity": 1}], "a/b~c": 1}


def routes_of(app: FastAPI) -> None:
    @app.post("/order", status_code=202, responses=PROBLEMS)
    async def order(order: PurchaseBody, ingester: IngesterDependency) -> str:
        return str(accept(ingester, order).record.position)

    @app.post("/raw")
    async def raw(request: Request, ingester: IngesterDependency) -> str:
        return str(accept(ingester, await request.body()).record.position)

    @app.post("/user")
    async def user(user: dict[str, Any], ingester: IngesterDependency) -> str:
        return accept(ingester, user, entity="user").entity

    @app.post("/mixed")
    async def mixed(order: PurchaseBody, user: UserBody, page: Annotated[int, Query()]) -> None: ...

    @app.post("/two")
    async def two(order: PurchaseBody, user: UserBody) -> None: ...


@asynccontextmanager
async def running() -> AsyncIterator[FastAPI]:
    """Start an app. A fixture would leave its task group in another task."""
    async with Simulator() as simulator:
        woowup = WoowUpPlugin(simulator.api_key, base_url=simulator.url)
        app = FastAPI(lifespan=woowup.lifespan)
        woowup.install(app)
        routes_of(app)
        async with app.router.lifespan_context(app):
            yield app


async def test_a_body_and_a_raw_record_have_the_same_problem() -> None:
    async with running() as app:
        answers = [await post(app, path, {**BAD, "points": 1.5}) for path in ("/order", "/raw")]
    for answer in answers:
        assert (answer.status, answer.kind) == (422, "application/problem+json")
        problem = Problem.model_validate(answer.body)
        assert (problem.type, problem.status, problem.title) == (
            "about:blank", 422, "the record breaks rules of the schema",
        )  # fmt: skip
    places = [{(error["pointer"], error["path"]) for error in answer.body["errors"]} for answer in answers]
    assert places[1] == {
        ("#/purchase_detail/0/unit_price", "purchase_detail[0].unit_price"),
        ("#/points", "points"),
    }
    assert places[0] == places[1] | {("#/a~1b~0c", "a/b~c")}  # a model has no room for unknown names


async def test_accept_takes_an_entity() -> None:
    async with running() as app:
        assert (await post(app, "/user", {"email": "ana@b.co"})).body == "user"
        answer = await post(app, "/user", {"email": "ana"})
    assert answer.body["errors"] == [
        FieldError(
            pointer="#/email", detail="expected an e-mail address, got 'ana'", path="email",
            message="expected an e-mail address, got 'ana'",
        ).model_dump()
    ]  # fmt: skip


async def test_several_bodies_have_their_names_in_the_pointer() -> None:
    async with running() as app:
        answer = await post(app, "/two", {"order": ORDER, "user": {"email": 5}})
    assert [error["pointer"] for error in answer.body["errors"]] == ["#/user/email"]


@pytest.mark.parametrize(("path", "body"), [("/mixed", {"order": BAD, "user": {}}), ("/user", [1]), ("/order", b"{")])
async def test_other_errors_keep_the_answer_of_fastapi(path: str, body: object) -> None:
    async with running() as app:
        answer = await post(app, path, body)
    assert (answer.status, answer.kind) == (422, "application/json")
    assert answer.body["detail"]


async def test_the_apps_own_handler_stays() -> None:
    async def mine(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse("mine", 418)

    app = FastAPI()
    app.add_exception_handler(RequestValidationError, mine)
    WoowUpPlugin("key").install(app)
    routes_of(app)
    assert (await post(app, "/mixed", {})).body == "mine"


async def test_any_other_error_is_raised() -> None:
    with pytest.raises(KeyError):
        await record_problem(Request({"type": "http"}), KeyError("x"))


def test_openapi_shows_the_problems() -> None:
    app = FastAPI()
    routes_of(app)
    document = app.openapi()
    answers = document["paths"]["/order"]["post"]["responses"]
    for status in ("422", "503"):
        assert answers[status]["content"]["application/problem+json"]["schema"] == {
            "$ref": "#/components/schemas/Problem"
        }
    assert {"Problem", "FieldError"} <= document["components"]["schemas"].keys()


def test_the_place_of_the_whole_record() -> None:
    (error,) = field_errors([Reason("", "needs an identifier")])
    assert (error["pointer"], error["path"]) == ("#", "")
