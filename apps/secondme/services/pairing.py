"""Pairing: how WhatsApp is connected; at once by the settings, or by a QR code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from hutch import bind
from kit.platforms import (
    Connected,
    LoggedOut,
    PlatformError,
    PlatformSettings,
    QrCode,
    RetryAfter,
    RetryBackoff,
    WhatsAppPairing,
)
from secondme.services.errors import PairingFailed, PairingUnavailable
from secondme.settings import SecondMeSettings

NAME = "secondme"
"""What the other side shows the user who scans."""
DAY = timedelta(days=1)


class Pairing(Protocol):
    """Connects WhatsApp. All its methods raise ``PairingFailed``."""

    async def start(self) -> str:
        """Ask for a connection; return its id."""
        ...

    async def look(self, id: str) -> QrCode | Connected | LoggedOut:
        """Tell how a connection stands now."""
        ...

    async def end(self, id: str) -> None:
        """End a connection; its token is good no longer."""
        ...


@dataclass(frozen=True, slots=True)
class TokenPairing(Pairing):
    """The WhatsApp Cloud API: number and token are settings, and there is no QR code."""

    settings: SecondMeSettings

    async def start(self) -> str:
        """See the port."""
        return "settings"

    async def look(self, id: str) -> QrCode | Connected | LoggedOut:
        """Return the token of the settings; see the port."""
        token, number = self.settings.access_token, self.settings.phone_number_id
        if token is None or not number:
            raise PairingFailed(
                "secondme.phone_number_id and secondme.access_token are not both set: take them "
                "from the app's page at Meta, and set HUTCH_SECONDME__PHONE_NUMBER_ID and "
                "HUTCH_SECONDME__ACCESS_TOKEN."
            )
        return Connected(number, token, datetime.now(UTC) + DAY)

    async def end(self, id: str) -> None:
        """See the port; the token of the settings stays what it is."""


@dataclass(frozen=True, slots=True)
class QrPairing(Pairing):
    """A server that offers QR codes, such as the sandbox."""

    pairing: WhatsAppPairing

    async def start(self) -> str:
        """See the port."""
        try:
            return await self.pairing.start(NAME)
        except PlatformError as error:
            raise _failed(error) from error

    async def look(self, id: str) -> QrCode | Connected | LoggedOut:
        """See the port."""
        try:
            return await anext(self.pairing.events(id))
        except PlatformError as error:
            raise _failed(error) from error

    async def end(self, id: str) -> None:
        """See the port."""
        try:
            await self.pairing.log_out(id)
        except PlatformError as error:
            raise _failed(error) from error


def chosen(platforms: PlatformSettings) -> str:
    """Name the pairing of the settings."""
    return "token" if platforms.whatsapp_pairing_url is None else "qr"


def _failed(error: PlatformError) -> PairingFailed:
    kind = PairingUnavailable if isinstance(error, RetryAfter | RetryBackoff) else PairingFailed
    return kind(f"WhatsApp is not connected: {error}")


PAIRING = bind(Pairing).choose(chosen, token=TokenPairing, qr=QrPairing)
"""By QR code where ``platforms.whatsapp_pairing_url`` says where, else by the settings."""
