"""An app with the monitor and a guarded controller, and who logs in to it."""

from pydantic import SecretStr

from hutch import Module
from hutch.http import controller, get, guard, post
from hutch.testing import Testing
from hutch_monitor import MonitorSettings, RequireOperator, RequireViewer, monitor_module

OPERATOR = "the-operators-own-token"
VIEWER = "the-viewers-own-token"
HERE = {"origin": "http://testserver"}
ELSEWHERE = {"origin": "http://evil.example"}
PAGE = {"accept": "text/html"}


@controller("/things")
@guard(RequireViewer)
class Things:
    changes = 0

    @get("/")
    async def read(self) -> str:
        return "things"

    @post("/")
    @guard(RequireOperator)
    async def change(self) -> None:
        Things.changes += 1

    @get("/secret")
    @guard(RequireOperator)
    async def secret(self) -> str:
        return "secret"


def settings(**values: object) -> MonitorSettings:
    known = {"operator_token": SecretStr(OPERATOR), "viewer_token": SecretStr(VIEWER)}
    return MonitorSettings.model_validate({**known, **values})


def app() -> Module:
    return Module("app", imports=[monitor_module()], controllers=[Things])


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def log_in(t: Testing, token: str = OPERATOR) -> None:
    """Let the client have the cookie of who has this token."""
    answer = await t.client.post("/monitor/login", data={"token": token}, headers=HERE)
    assert answer.status_code == 303, answer.text
