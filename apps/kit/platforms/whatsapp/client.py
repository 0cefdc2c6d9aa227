"""WhatsApp, spoken to over the Cloud API."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx2
from pydantic import Field, SecretStr

from kit.platforms.api import Call
from kit.platforms.draft import Limits
from kit.platforms.graph.client import graph
from kit.platforms.graph.ids import node
from kit.platforms.graph.usage import Meter
from kit.platforms.outcomes import FailPermanent
from kit.platforms.settings import PlatformSettings
from kit.platforms.whatsapp.errors import JUDGE
from kit.platforms.wire import Wire

LIMITS = Limits("WhatsApp", 4096, media=0, noun="message")
MAX_REFERENCE = 512
_NUMBER = re.compile(r"\+?[1-9]\d{4,14}")


class SentMessage(Wire):
    """A message in the answer to sending it."""

    id: str = Field(min_length=1)


class Sent(Wire):
    """The answer to ``POST /{phone_number_id}/messages``."""

    messages: Annotated[tuple[SentMessage, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class WhatsAppClient:
    """Send messages by WhatsApp. All its errors are ``kit.platforms.outcomes``.

    Example:
        ``await whatsapp.send_text(token, "106540352242922", to="+49151...", body="Hello")``
    """

    http: httpx2.AsyncClient = field(repr=False)
    settings: PlatformSettings = field(repr=False)
    _meter: Meter = field(default_factory=Meter, init=False, repr=False)

    async def send_text(
        self,
        token: SecretStr,
        phone_number_id: str,
        *,
        to: str,
        body: str,
        reply_to: str = "",
        reference: str = "",
    ) -> str:
        """Send a text; return WhatsApp's id of the message. Not safe to repeat after ``Unknown``.

        Args:
            token: The business's access token.
            phone_number_id: WhatsApp's id of the number that sends.
            to: The person's number with its country code.
            body: At most 4,096 characters.
            reply_to: The id of a message of this conversation, to answer it.
            reference: The app's own id of the message, at most 512 characters. The webhook
                tells it with each status, so that an ``Unknown`` can be settled.

        Raises:
            FailPermanent: The message is refused, or was before sending.
            Unknown: It may be sent: wait for a status with its reference.
            NeedsReauth: The token has ended or lacks a permission.
            PauseAccount: The number is blocked for a while.
            RetryAfter: The limit, or the one for this person, is reached; nothing was sent.
            RetryBackoff: WhatsApp was not reached, or is busy.
        """
        LIMITS.check(body)
        message: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": _number(to),
            "type": "text",
            "text": {"body": body},
        }
        if reply_to:
            message["context"] = {"message_id": reply_to}
        if reference:
            message["biz_opaque_callback_data"] = _short(reference)
        return await self._send(token, phone_number_id, message)

    async def _send(self, token: SecretStr, phone_number_id: str, message: dict[str, Any]) -> str:
        base_url = self.settings.whatsapp_base_url
        api = graph("WhatsApp", self.http, base_url, self.settings, JUDGE, self._meter)
        number = node(phone_number_id, "WhatsApp phone number id")
        call = Call("POST", f"/{number}/messages", writes=True)
        return (await api.read(Sent, call, token, json=message)).messages[0].id


def _number(to: str) -> str:
    if not _NUMBER.fullmatch(to):
        # The number is personal data, so it is not quoted.
        raise FailPermanent("The recipient is no phone number: digits, with the country code.")
    return to


def _short(reference: str) -> str:
    if len(reference) > MAX_REFERENCE:
        raise FailPermanent(
            f"The reference has {len(reference)} characters; WhatsApp takes {MAX_REFERENCE}."
        )
    return reference
