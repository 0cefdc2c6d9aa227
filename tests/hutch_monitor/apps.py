"""An app with the monitor, and who logs in to it."""

from tests.hutch_auth.apps import (
    ELSEWHERE,
    HERE,
    OPERATOR,
    VIEWER,
    Books,
    Me,
    Things,
    bearer,
    settings,
)

from hutch import Module
from hutch.testing import Testing
from hutch_monitor import monitor_module

__all__ = [
    "ELSEWHERE",
    "HERE",
    "OPERATOR",
    "PAGE",
    "VIEWER",
    "app",
    "bearer",
    "log_in",
    "settings",
]

PAGE = {"accept": "text/html"}
LOGIN = "/monitor/login"


def app() -> Module:
    return Module("app", imports=[monitor_module()], controllers=[Things, Books, Me])


async def log_in(t: Testing, token: str = OPERATOR) -> None:
    """Let the client have the cookie of who has this token."""
    answer = await t.client.post(LOGIN, data={"token": token}, headers=HERE)
    assert answer.status_code == 303, answer.text
