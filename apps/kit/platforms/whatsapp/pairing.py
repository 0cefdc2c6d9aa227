"""Connecting a WhatsApp account by a QR code, where a server offers it.

Meta's Cloud API does not: there a business connects its number at Meta, once. The sandbox
offers it, so that an app can show the flow that people know from their phones.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import httpx2
from pydantic import AwareDatetime, SecretStr

from kit.platforms.api import Api, Call
from kit.platforms.graph.rules import judge
from kit.platforms.outcomes import FailPermanent
from kit.platforms.settings import PlatformSettings
from kit.platforms.wire import Wire

_LONGEST_WAIT = 20.0


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code to show. It is as good as a password while it lasts.

    Attributes:
        payload: What it says.
        image: It as a PNG, in base64.
        expires_in: Seconds until another one takes its place.
    """

    payload: str = field(repr=False)
    image: str = field(repr=False)
    expires_in: float


@dataclass(frozen=True, slots=True)
class Connected:
    """Somebody has scanned the code: with these, ``WhatsAppClient`` sends."""

    phone_number_id: str
    token: SecretStr
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The session has ended, here or on the phone: ask for a new one."""


class Session(Wire):
    """A session as the server tells it."""

    id: str
    state: Literal["qr", "connected", "logged_out"]
    version: str
    qr: SecretStr = SecretStr("")
    image: SecretStr = SecretStr("")
    expires_in: float = 0
    phone_number_id: str = ""
    access_token: SecretStr = SecretStr("")
    expires_at: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class WhatsAppPairing:
    """Connect accounts by QR codes. All its errors are ``kit.platforms.outcomes``.

    Example:
        ``async for event in pairing.events(await pairing.start("hutch")): ...``
    """

    http: httpx2.AsyncClient = field(repr=False)
    settings: PlatformSettings = field(repr=False)

    async def start(self, username: str) -> str:
        """Ask for a session; return its id, which is a secret of the app.

        Raises:
            FailPermanent: ``platforms.whatsapp_pairing_url`` is not set, or refuses the name.
            RetryBackoff: The server was not reached or did not answer.
        """
        call = Call("POST", "")
        return (await self._api().read(Session, call, None, json={"username": username})).id

    async def events(self, session_id: str) -> AsyncIterator[QrCode | Connected | LoggedOut]:
        """Tell each code as it takes the last one's place, then the connection, then its end.

        It waits at the server, and ends with ``LoggedOut``. After an error call it again: it
        begins with how the session stands.

        Raises:
            FailPermanent: There is no such session: ask for a new one.
            RetryBackoff: The server was not reached or did not answer.
        """
        version = ""
        wait = min(_LONGEST_WAIT, self.settings.read_timeout / 2)
        while True:
            query = {"after": version, "wait": str(wait)}
            told = await self._api().read(Session, _at("GET", session_id), None, params=query)
            if told.version == version:
                continue
            version = told.version
            yield _event(told)
            if told.state == "logged_out":
                return

    async def log_out(self, session_id: str) -> None:
        """End a session: its token is good no longer. May be repeated.

        Raises:
            PlatformError: As ``events``.
        """
        await self._api().send(_at("DELETE", session_id), None)

    def _api(self) -> Api:
        url = self.settings.whatsapp_pairing_url
        if url is None:
            raise FailPermanent(
                "WhatsApp's Cloud API connects no account by a QR code: set "
                "platforms.whatsapp_pairing_url to a server that does, such as the sandbox."
            )
        return Api("WhatsApp's pairing", self.http, url, judge("WhatsApp's pairing"))


def _at(method: str, session_id: str) -> Call:
    if not session_id.isalnum():
        raise FailPermanent("This is no id of a session: it is what `start` has returned.")
    return Call(method, f"/{session_id}")


def _event(told: Session) -> QrCode | Connected | LoggedOut:
    if told.state == "connected" and told.expires_at:
        return Connected(told.phone_number_id, told.access_token, told.expires_at)
    if told.state == "logged_out":
        return LoggedOut()
    return QrCode(told.qr.get_secret_value(), told.image.get_secret_value(), told.expires_in)
