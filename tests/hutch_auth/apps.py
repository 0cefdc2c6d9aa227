"""An app with guarded controllers and a login page, and who logs in to it."""

from typing import Any

from pydantic import BaseModel, SecretStr
from starlette.requests import Request
from starlette.routing import Router
from starlette.types import ASGIApp

from hutch import Inject, Module
from hutch.contributions import Mount
from hutch.http import controller, delete, get, guard, post
from hutch.testing import Testing
from hutch_auth import (
    Auth,
    AuthSettings,
    CurrentUser,
    LoggedIn,
    LoginPage,
    RequireRole,
    operators_module,
)

OPERATOR = "the-operators-own-token"
VIEWER = "the-viewers-own-token"
PASSWORD = "correct horse battery"
HERE = {"origin": "http://testserver"}
ELSEWHERE = {"origin": "http://evil.example"}
LOGIN = "/account/login"


@controller("/things")
@guard(RequireRole("viewer"))
class Things:
    changes = 0

    @get("/")
    async def read(self) -> str:
        return "things"

    @post("/")
    @guard(RequireRole("operator"))
    async def change(self) -> None:
        Things.changes += 1

    @get("/secret")
    @guard(RequireRole("operator"))
    async def secret(self) -> str:
        return "secret"


@controller("/books")
@guard(RequireRole("editor"))
class Books:
    @get("/")
    async def read(self) -> str:
        return "books"


@controller("/me")
class Me:
    @get("/")
    async def read(self, user: Inject[CurrentUser]) -> dict[str, Any]:
        return {"name": user.name, "roles": sorted(user.roles), "id": user.id}

    @post("/")
    async def change(self, user: Inject[CurrentUser]) -> str:
        return user.label


class Note(BaseModel):
    text: str


@controller("/notes")
@guard(LoggedIn)
class Notes:
    @post("/")
    async def write(self, note: Note, user: Inject[CurrentUser]) -> str:
        return f"{user.label}: {note.text}"


class Credentials(BaseModel):
    name: str
    password: SecretStr


@controller("/session")
class Own:
    """A login of the app's own."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth

    @post("/")
    async def log_in(self, request: Request, credentials: Credentials) -> str:
        password = credentials.password.get_secret_value()
        return (await self._auth.log_in(request, credentials.name, password)).label

    @delete("/")
    async def log_out(self, request: Request) -> None:
        await self._auth.log_out(request)


def make_account(page: LoginPage) -> ASGIApp:
    return Router(page.routes())


def app_with(auth: Module) -> Module:
    return Module(
        "app",
        imports=[auth],
        controllers=[Things, Books, Me, Notes, Own],
        exports=[auth],
        contributions=[Mount("/account", make_account)],
    )


app = app_with(operators_module())


def settings(**values: object) -> AuthSettings:
    """Make settings with both tokens, and hashes that cost little."""
    known: dict[str, object] = {"operator_token": OPERATOR, "viewer_token": VIEWER}
    cheap = {"hash_memory": 7 * 1024 * 1024, "hash_rounds": 1, "hash_lanes": 1}
    return AuthSettings.model_validate({**known, **cheap, **values})


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def log_in(t: Testing, token: str = OPERATOR) -> None:
    """Let the client have the cookie of who has this token."""
    answer = await t.client.post(LOGIN, data={"token": token}, headers=HERE)
    assert answer.status_code == 303, answer.text
