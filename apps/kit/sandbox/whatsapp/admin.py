"""The sandbox's own endpoints for WhatsApp: its webhook, and people who write."""

from __future__ import annotations

from dataclasses import dataclass

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.faults import Fault, Faults, PlatformName
from kit.sandbox.whatsapp.hook import Hook
from kit.sandbox.whatsapp.payloads import incoming
from kit.sandbox.whatsapp.requests import NewHook, NewIncoming
from kit.sandbox.whatsapp.state import WhatsAppState
from kit.sandbox.x.problems import invalid, problems


def whatsapp_admin_routes(state: WhatsAppState, faults: Faults) -> list[Route]:
    """List the routes that set the webhook and let a person write."""
    admin = _Admin(state, faults)
    return [
        Route("/_sandbox/whatsapp/webhook", admin.subscribe, methods=["POST"]),
        Route("/_sandbox/whatsapp/incoming", admin.write, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class _Admin:
    state: WhatsAppState
    faults: Faults

    async def subscribe(self, request: Request) -> Response:
        with problems():
            new = NewHook.model_validate_json(await request.body())
        hook = Hook(str(new.url), new.verify_token, new.app_secret)
        try:
            known = await hook.verify()
        except httpx2.RequestError as error:
            raise invalid([f"$.url: it does not answer ({type(error).__name__})"]) from error
        if not known:
            raise invalid(["$.url: it did not answer the verification with its challenge"])
        self.state.hook = hook
        return JSONResponse({"url": hook.url}, 201)

    async def write(self, request: Request) -> Response:
        with problems():
            new = NewIncoming.model_validate_json(await request.body())
        account = self.state.accounts.by_id.get(new.phone_number_id)
        if account is None:
            raise invalid(["$.phone_number_id: no such number is connected"])
        if self.state.hook is None:
            raise invalid(["set the webhook first: POST /_sandbox/whatsapp/webhook"])
        order = self.faults.take(PlatformName.WHATSAPP, {Fault.REDELIVERED})
        payload = incoming(account, new.sender.removeprefix("+"), new.text, new.message_id)
        answers = await self.state.hook.deliver(payload, 2 if order else 1)
        return JSONResponse({"answers": answers}, 201)
