"""A session that is connected by scanning a QR code, as a messaging app shows it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import io
import secrets
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import segno

from kit.sandbox.accounts import Grant

RENEWED = 20.0
"""Seconds after which a code is replaced by the next one."""


class SessionState(StrEnum):
    """Where a session is."""

    QR = "qr"
    CONNECTED = "connected"
    LOGGED_OUT = "logged_out"


@dataclass(slots=True)
class Session:
    """A session. Its codes follow from its key, so that none has to be kept."""

    username: str
    state: SessionState = SessionState.QR
    grant: Grant | None = field(default=None, repr=False)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    made_at: float = field(default_factory=time.time)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def version(self) -> str:
        """What is another one as soon as anything has changed."""
        turn = f"-{self._turn()}" if self.state is SessionState.QR else ""
        return f"{self.state}{turn}"

    @property
    def qr(self) -> str:
        """What the code says now; no other is taken."""
        turn = self._turn()
        proof = hmac.new(self._key, str(turn).encode(), hashlib.sha256).hexdigest()[:24]
        return f"hutch-sandbox:{self.id}:{turn}:{proof}"

    @property
    def expires_in(self) -> float:
        """How many seconds the code is still good."""
        return RENEWED - (time.time() - self.made_at) % RENEWED

    def scan(self, grant: Grant) -> None:
        """Connect it; ``accepts`` has looked at the code."""
        self.grant = grant
        self._become(SessionState.CONNECTED)

    def accepts(self, qr: str) -> bool:
        """Tell whether a code is the one that is shown now."""
        is_shown = self.state is SessionState.QR
        return is_shown and hmac.compare_digest(qr.encode(), self.qr.encode())

    def log_out(self) -> None:
        """End it; its token is good no longer."""
        if self.grant:
            self.grant.revoked = True
        self._become(SessionState.LOGGED_OUT)

    async def wait(self, after: str, seconds: float) -> None:
        """Wait until the version is another one, or so long."""
        until = time.monotonic() + seconds
        while self.version == after and (left := until - time.monotonic()) > 0:
            if self.state is SessionState.QR:
                left = min(left, self.expires_in + 0.01)
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                continue

    def plain(self) -> dict[str, Any]:
        """Tell how it stands, without its token."""
        told: dict[str, Any] = {
            "id": self.id,
            "username": self.username,
            "state": self.state.value,
            "version": self.version,
        }
        if self.state is SessionState.QR:
            told |= {
                "qr": self.qr,
                "image": _picture(self.qr),
                "expires_in": round(self.expires_in, 3),
            }
        if self.grant:
            told["phone_number_id"] = self.grant.account.user_id
        return told

    def _become(self, state: SessionState) -> None:
        self.state = state
        self._changed.set()
        self._changed = asyncio.Event()

    def _turn(self) -> int:
        return int((time.time() - self.made_at) // RENEWED)


def _picture(code: str) -> str:
    drawn = io.BytesIO()
    segno.make_qr(code).save(drawn, kind="png", scale=5)
    return base64.b64encode(drawn.getvalue()).decode()
