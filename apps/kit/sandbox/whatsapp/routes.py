"""The endpoint of the WhatsApp Cloud API that sends messages."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.faults import PLAYED, Fault, FaultOrder, Faults, PlatformName
from kit.sandbox.graph.door import Door, Visit
from kit.sandbox.graph.refusals import checked
from kit.sandbox.refusals import Refusal
from kit.sandbox.spoiling import spoil
from kit.sandbox.whatsapp import refusals
from kit.sandbox.whatsapp.payloads import status
from kit.sandbox.whatsapp.requests import NewMessage
from kit.sandbox.whatsapp.state import StoredMessage, WhatsAppState

DELIVERING = frozenset({Fault.REDELIVERED, Fault.OUT_OF_ORDER})
"""These strike the webhook, not the call that sends."""

_SENDING = PLAYED[PlatformName.WHATSAPP] - DELIVERING


def whatsapp_routes(state: WhatsAppState, faults: Faults) -> list[Route]:
    """List the routes of the Cloud API, below ``/whatsapp``."""
    whatsapp = _WhatsApp(state, faults, Door(state.accounts, state.windows))
    path = "/whatsapp/{version}/{node}/messages"
    return [Route(path, whatsapp.send, methods=["POST"])]


@dataclass(frozen=True, slots=True)
class _WhatsApp:
    state: WhatsAppState
    faults: Faults
    door: Door

    async def send(self, request: Request) -> Response:
        order = self.faults.take(PlatformName.WHATSAPP, _SENDING)

        async def serve(visit: Visit) -> Response:
            return await self._send(visit, order)

        expire = order is not None and order.fault is Fault.EXPIRED_TOKEN
        return await self.door.serve(request, serve, expire=expire)

    async def _send(self, visit: Visit, order: FaultOrder | None) -> Response:
        visit.own()
        with checked():
            new = NewMessage.model_validate(visit.params)
        refused = refusals.of(order.fault) if order else None
        if refused:
            raise refused
        message = self._add(visit, new)
        try:
            response = await spoil(order, _answer(new, message), refusals.broken())
        except Refusal as refusal:
            response = refusal.response()
        # Whatever comes of the answer, the webhook is told what became of the message.
        response.background = BackgroundTask(self._tell, message)
        return response

    def _add(self, visit: Visit, new: NewMessage) -> StoredMessage:
        return self.state.add(
            visit.account,
            new.to.removeprefix("+"),
            new.text.body,
            reply_to=new.context.message_id if new.context else "",
            reference=new.biz_opaque_callback_data,
        )

    async def _tell(self, message: StoredMessage) -> None:
        if self.state.hook is None:
            return
        order = self.faults.take(PlatformName.WHATSAPP, DELIVERING)
        fault, names = order.fault if order else None, ["sent", "delivered", "read"]
        if fault is Fault.OUT_OF_ORDER:
            names.reverse()
        for name in names:
            times = 2 if fault is Fault.REDELIVERED else 1
            await self.state.hook.deliver(status(message, name), times)


def _answer(new: NewMessage, message: StoredMessage) -> Response:
    return JSONResponse(
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": new.to, "wa_id": message.to}],
            "messages": [{"id": message.id}],
        }
    )
