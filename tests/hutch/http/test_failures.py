from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from hutch import Inject, Module, bind
from hutch.context import current_context
from hutch.contributions import Middleware, OnError
from hutch.http import (
    Conflict,
    NotFound,
    Problem,
    TooManyRequests,
    add_header,
    answers,
    controller,
    get,
)
from hutch.settings import HttpSettings
from hutch.testing import testing as started


class Missing(LookupError):
    pass


class VeryMissing(Missing):
    pass


class Journal:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.entered = asyncio.Event()


class Session:
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.spoilt = False


async def session(journal: Journal) -> AsyncIterator[Session]:
    it = Session(journal)
    try:
        yield it
    except BaseException as error:
        journal.lines.append(f"rolled back after {type(error).__name__}")
        raise
    if it.spoilt:
        raise ConnectionError("commit failed: secret")
    journal.lines.append("committed")


@controller("/")
class Handlers:
    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    @get("/fine")
    async def fine(self, session: Inject[Session]) -> dict[str, object]:
        return dict(current_context())

    @get("/bug")
    async def bug(self, session: Inject[Session]) -> None:
        raise ZeroDivisionError("secret")

    @get("/commit")
    async def commit(self, session: Inject[Session]) -> str:
        session.spoilt = True
        return "done"

    @get("/slow")
    async def slow(self, session: Inject[Session]) -> str:
        self.journal.entered.set()
        await asyncio.Event().wait()
        return "never"

    @get("/stubborn")
    async def stubborn(self, session: Inject[Session]) -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "still here"
        return "never"

    @get("/wrong")
    async def wrong(self) -> int:
        return "secret"  # type: ignore[return-value]

    @get("/missing/{kind}")
    async def missing(self, kind: str) -> None:
        raise {"missing": Missing, "very": VeryMissing, "lookup": LookupError}[kind]("x")

    @get("/http")
    async def http(self) -> None:
        raise HTTPException(418, "short and stout", {"x-pot": "tea"})

    @get("/later")
    async def later(self) -> None:
        raise TooManyRequests(1.2, "Slow down.")

    @get("/half")
    async def half(self) -> Response:
        return Half()


