from collections.abc import AsyncIterator
from contextlib import nullcontext

import pytest
from starlette.requests import HTTPConnection
from tests.hutch_auth.apps import (
    ELSEWHERE,
    HERE,
    OPERATOR,
    VIEWER,
    Things,
    app_with,
    bearer,
    log_in,
)

from hutch import bind
from hutch.http import Forbidden
from hutch.testing import Testing, testing
from hutch_auth import (
    Auth,
    CurrentUser,
    InvalidUser,
    RequireRole,
    operators_module,
    refuse_foreign,
)
from hutch_auth.cookie import COOKIE
from hutch_auth.token_auth import TokenAuth


@pytest.mark.req("X-16")
async def test_nobody_passes_without_login(t: Testing) -> None:
    answer = await t.client.get("/things/")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["detail"] == "Log in, or send a token: Authorization: Bearer."


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


@pytest.mark.parametrize("origin", [b"null", b"", b"http://", b"http://[no-address", b"//"])
@pytest.mark.parametrize("hosts", [[], [b""], [b"null"]])
def test_an_origin_that_names_no_host_is_foreign(origin: bytes, hosts: list[bytes]) -> None:
    headers = [(b"origin", origin), *((b"host", host) for host in hosts)]
    connection = HTTPConnection({"type": "http", "method": "POST", "headers": headers})
    with pytest.raises(Forbidden):
        refuse_foreign(connection)


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
    guard = RequireRole("viewer")(t.get(Auth))
    with nullcontext() if passes else pytest.raises(Forbidden):
        await guard(connection)


async def test_the_description_of_the_api_names_the_scheme(t: Testing) -> None:
    document = (await t.client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"] == {
        "bearerToken": {"type": "http", "scheme": "bearer"}
    }


class Family:
    """Another way to know who it is."""

    takes_passwords = takes_tokens = False

    async def who(self, connection: HTTPConnection, /) -> CurrentUser | None:
        roles = connection.headers.get("x-roles")
        return None if roles is None else CurrentUser("ada", frozenset(roles.split()), "7")

    async def log_in(
        self, connection: HTTPConnection, name: str, password: str, /, *, remember: bool = False
    ) -> CurrentUser:
        raise NotImplementedError

    async def log_in_with_token(self, connection: HTTPConnection, token: str, /) -> CurrentUser:
        raise NotImplementedError

    async def log_out(self, connection: HTTPConnection, /) -> None:
        raise NotImplementedError

    async def log_out_everywhere(self, user: CurrentUser, /) -> None:
        raise NotImplementedError


@pytest.fixture
async def family() -> AsyncIterator[Testing]:
    async with testing(app_with(operators_module()), bind(Auth).to(Family)) as t:
        yield t


async def test_another_binding_of_the_port_decides(family: Testing) -> None:
    assert (await family.client.get("/things/", headers={"x-roles": "viewer"})).status_code == 200
    assert (await family.client.get("/things/")).status_code == 401


@pytest.mark.parametrize(
    ("roles", "statuses"),
    [
        ("viewer", (200, 403, 403)),
        ("operator", (200, 200, 403)),
        ("admin", (200, 200, 200)),
        ("editor", (403, 403, 200)),
        ("editor operator", (200, 200, 200)),
        ("", (403, 403, 403)),
    ],
)
async def test_a_role_covers_those_below_it(
    family: Testing, roles: str, statuses: tuple[int, int, int]
) -> None:
    paths = ("/things/", "/things/secret", "/books/")
    answers = [await family.client.get(path, headers={"x-roles": roles}) for path in paths]
    assert tuple(answer.status_code for answer in answers) == statuses


async def test_who_has_no_role_is_told_so(family: Testing) -> None:
    for roles, told in (("", "a user without a role"), ("editor b", "a b and editor")):
        answer = await family.client.get("/things/", headers={"x-roles": roles})
        assert answer.json()["detail"] == f"This needs the role viewer; you are {told}."


async def test_handlers_get_who_it_is(t: Testing) -> None:
    answer = await t.client.get("/me/", headers=bearer(VIEWER))
    assert answer.json() == {"name": "viewer", "roles": ["viewer"], "id": None}
    assert (await t.client.get("/me/")).status_code == 401


async def test_who_is_injected_is_protected_against_forged_requests(t: Testing) -> None:
    await log_in(t)
    assert (await t.client.post("/me/", headers=ELSEWHERE)).status_code == 403
    assert (await t.client.post("/me/", headers=HERE)).json() == "operator"


async def test_somebody_is_asked_for_once_a_request(
    t: Testing, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    who = TokenAuth.who

    async def watch(self: TokenAuth, connection: HTTPConnection, /) -> CurrentUser | None:
        asked.append(connection)
        return await who(self, connection)

    monkeypatch.setattr(TokenAuth, "who", watch)
    await t.client.get("/things/secret", headers=bearer(OPERATOR))
    assert len(asked) == 1


@pytest.mark.parametrize("role", ["", "Operator", "operator ", "a" * 65, "1st", "rôle", "a\n"])
def test_what_can_be_no_role_is_refused_where_it_is_written(role: str) -> None:
    with pytest.raises(InvalidUser, match="write up to 64 of a-z 0-9") as raised:
        RequireRole(role)
    assert repr(role[:64]) in str(raised.value)


def test_one_role_is_one_guard() -> None:
    assert RequireRole("operator") is RequireRole("operator")
    assert RequireRole("operator").__name__ == "RequireRole(operator)"


def test_a_repr_shows_no_name() -> None:
    user = CurrentUser("ada@example.org", frozenset({"viewer"}), "7")
    assert "ada" not in repr(user)
    assert user.label == "user 7"
