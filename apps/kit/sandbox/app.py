"""The sandbox: one server that plays the platforms."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from kit.sandbox.admin import admin_routes
from kit.sandbox.page import page_routes
from kit.sandbox.state import SandboxState
from kit.sandbox.x import x_routes
from kit.sandbox.x.problems import Refusal


def sandbox_app(state: SandboxState) -> Starlette:
    """Make the app. Serve it with ``serving``: lost answers need its protocol."""
    return Starlette(
        routes=[*page_routes(), *admin_routes(state), *x_routes(state.x, state.faults)],
        exception_handlers={Refusal: _refuse},
    )


async def _refuse(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return refusal.response()