class Half(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("torn")


async def handle_missing(request: Request, error: Missing) -> Response:
    return JSONResponse({"path": request.url.path, "error": type(error).__name__}, 404)


def handle_lookup(request: Request, error: LookupError) -> Response:
    raise Conflict("Look elsewhere.")


def app_with(*contributions: OnError | Middleware, **settings: float) -> Module:
    return Module(
        "app",
        providers=[
            Journal,
            bind(Session).open(session).per_request(),
            bind(HttpSettings).value(HttpSettings.model_validate(settings)),
        ],
        controllers=[Handlers],
        exports=[Journal],
        contributions=contributions,
    )


async def test_an_unexpected_error_tells_its_request_id_and_nothing_else() -> None:
    async with started(app_with()) as t:
        with capture_logs() as logs:
            response = await t.client.get("/bug", headers={"x-request-id": "r-1"})
        assert response.status_code == 500
        assert response.json() == {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "request_id": "r-1",
        }
        assert [log["event"] for log in logs] == ["request failed"]
        assert isinstance(logs[0]["exc_info"], ZeroDivisionError)
        assert t.get(Journal).lines == ["rolled back after ZeroDivisionError"]


async def test_the_scope_is_closed_before_the_answer() -> None:
    async with started(app_with()) as t:
        assert (await t.client.get("/fine")).status_code == 200
        assert t.get(Journal).lines == ["committed"]
        with capture_logs():
            response = await t.client.get("/commit")
        assert response.status_code == 500
        assert "secret" not in response.text


async def test_a_result_of_the_wrong_type_is_a_500() -> None:
    async with started(app_with()) as t:
        with capture_logs() as logs:
            response = await t.client.get("/wrong")
        assert (response.status_code, len(logs)) == (500, 1)
        assert "secret" not in response.text


async def test_the_time_limit_is_a_503_and_the_scope_is_closed() -> None:
    async with started(app_with(time_limit=0.02)) as t:
        first, second = await asyncio.gather(t.client.get("/slow"), t.client.get("/slow"))
        assert (first.status_code, second.status_code) == (503, 503)
        assert first.json()["detail"] == "The request took too long."
        assert t.get(Journal).lines == ["rolled back after CancelledError"] * 2
        assert (await t.client.get("/stubborn")).status_code == 503
        assert (await t.client.get("/fine")).status_code == 200
        # Our own task was cancelled for the request's sake, and is itself again.
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0


async def test_cancelling_closes_the_scope_and_stays_a_cancellation() -> None:
    async with started(app_with()) as t:
        task = asyncio.create_task(t.client.get("/slow"))
        await t.get(Journal).entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert t.get(Journal).lines == ["rolled back after CancelledError"]


async def test_the_nearest_base_class_handles_an_error() -> None:
    module = app_with(OnError(LookupError, handle_lookup), OnError(Missing, handle_missing))
    async with started(module) as t:
        response = await t.client.get("/missing/very")
        assert (response.status_code, response.json()["error"]) == (404, "VeryMissing")
        response = await t.client.get("/missing/lookup")
        assert (response.status_code, response.json()["detail"]) == (409, "Look elsewhere.")


@pytest.mark.parametrize(
    ("handle", "detail"),
    [(answers(NotFound), "not {here}"), (answers(NotFound, "Gone: {}"), "Gone: not {here}")],
)
async def test_an_error_is_answered_with_a_problem(handle: Any, detail: str) -> None:
    answer = handle(Request({"type": "http"}), Missing("not {here}"))
    assert (answer.status_code, json.loads(answer.body)["detail"]) == (404, detail)


async def test_starlettes_exceptions_are_problems() -> None:
    async with started(app_with()) as t:
        response = await t.client.get("/http")
        assert (response.status_code, response.headers["x-pot"]) == (418, "tea")
        assert response.json()["detail"] == "short and stout"


async def test_retry_after_is_whole_seconds_rounded_up() -> None:
    async with started(app_with()) as t:
        response = await t.client.get("/later")
        assert (response.status_code, response.headers["retry-after"]) == (429, "2")


async def test_a_request_id_is_taken_over_if_harmless_and_made_otherwise() -> None:
    async with started(app_with()) as t:
        response = await t.client.get("/fine", headers={"x-request-id": "abc-1"})
        assert response.headers["x-request-id"] == "abc-1"
        assert response.json()["request_id"] == "abc-1"
        for bad in ("a b", "x" * 300, "<script>"):
            response = await t.client.get("/fine", headers={"x-request-id": bad})
            assert re.fullmatch(r"[\w-]+", response.headers["x-request-id"])
            assert response.headers["x-request-id"] != bad
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "request_id" not in current_context()


async def test_a_trace_is_adopted() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with started(app_with()) as t:
        response = await t.client.get("/fine", headers={"traceparent": trace})
        assert response.json()["traceparent"] == trace
        response = await t.client.get("/fine", headers={"traceparent": "nonsense"})
        assert "traceparent" not in response.json()


def failing() -> object:
    def wrap(app: ASGIApp) -> ASGIApp:
        async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/fine":
                raise Problem(402, "Pay first.")
            if scope["path"] == "/bug":
                raise ZeroDivisionError("secret")
            await app(scope, receive, send)

        return middleware

    return wrap


def naming(name: str) -> object:
    def make() -> object:
        def wrap(app: ASGIApp) -> ASGIApp:
            async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
                async def named(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        message["headers"].append((b"x-by", name.encode()))
                    await send(message)

                await app(scope, receive, named)

            return middleware

        return wrap

    return make


async def test_errors_of_middleware_are_answered_too() -> None:
    async with started(app_with(Middleware(failing))) as t:  # type: ignore[arg-type]
        response = await t.client.get("/fine")
        assert (response.status_code, response.json()["detail"]) == (402, "Pay first.")
        with capture_logs() as logs:
            response = await t.client.get("/bug")
        assert (response.status_code, len(logs)) == (500, 1)
        assert response.headers["x-request-id"] == response.json()["request_id"]


async def test_the_first_contributed_middleware_is_the_outermost() -> None:
    first, second = Middleware(naming("first")), Middleware(naming("second"))  # type: ignore[arg-type]
    async with started(app_with(first, second)) as t:
        response = await t.client.get("/http")
        assert response.headers.get_list("x-by") == ["second", "first"]


async def test_an_error_after_the_response_began_breaks_it_off() -> None:
    async with started(app_with()) as t:
        with capture_logs() as logs, pytest.raises(AssertionError):
            await t.client.get("/half")  # httpx2 asserts that a response was completed
        assert [log["event"] for log in logs] == ["response broken off"]


async def test_added_headers_cannot_be_split() -> None:
    request = Request({"type": "http", "hutch.headers": []})
    for name, value in (("x", "a\r\nset-cookie: b"), ("x\n", "a"), ("é", "a")):
        with pytest.raises(ValueError, match="cannot be sent as a header"):
            add_header(request, name, value)
    assert request.scope["hutch.headers"] == []
