from contextlib import nullcontext

import pytest
from starlette.requests import HTTPConnection
from tests.hutch_monitor.apps import ELSEWHERE, HERE, OPERATOR, VIEWER, Things, bearer, log_in

from hutch import Module, bind
from hutch.http import Forbidden
from hutch.testing import Testing, testing
from hutch_monitor import Access, Operator, Operators, RequireViewer, operators_module
from hutch_monitor.cookie import COOKIE


@pytest.mark.req("X-16")
async def test_nobody_passes_without_login(t: Testing) -> None:
    answer = await t.client.get("/things/")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["detail"] == (
        "Log in at the monitor, or send a token: Authorization: Bearer."
    )


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer wrong-but-long-enough", f"Basic {OPERATOR}", "Bearer \udcff"],
)
async def test_wrong_tokens_do_not_pass(t: Testing, header: str) -> None:
    raw = header.encode("utf-8", "surrogatepass")
    answer = await t.client.get("/things/", headers={b"authorization": raw})
    assert answer.status_code == 401


async def test_a_bearer_token_passes(t: Testing) -> None:
    for token in (OPERATOR, VIEWER):
        answer = await t.client.get("/things/", headers=bearer(token))
        assert answer.json() == "things"
    lower = {"authorization": f"bearer {OPERATOR}"}
    assert (await t.client.get("/things/", headers=lower)).status_code == 200


async def test_the_cookie_passes(t: Testing) -> None:
    await log_in(t)
    assert (await t.client.get("/things/")).json() == "things"


async def test_a_wrong_bearer_token_is_not_helped_by_the_cookie(t: Testing) -> None:
    await log_in(t)
    for token in ("nobody", ""):
        assert (await t.client.get("/things/", headers=bearer(token))).status_code == 401


@pytest.mark.req("X-16")
async def test_viewers_change_nothing(t: Testing) -> None:
    answer = await t.client.post("/things/", headers=bearer(VIEWER))
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This needs the role operator; you are a viewer."
    assert (await t.client.get("/things/secret", headers=bearer(VIEWER))).status_code == 403
    assert Things.changes == 0


async def test_operators_change_things(t: Testing) -> None:
    assert (await t.client.post("/things/", headers=bearer(OPERATOR))).status_code == 204
    assert Things.changes == 1


@pytest.mark.req("X-16")
@pytest.mark.parametrize(
    "headers",
    [
        ELSEWHERE,
        {"origin": "null"},
        {"origin": "http://[no-address"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", **HERE},
        {},
    ],
)
async def test_a_forged_request_with_the_cookie_changes_nothing(
    t: Testing, headers: dict[str, str]
) -> None:
    await log_in(t)
    answer = await t.client.post("/things/", headers=headers)
    assert answer.status_code == 403
    assert "does not come from a page of this app" in answer.json()["detail"]
    assert Things.changes == 0


@pytest.mark.parametrize("headers", [HERE, {"sec-fetch-site": "same-origin"}])
async def test_a_page_of_the_app_changes_things(t: Testing, headers: dict[str, str]) -> None:
    await log_in(t)
    assert (await t.client.post("/things/", headers=headers)).status_code == 204


async def test_a_bearer_token_needs_no_origin(t: Testing) -> None:
    await log_in(t)
    headers = {**bearer(OPERATOR), **ELSEWHERE}
    assert (await t.client.post("/things/", headers=headers)).status_code == 204


@pytest.mark.parametrize(("headers", "passes"), [(HERE, True), (ELSEWHERE, False), ({}, False)])
async def test_another_site_opens_no_websocket(
    t: Testing, headers: dict[str, str], passes: bool
) -> None:
    await log_in(t)
    sent = {"host": "testserver", "cookie": f"{COOKIE}={t.client.cookies[COOKIE]}", **headers}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    connection = HTTPConnection({"type": "websocket", "headers": raw})
    guard = RequireViewer(t.get(Operators))
    with nullcontext() if passes else pytest.raises(Forbidden):
        await guard(connection)


async def test_the_description_of_the_api_names_the_scheme(t: Testing) -> None:
    document = (await t.client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"] == {
        "operatorToken": {"type": "http", "scheme": "bearer"}
    }


class Accounts:
    """What a module with user accounts would bind."""

    async def authenticate(self, token: str, /) -> Operator | None:
        return None

    async def who(self, connection: HTTPConnection, /) -> Operator | None:
        return Operator("ada", Access.OPERATOR) if "x-ada" in connection.headers else None


async def test_another_binding_of_the_port_decides() -> None:
    module = Module("app", imports=[operators_module()], controllers=[Things])
    async with testing(module, bind(Operators).to(Accounts)) as t:
        assert (await t.client.get("/things/", headers={"x-ada": "1"})).status_code == 200
        assert (await t.client.get("/things/")).status_code == 401
