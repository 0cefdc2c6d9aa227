"""SecondMe on a real Redis, with its number on a sandbox of WhatsApp, as tests drive it."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from hutch.testing import Testing
from hutch_redis import Redis
from kit.sandbox import Fault, FaultOrder, PlatformName, SandboxState
from kit.sandbox.accounts import Grant
from secondme.services.connection import Connection

TOKEN = "the-operators-own-token"
BEARER = {"authorization": f"Bearer {TOKEN}"}
APP_SECRET = "the-secret-that-meta-signs-with"
VERIFY_TOKEN = "the-token-of-the-webhook"
HOOK = "/webhook/whatsapp"
ADA, BEN, CAM = "+4915110000001", "+4915110000002", "+4915110000003"

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Phone:
    """The sandbox of WhatsApp, and the number that SecondMe answers for."""

    url: str
    state: SandboxState
    grant: Grant

    @property
    def id(self) -> str:
        return self.grant.account.user_id

    @property
    def token(self) -> str:
        return self.grant.pair.access

    def answers(self, number: str | None = None) -> list[str]:
        """What was sent to a number, or to all, in order."""
        sent = reversed(self.state.whatsapp.of(self.id))
        to = number and number.removeprefix("+")
        return [message.text for message in sent if to in (None, message.to)]

    def fault(self, fault: Fault, **more: Any) -> None:
        self.state.faults.order(FaultOrder(platform=PlatformName.WHATSAPP, fault=fault, **more))


@dataclass(frozen=True)
class Me:
    """A started SecondMe, on a port of its own.

    Attributes:
        client: Speaks to it as its operator.
    """

    t: Testing
    client: httpx2.AsyncClient
    phone: Phone
    redis: Redis = field(repr=False)

    async def post(self, path: str, status: int = 204, **content: Any) -> Any:
        answer = await self.client.post(path, **({"json": {}} | content))
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def get(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def add(self, number: str) -> str:
        return str((await self.post("/api/contacts", 201, json={"number": number}))["id"])

    async def enabled(self, number: str) -> str:
        contact = await self.add(number)
        await self.post(f"/api/contacts/{contact}/enable")
        return contact

    async def write(self, number: str, text: str, message_id: str = "") -> None:
        """Let a person write, over the sandbox's signed call of the webhook."""
        new = {"phone_number_id": self.phone.id, "sender": number, "text": text}
        async with httpx2.AsyncClient(timeout=10) as client:
            url = f"{self.phone.url}/_sandbox/whatsapp/incoming"
            answer = await client.post(url, json=new | {"message_id": message_id})
        assert answer.status_code == 201, answer.text
        assert set(answer.json()["answers"]) == {200}, answer.text

    async def hook(self, payload: Any, signature: str | None = None) -> httpx2.Response:
        """Call the webhook by hand, signed unless told otherwise."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"x-hub-signature-256": sign(body) if signature is None else signature}
        return await self.client.post(HOOK, content=body, headers=headers)

    async def messages(self) -> dict[str, dict[str, Any]]:
        """All messages by what was written."""
        return {one["content"]: one for one in (await self.get("/api/state"))["messages"]}

    async def states(self) -> dict[str, str]:
        return {text: one["state"] for text, one in (await self.messages()).items()}

    async def come_to(self, state: str, *texts: str) -> None:
        """Wait until messages, named by what was written, are in a state."""

        async def there() -> bool:
            found = await self.states()
            return all(found.get(text) == state for text in texts)

        await until(there)

    async def connection(self) -> dict[str, Any]:
        return dict((await self.get("/api/state"))["connection"])

    async def is_connected(self, connected: bool = True) -> None:
        async def there() -> bool:
            return (await self.connection())["connected"] is connected

        await until(there)

    async def connect(self) -> None:
        """Connect now, where no QR code is needed; the app does so by itself each second."""
        await self.t.get(Connection).keep()
        await self.is_connected()

    async def hooked(self) -> None:
        """Let the sandbox call the webhook."""
        url = str(self.client.base_url).rstrip("/") + HOOK
        hook = {"url": url, "verify_token": VERIFY_TOKEN, "app_secret": APP_SECRET}
        async with httpx2.AsyncClient(timeout=10) as client:
            answer = await client.post(f"{self.phone.url}/_sandbox/whatsapp/webhook", json=hook)
        assert answer.status_code == 201, answer.text


@asynccontextmanager
async def hearing(me: Me, channel: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Collect what is told on a channel, as any program would hear it."""
    client: Any = me.redis.blocking
    heard: list[dict[str, Any]] = []
    async with client.pubsub(ignore_subscribe_messages=True) as raw:
        await raw.subscribe(me.redis.key(*channel.split(":")))
        await raw.get_message(timeout=5)

        async def listen() -> None:
            async for one in raw.listen():
                heard.append(json.loads(one["data"]))

        task = asyncio.create_task(listen())
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.wait([task])


async def has(heard: list[Any], number: int = 1) -> None:
    """Wait until so many events are heard."""

    async def there() -> bool:
        return len(heard) >= number

    await until(there)


def sign(body: bytes, secret: str = APP_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def told(phone_number_id: str, value: dict[str, Any], field: str = "messages") -> dict[str, Any]:
    """Make the payload of a webhook."""
    metadata = {"display_phone_number": "15550100000", "phone_number_id": phone_number_id}
    change = {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata}}
    change["value"] |= value  # type: ignore[operator]
    return {"object": "whatsapp_business_account", "entry": [{"id": "9", "changes": [change]}]}


def incoming(number: str, text: str, *, wamid: str = "", age: int = 0) -> dict[str, Any]:
    return {
        "from": number.removeprefix("+"),
        "id": wamid or f"wamid.{next(_numbers)}",
        "timestamp": str(int(time.time()) - age),
        "type": "text",
        "text": {"body": text},
    }


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.04)
