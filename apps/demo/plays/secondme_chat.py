"""Both sides of SecondMe's play: the app over HTTP, and WhatsApp as the sandbox plays it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from demo.plays.asking import AGAIN, answer_to
from demo.plays.play import Scene


@dataclass(slots=True)
class Chat:
    """Who writes what, in one run.

    Attributes:
        secret: What WhatsApp signs its calls of the webhook with.
        number: WhatsApp's id of the number that is connected.
        written: The state that each text shall come to; None where it depends.
        pauses: The events of pauses that were heard.
    """

    scene: Scene
    secret: str = field(repr=False)
    number: str = ""
    written: dict[str, str | None] = field(default_factory=dict[str, str | None])
    pauses: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Post to the app's API, as its operator."""
        return await self._send(self.scene.client, "POST", f"/api/{path}", body or {})

    async def state(self) -> dict[str, Any]:
        """Read the dashboard."""
        found: dict[str, Any] = await self._send(self.scene.client, "GET", "/api/state")
        return found

    async def sandbox(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Read from the sandbox, or post to it."""
        url = f"{self.scene.sandbox}/_sandbox/{path}"
        async with httpx2.AsyncClient(timeout=10) as client:
            return await self._send(client, "GET" if body is None else "POST", url, body)

    async def write(self, sender: str, text: str, state: str | None, *, times: int = 1) -> None:
        """Let somebody write; WhatsApp may deliver it several times."""
        self.written[text] = state
        id = f"wamid.{secrets.token_hex(8)}"
        body = {"phone_number_id": self.number, "sender": sender, "text": text, "message_id": id}
        for _ in range(times):
            answers = (await self.sandbox("whatsapp/incoming", body))["answers"]
            assert answers == [200], f"the webhook answered {answers}"

    async def call(self, message: dict[str, Any], *, by_hand: bool = False) -> None:
        """Call the webhook as WhatsApp does."""
        body = self._body(message, by_hand=by_hand)
        assert await self._call(body, self.secret) == 200

    async def forge(self, message: dict[str, Any]) -> bool:
        """Call the webhook as somebody who pretends to be WhatsApp; tell whether it is refused."""
        return await self._call(self._body(message), "guessed") == 403

    async def phones(self) -> Counter[str]:
        """Count the answers on the phones by the message that they answer."""
        posts = (await self.sandbox("state"))["whatsapp"]["posts"]
        texts = [post["text"] for post in posts if self.scene.run in post["text"]]
        return Counter(text.partition("“")[2].partition("”")[0] for text in texts)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear pauses meanwhile, as the dashboard does."""
        ready = asyncio.Event()
        task = asyncio.create_task(self._listen(ready))
        await ready.wait()
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _listen(self, ready: asyncio.Event) -> None:
        while True:
            try:
                await self._hear(ready)
            except httpx2.HTTPError:
                await asyncio.sleep(AGAIN)

    async def _hear(self, ready: asyncio.Event) -> None:
        timeout = httpx2.Timeout(10, read=None)
        kind = ""
        async with self.scene.client.stream("GET", "/api/events", timeout=timeout) as stream:
            stream.raise_for_status()
            async for line in stream.aiter_lines():
                name, _, value = line.partition(": ")
                kind = value if name == "event" else kind
                if kind == "listening":
                    ready.set()
                if name == "data" and kind == "events:pause":
                    self.pauses.append(json.loads(value))

    async def _call(self, body: bytes, secret: str) -> int:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"x-hub-signature-256": f"sha256={digest}"}
        path = "/webhook/whatsapp"
        return (await self.scene.client.post(path, content=body, headers=headers)).status_code

    def _body(self, message: dict[str, Any], *, by_hand: bool = False) -> bytes:
        what = "message_echoes" if by_hand else "messages"
        value = {"metadata": {"phone_number_id": self.number}, what: [message]}
        change = {"field": "smb_message_echoes" if by_hand else "messages", "value": value}
        return json.dumps({"entry": [{"changes": [change]}]}).encode()

    async def _send(
        self, client: httpx2.AsyncClient, method: str, url: str, body: Any = None
    ) -> Any:
        answer = await answer_to(client, method, url, json=body)
        return answer.raise_for_status().json() if answer.content else None


def incoming(sender: str, text: str, *, age: int = 0) -> dict[str, Any]:
    """Make a message as the webhook has it."""
    return {
        "from": sender.removeprefix("+"),
        "id": f"wamid.{secrets.token_hex(8)}",
        "timestamp": str(int(time.time()) - age),
        "type": "text",
        "text": {"body": text},
    }
