"""What the sandbox understands of a request to WhatsApp; anything else is refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, HttpUrl, StringConstraints

from kit.sandbox.strict import Strict

Number = Annotated[str, StringConstraints(pattern=r"^\+?[1-9]\d{4,14}$")]


class Text(Strict):
    """The text of a message."""

    body: Annotated[str, Field(min_length=1, max_length=4096)]
    preview_url: bool = False


class Context(Strict):
    """The message that is answered."""

    message_id: str


class NewMessage(Strict):
    """The body of ``POST /{phone_number_id}/messages``, as far as the sandbox plays it."""

    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual"]
    to: Number
    type: Literal["text"]
    text: Text
    context: Context | None = None
    biz_opaque_callback_data: Annotated[str, Field(max_length=512)] = ""


class NewHook(Strict):
    """The body of ``POST /_sandbox/whatsapp/webhook``."""

    url: HttpUrl
    verify_token: str = Field(min_length=1)
    app_secret: str = Field(min_length=1)


class NewSession(Strict):
    """The body of ``POST /_sandbox/whatsapp/sessions``."""

    username: Annotated[str, Field(pattern=r"^\w{1,15}$")] = "hutch"


class Scan(Strict):
    """The body of a scan: what the QR code says."""

    qr: str


class Wait(Strict):
    """The query of a look at a session: wait until it is no longer the version known."""

    after: str = ""
    wait: float = Field(default=0, ge=0, le=25)


class NewIncoming(Strict):
    """The body of ``POST /_sandbox/whatsapp/incoming``."""

    phone_number_id: str
    sender: Number
    text: str
    message_id: str = ""
