"""The sandbox keeps the contract of the WhatsApp Cloud API; asked in plain HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest


async def send(sandbox, **content: Any) -> httpx2.Response:
    url = f"{sandbox.url}/whatsapp/v25.0/{sandbox.user_id}/messages"
    return await sandbox.http.post(url, **({"headers": sandbox.headers} | content))


def refused(answer: httpx2.Response) -> str:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, 100)
    return str(error["message"])


def text(**more: Any) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+49151",
        "type": "text",
        "text": {"body": "Hello"},
    } | more


async def test_a_message_is_sent_as_the_contract_has_it(on_whatsapp):
    answer = await send(on_whatsapp, json=text(to="+4915112345678"))

    [message] = answer.json()["messages"]
    assert message["id"].startswith("wamid.")
    assert answer.json()["contacts"] == [{"input": "+4915112345678", "wa_id": "4915112345678"}]
    assert answer.json()["messaging_product"] == "whatsapp"


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"messaging_product": "telegram"}, "$.messaging_product: "),
        ({"recipient_type": "everybody"}, "$.recipient_type: "),
        ({"to": "0151"}, "$.to: "),
        ({"type": "poem"}, "$.type: "),
        ({"text": {"body": "a" * 4097}}, "$.text.body: "),
        ({"text": {"body": "a", "bold": True}}, "$.text.bold: Extra inputs"),
        ({"biz_opaque_callback_data": "a" * 513}, "$.biz_opaque_callback_data: "),
        ({"body": "a"}, "$.body: Extra inputs"),
    ],
)
async def test_what_breaks_whatsapps_contract_is_refused(on_whatsapp, more, place: str):
    answer = await send(on_whatsapp, json=text(**more))

    assert refused(answer).startswith(f"(#100) {place}")
    assert on_whatsapp.posts == []


@pytest.mark.parametrize("content", [b"{", b"[]", b""])
async def test_a_body_that_is_no_object_is_refused(on_whatsapp, content: bytes):
    headers = on_whatsapp.headers | {"content-type": "application/json"}

    answer = await send(on_whatsapp, content=content, headers=headers)

    assert refused(answer)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"url": "http://127.0.0.1:9/", "verify_token": "a", "app_secret": "b"}, "does not answer"),
        ({"url": "nowhere", "verify_token": "a", "app_secret": "b"}, "$.url: "),
        ({"url": "http://127.0.0.1:9/", "verify_token": "", "app_secret": "b"}, "$.verify_token"),
    ],
)
async def test_a_webhook_that_cannot_work_is_refused(on_whatsapp, body, message: str):
    answer = await on_whatsapp.http.post(f"{on_whatsapp.url}/_sandbox/whatsapp/webhook", json=body)

    assert answer.status_code == 400
    assert message in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("known", "message"), [(True, "set the webhook first"), (False, "no such")]
)
async def test_nobody_hears_a_person_without_a_webhook(on_whatsapp, known: bool, message: str):
    number = on_whatsapp.user_id if known else "7"
    new = {"phone_number_id": number, "sender": "+4915112345678", "text": "Hello"}

    answer = await on_whatsapp.http.post(f"{on_whatsapp.url}/_sandbox/whatsapp/incoming", json=new)

    assert answer.status_code == 400
    assert message in answer.json()["errors"][0]["message"]
