"""What the webhook is told."""

from __future__ import annotations

import time
from typing import Any

from kit.sandbox.accounts import Account
from kit.sandbox.whatsapp.state import StoredMessage, wamid


def incoming(account: Account, sender: str, text: str, message_id: str = "") -> dict[str, Any]:
    """Tell of a text that a person has sent to a business."""
    message = {
        "from": sender,
        "id": message_id or wamid(),
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": text},
    }
    contact = {"profile": {"name": "Sandbox"}, "wa_id": sender}
    return _payload(account, {"contacts": [contact], "messages": [message]})


def status(message: StoredMessage, name: str) -> dict[str, Any]:
    """Tell what became of a message."""
    told = {
        "id": message.id,
        "status": name,
        "timestamp": str(int(time.time())),
        "recipient_id": message.to,
    }
    if message.reference:
        told["biz_opaque_callback_data"] = message.reference
    return _payload(message.author, {"statuses": [told]})


def _payload(account: Account, told: dict[str, Any]) -> dict[str, Any]:
    metadata = {"display_phone_number": "15550100000", "phone_number_id": account.user_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata} | told
    change = {"field": "messages", "value": value}
    entry = {"id": f"9{account.user_id}", "changes": [change]}
    return {"object": "whatsapp_business_account", "entry": [entry]}
