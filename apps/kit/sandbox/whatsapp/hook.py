"""The app's webhook, as Meta calls it: signed, over the bytes that are sent."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import ssl
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the app listens, and what both sides know."""

    url: str
    verify_token: str = field(repr=False)
    app_secret: str = field(repr=False)

    async def verify(self) -> bool:
        """Ask the address whether it knows the token."""
        challenge = secrets.token_hex(8)
        query = {
            "hub.mode": "subscribe",
            "hub.verify_token": self.verify_token,
            "hub.challenge": challenge,
        }
        async with _client() as http:
            answer = await http.get(self.url, params=query)
        return answer.status_code == 200 and answer.text == challenge

    async def deliver(self, payload: dict[str, Any], times: int = 1) -> list[int]:
        """Deliver a payload; return the status of each answer, 0 where none came."""
        # Meta writes characters beyond ASCII as escapes, so that JSON written anew differs.
        body = json.dumps(payload, ensure_ascii=True, separators=(",", ":")).encode()
        digest = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json",
            "x-hub-signature-256": f"sha256={digest}",
        }
        async with _client() as http:
            return [await _status(http, self.url, body, headers) for _ in range(times)]


async def _status(http: httpx2.AsyncClient, url: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        return (await http.post(url, content=body, headers=headers)).status_code
    except httpx2.RequestError:
        return 0


def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(timeout=5, trust_env=False, verify=_tls())


@cache
def _tls() -> ssl.SSLContext:
    """Read the certificates once: it takes longer than a call of the webhook."""
    return ssl.create_default_context()
