"""WhatsApp's adapter and webhook over real sockets, against the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kit.platforms import (
    Delivery,
    DeliveryStatus,
    FailPermanent,
    Incoming,
    NeedsReauth,
    PauseAccount,
    RetryAfter,
    RetryBackoff,
    Unknown,
    WhatsAppClient,
    WhatsAppWebhook,
    read_events,
)
from kit.sandbox.server import Guest, listen

TOKEN = SecretStr("secret-token")
PERSON = "+4915112345678"


@dataclass
class App:
    """An app with a webhook, and what it was told."""

    url: str
    webhook: WhatsAppWebhook
    told: asyncio.Queue[Incoming | Delivery] = field(default_factory=asyncio.Queue)

    async def verify(self, request: Request) -> Response:
        challenge = self.webhook.challenge(request.query_params)
        return Response(status_code=403) if challenge is None else PlainTextResponse(challenge)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.webhook.check(body, request.headers.get("x-hub-signature-256"))
        for event in read_events(body):
            self.told.put_nowait(event)
        return Response()

    async def hear(self, count: int) -> list[Incoming | Delivery]:
        async with asyncio.timeout(5):
            return [await self.told.get() for _ in range(count)]


@pytest.fixture
async def app(on_whatsapp) -> AsyncIterator[App]:
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    app = App(url, WhatsAppWebhook(on_whatsapp.settings()))
    routes = [
        Route("/hook", app.verify, methods=["GET"]),
        Route("/hook", app.take, methods=["POST"]),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes), lifespan="off", log_level="critical", ws="none"
    )
    guest = Guest(config)
    task = asyncio.create_task(guest.serve([listener]))
    try:
        answer = await subscribe(on_whatsapp, url)
        assert answer.status_code == 201, answer.text
        yield app
    finally:
        on_whatsapp.state.whatsapp.hook = None
        guest.should_exit = True
        await task
    assert app.told.empty()


async def subscribe(sandbox, url: str, verify_token: str = "verify-token") -> httpx2.Response:
    new = {"url": url, "verify_token": verify_token, "app_secret": "app-secret"}
    return await sandbox.http.post(f"{sandbox.url}/_sandbox/whatsapp/webhook", json=new)


async def write(sandbox, text: str, **more: str) -> httpx2.Response:
    new = {"phone_number_id": sandbox.user_id, "sender": PERSON, "text": text} | more
    return await sandbox.http.post(f"{sandbox.url}/_sandbox/whatsapp/incoming", json=new)


async def test_a_text_is_sent(whatsapp: WhatsAppClient, on_whatsapp):
    wamid = await whatsapp.send_text(
        on_whatsapp.token,
        on_whatsapp.user_id,
        to=PERSON,
        body="Hello 😀",
        reply_to="wamid.A",
        reference="outbox-1",
    )

    [message] = on_whatsapp.state.whatsapp.of(on_whatsapp.user_id)
    assert (message.id, message.text, message.to) == (wamid, "Hello 😀", "4915112345678")
    assert (message.reply_to, message.reference) == ("wamid.A", "outbox-1")


async def test_the_webhook_tells_what_became_of_a_message(app: App, whatsapp, on_whatsapp):
    wamid = await whatsapp.send_text(
        on_whatsapp.token, on_whatsapp.user_id, to=PERSON, body="Hello", reference="outbox-1"
    )

    events = await app.hear(3)

    assert [event.status for event in events] == ["sent", "delivered", "read"]
    assert {(event.id, event.reference) for event in events} == {(wamid, "outbox-1")}
    assert {event.phone_number_id for event in events} == {on_whatsapp.user_id}
    assert all(abs(datetime.now(UTC) - event.at) < timedelta(seconds=10) for event in events)


@pytest.mark.parametrize("fault", ["5xx_after_commit", "response_lost_after_commit"])
async def test_the_webhook_settles_a_lost_answer(app: App, whatsapp, on_whatsapp, fault: str):
    await on_whatsapp.fault(fault)

    with pytest.raises(Unknown, match="look it up"):
        await whatsapp.send_text(
            on_whatsapp.token, on_whatsapp.user_id, to=PERSON, body="Lost", reference="outbox-2"
        )

    assert {event.reference for event in await app.hear(3)} == {"outbox-2"}
    assert on_whatsapp.posts == ["Lost"]


async def test_what_comes_twice_or_in_any_order_can_be_sorted_out(app: App, whatsapp, on_whatsapp):
    for fault in ("webhook_out_of_order", "webhook_redelivered"):
        await on_whatsapp.fault(fault)
    heard: list[DeliveryStatus] = []
    for count in (3, 6):
        await whatsapp.send_text(on_whatsapp.token, on_whatsapp.user_id, to=PERSON, body="a")
        heard += [event.status for event in await app.hear(count)]

    assert heard[:3] == ["read", "delivered", "sent"]
    assert heard[3:] == ["sent", "sent", "delivered", "delivered", "read", "read"]
    assert max(heard[:3], key=lambda status: status.rank) is DeliveryStatus.READ


async def test_a_message_of_a_person_comes_in_signed(app: App, on_whatsapp):
    answer = await write(on_whatsapp, "Grüße 😀", message_id="wamid.IN")

    assert answer.json() == {"answers": [200]}
    [event] = await app.hear(1)
    assert isinstance(event, Incoming)
    assert (event.id, event.kind, event.text) == ("wamid.IN", "text", "Grüße 😀")
    assert (event.sender, event.phone_number_id) == ("4915112345678", on_whatsapp.user_id)
    assert "Grüße" not in repr(event)
    assert "4915112345678" not in repr(event)


async def test_a_message_may_come_twice_with_one_id(app: App, on_whatsapp):
    await on_whatsapp.fault("webhook_redelivered")

    await write(on_whatsapp, "Hello")

    first, second = await app.hear(2)
    assert first.id == second.id


async def test_an_address_that_does_not_know_the_token_is_not_taken(app: App, on_whatsapp):
    answer = await subscribe(on_whatsapp, app.url, verify_token="another")

    assert answer.status_code == 400
    assert "did not answer the verification" in answer.text


@pytest.mark.parametrize(
    ("fault", "outcome", "said"),
    [
        ("429", RetryBackoff, "130429"),
        ("pair_limited", RetryAfter, "131056"),
        ("window_closed", FailPermanent, "131047"),
        ("suspended", PauseAccount, "131031"),
        ("expired_token", NeedsReauth, "190"),
    ],
)
async def test_a_refusal_sends_nothing(whatsapp, on_whatsapp, fault, outcome, said):
    await on_whatsapp.fault(fault)

    with pytest.raises(outcome, match=f"WhatsApp answered 4.. code {said} to POST"):
        await whatsapp.send_text(on_whatsapp.token, on_whatsapp.user_id, to=PERSON, body="Hello")

    assert on_whatsapp.posts == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"body": "a" * 4097}, "This message counts 4097 of WhatsApp's 4096: shorten it by 1."),
        ({"body": " "}, "This message is empty: give it text."),
        ({"to": "0151 private"}, "The recipient is no phone number"),
        ({"reference": "r" * 513}, "The reference has 513 characters; WhatsApp takes 512."),
        ({"phone_number_id": "../1"}, "'../1' is no WhatsApp phone number id"),
    ],
)
async def test_what_whatsapp_would_refuse_is_not_sent(scripted, changed, message):
    whatsapp, asked = scripted(WhatsAppClient, httpx2.Response(500))
    call = {"phone_number_id": "1", "to": PERSON, "body": "Hello"} | changed

    with pytest.raises(FailPermanent) as refused:
        await whatsapp.send_text(TOKEN, **call)

    assert str(refused.value).startswith(message)
    assert "private" not in str(refused.value)
    assert asked == []


@pytest.mark.parametrize("body", [{"messages": []}, {}, {"messages": [{"id": ""}]}])
async def test_a_success_that_names_no_message_is_unknown(scripted, body: dict[str, Any]):
    whatsapp, _ = scripted(WhatsAppClient, httpx2.Response(200, json=body))

    with pytest.raises(Unknown, match="without what was asked for"):
        await whatsapp.send_text(TOKEN, "1", to=PERSON, body="Hello")
