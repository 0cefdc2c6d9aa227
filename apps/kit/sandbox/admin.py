"""The sandbox's own endpoints, which no platform has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.faults import FaultOrder, PlatformName
from kit.sandbox.state import SandboxState
from kit.sandbox.strict import Strict
from kit.sandbox.x.problems import problems

Social = Literal[
    PlatformName.X,
    PlatformName.LINKEDIN,
    PlatformName.FACEBOOK,
    PlatformName.INSTAGRAM,
    PlatformName.WHATSAPP,
]


class NewAccount(Strict):
    """The body of ``POST /_sandbox/accounts``."""

    platform: Social = PlatformName.X
    username: str = Field(default="hutch", pattern=r"^\w{1,15}$")


def admin_routes(state: SandboxState) -> list[Route]:
    """List the routes that make accounts, order faults and show what was posted."""
    admin = _Admin(state)
    return [
        Route("/_sandbox/accounts", admin.connect, methods=["POST"]),
        Route("/_sandbox/faults", admin.order_fault, methods=["POST"]),
        Route("/_sandbox/state", admin.show, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class _Admin:
    state: SandboxState

    async def connect(self, request: Request) -> Response:
        with problems():
            new = NewAccount.model_validate_json(await request.body() or b"{}")
        grant = self.state.social[new.platform].connect(new.username)
        return JSONResponse(
            {
                "user_id": grant.account.user_id,
                "username": grant.account.username,
                "access_token": grant.pair.access,
                "refresh_token": grant.pair.refresh,
                "expires_at": grant.pair.expires_at.isoformat(),
            },
            201,
        )

    async def order_fault(self, request: Request) -> Response:
        with problems():
            order = FaultOrder.model_validate_json(await request.body())
        self.state.faults.order(order)
        return JSONResponse(order.model_dump(mode="json"), 201)

    async def show(self, request: Request) -> Response:
        return JSONResponse(self.state.shown(), headers={"cache-control": "no-store"})
