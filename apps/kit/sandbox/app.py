"""The sandbox: one server that plays the platforms."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from kit.sandbox.admin import admin_routes
from kit.sandbox.ebay import ebay_routes
from kit.sandbox.facebook import facebook_routes
from kit.sandbox.instagram import instagram_routes
from kit.sandbox.linkedin import linkedin_routes
from kit.sandbox.openai import openai_routes
from kit.sandbox.page import page_routes
from kit.sandbox.people import world_routes
from kit.sandbox.refusals import Refusal
from kit.sandbox.state import SandboxState
from kit.sandbox.strangers import Strangers
from kit.sandbox.whatsapp import session_routes, whatsapp_admin_routes, whatsapp_routes
from kit.sandbox.x import x_routes


def sandbox_app(state: SandboxState) -> Starlette:
    """Make the app. Serve it with ``serving``: lost answers need its protocol."""
    return Starlette(
        routes=[
            *page_routes(),
            *admin_routes(state),
            *world_routes(state.world),
            *session_routes(state.whatsapp),
            *whatsapp_admin_routes(state.whatsapp, state.faults),
            *x_routes(state.x, state.faults),
            *linkedin_routes(state.linkedin, state.faults),
            *facebook_routes(state.facebook, state.faults),
            *instagram_routes(state.instagram, state.faults),
            *whatsapp_routes(state.whatsapp, state.faults),
            *ebay_routes(state.ebay, state.faults),
            *openai_routes(state.openai, state.faults),
        ],
        exception_handlers={Refusal: _refuse},
        middleware=[Middleware(Strangers)],
    )


async def _refuse(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return refusal.response()
