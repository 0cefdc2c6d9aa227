"""The webhook that WhatsApp calls."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hutch.http import BadRequest, Forbidden, ServiceUnavailable, body_up_to, controller, get, post
from kit.platforms import InvalidSignature, WhatsAppWebhook, read_events
from secondme.services.reception import Reception

LARGEST = 4 * 1024 * 1024
"""Bytes of a body. WhatsApp sends up to 3 MB at once, and what is refused again for days."""


@controller("/webhook/whatsapp")
@dataclass
class WebhookController:
    """Takes what WhatsApp tells, once it is sure that WhatsApp tells it."""

    webhook: WhatsAppWebhook
    reception: Reception

    @get("/")
    async def verify(self, request: Request) -> Response:
        """Answer the verification of this address with its challenge."""
        try:
            challenge = self.webhook.challenge(request.query_params)
        except ValueError as error:
            raise ServiceUnavailable(str(error)) from None
        if challenge is None:
            raise Forbidden("hub.verify_token is not platforms.whatsapp_verify_token.")
        return PlainTextResponse(challenge)

    @post("/")
    async def take(self, request: Request) -> Response:
        """Take messages and statuses; 200 says that none of them can be lost any more."""
        body = await body_up_to(request, LARGEST)
        try:
            self.webhook.check(body, request.headers.get("x-hub-signature-256"))
        except InvalidSignature as error:
            raise Forbidden(str(error)) from None
        except ValueError as error:
            raise ServiceUnavailable(str(error)) from None
        try:
            events = read_events(body)
        except ValueError as error:
            raise BadRequest(str(error)) from None
        await self.reception.take(events)
        return Response(status_code=200)
