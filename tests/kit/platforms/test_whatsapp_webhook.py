"""Calls of WhatsApp's webhook: who may make them, and what they tell."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kit.platforms import (
    Delivery,
    DeliveryStatus,
    Echo,
    Incoming,
    InvalidSignature,
    PlatformSettings,
    WhatsAppWebhook,
    read_events,
)

SECRETS = {"whatsapp_app_secret": "app-secret", "whatsapp_verify_token": "verify-token"}


def test_the_challenge_is_answered_to_whoever_knows_the_token():
    webhook = WhatsAppWebhook(PlatformSettings(**SECRETS))
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": "verify-token",
        "hub.challenge": "1158201444",
    }

    assert webhook.challenge(query) == "1158201444"
    assert webhook.challenge(query | {"hub.mode": "unsubscribe"}) is None
    assert webhook.challenge(query | {"hub.verify_token": "verify-töken"}) is None
    assert webhook.challenge({}) is None


def signed(body: bytes, secret: str = "app-secret") -> str:
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def test_the_signature_is_over_the_bytes_as_they_came():
    webhook = WhatsAppWebhook(PlatformSettings(**SECRETS))
    body = b'{"entry": [], "object":"\\ud83d\\ude00"}'
    webhook.check(body, signed(body))

    anew = json.dumps(json.loads(body), ensure_ascii=False).encode()
    with pytest.raises(InvalidSignature, match="does not fit the body"):
        webhook.check(anew, signed(body))


@pytest.mark.parametrize(
    "signature",
    [None, "", "sha256=", signed(b"x", "another"), signed(b"x")[7:], "sha1=00", "sha256=é"],
)
def test_what_is_not_signed_is_refused(signature: str | None):
    with pytest.raises(InvalidSignature):
        WhatsAppWebhook(PlatformSettings(**SECRETS)).check(b"x", signature)


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_nothing_is_taken(secret: str | None):
    webhook = WhatsAppWebhook(
        PlatformSettings(whatsapp_app_secret=secret, whatsapp_verify_token=secret)
    )

    with pytest.raises(ValueError, match=r"platforms\.whatsapp_app_secret is not set"):
        webhook.check(b"x", signed(b"x", ""))
    with pytest.raises(ValueError, match=r"platforms\.whatsapp_verify_token is not set"):
        webhook.challenge({"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"})


def payload(*values: dict[str, Any], name: str = "messages") -> bytes:
    metadata = {"display_phone_number": "1", "phone_number_id": "7"}
    changes = [{"field": name, "value": {"metadata": metadata} | value} for value in values]
    entry = {"id": "9", "changes": changes}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def message(**more: Any) -> dict[str, Any]:
    return {"from": "49", "id": "wamid.1", "timestamp": "1749416383", "type": "text"} | more


def test_several_events_may_come_at_once():
    failed = {"code": 131026, "title": "Message undeliverable"}
    status = {"id": "wamid.2", "status": "failed", "timestamp": "1749416390", "recipient_id": "49"}
    text = message(text={"body": "Hello"}, context={"from": "1", "id": "wamid.0"})
    image = message(id="wamid.3", type="image", image={"id": "1"})

    events = read_events(
        payload({"messages": [text, image]}, {"statuses": [status | {"errors": [failed]}]})
    )

    at = datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)
    assert events == (
        Incoming("wamid.1", "7", at, "text", "49", "Hello", "wamid.0"),
        Incoming("wamid.3", "7", at, "image", "49", "", ""),
        Delivery(
            "wamid.2", "7", at + timedelta(seconds=7), DeliveryStatus.FAILED, "49", "", 131026
        ),
    )


def test_what_is_new_is_passed_over():
    played = {"id": "wamid.2", "status": "played", "timestamp": "1", "recipient_id": "49"}

    assert read_events(payload({"statuses": [played]})) == ()
    assert read_events(payload({"anything": 1}, name="group_settings_update")) == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"entry": ["private"]}'])
def test_what_is_no_webhook_is_refused_without_quoting_it(body: bytes):
    with pytest.raises(ValueError, match="no webhook of WhatsApp") as e:
        read_events(body)

    assert "private" not in f"{e.value} {e.value.__cause__}"


def test_what_people_write_on_the_phone_is_told_apart():
    echo = {
        "from": "15550100000",
        "to": "4915112345678",
        "id": "wamid.E",
        "timestamp": "1795290000",
        "type": "text",
        "text": {"body": "I am back"},
    }
    value = {"metadata": {"phone_number_id": "7"}, "message_echoes": [echo, {"id": "broken"}]}
    change = {"field": "smb_message_echoes", "value": value}
    body = json.dumps({"entry": [{"changes": [change]}]}).encode()

    at = datetime.fromtimestamp(1795290000, UTC)
    assert read_events(body) == (Echo("wamid.E", "7", at, "text", "4915112345678", "I am back"),)
