"""Connection: WhatsApp is connected for a day, then again; in between there is a QR code."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import delete

from hutch_database import Database
from hutch_session import Credential, Credentials
from hutch_vault import Vault
from kit.platforms import Connected, LoggedOut, QrCode
from secondme.models import ONLY, QrOffer
from secondme.schemas import WhatsAppSession
from secondme.services.clock import now_ms
from secondme.services.errors import PairingFailed, PairingUnavailable
from secondme.services.pairing import Pairing
from secondme.services.telling import Telling
from secondme.settings import SecondMeSettings

PURPOSE = "secondme.qr_offer.pairing_id"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Connection:
    """Keeps the user connected. The session lies in Redis, the QR code in the database."""

    database: Database
    credentials: Credentials
    vault: Vault
    pairing: Pairing
    telling: Telling
    settings: SecondMeSettings

    async def session(self) -> WhatsAppSession | None:
        """Return what is needed to send; None where WhatsApp is not connected.

        Raises:
            SessionsUnavailable: Redis does not answer.
        """
        found = await self.credential()
        return None if found is None else WhatsAppSession.model_validate_json(found.token)

    async def credential(self) -> Credential | None:
        """Return the session as it is kept, with its times; None where there is none.

        Raises:
            SessionsUnavailable: Redis does not answer.
        """
        return await self.credentials.of(self.settings.user_id)

    async def offer(self) -> QrOffer | None:
        """Return the QR code that waits to be scanned."""
        async with self.database.session() as session:
            return await session.get(QrOffer, ONLY)

    async def keep(self) -> None:
        """Look after the connection; to be called every second.

        Raises:
            SessionsUnavailable: Redis does not answer.
        """
        if await self.credential() is not None:
            return
        try:
            await self._go_on(await self.offer())
        except PairingFailed as error:
            _log.warning("WhatsApp is not connected", reason=str(error))
            if not isinstance(error, PairingUnavailable):
                await self._forget()

    async def refused(self, token: str) -> None:
        """Forget the session where WhatsApp does not accept its token; a newer one stays.

        Raises:
            SessionsUnavailable: Redis does not answer.
        """
        session = await self.session()
        if session is not None and session.token == token:
            await self._drop()

    async def end(self) -> None:
        """Log out, here and there; a new QR code follows."""
        session = await self.session()
        await self._drop()
        if session is not None:
            try:
                await self.pairing.end(session.pairing_id)
            except PairingFailed as error:
                _log.warning("logged out here only", reason=str(error))

    async def _drop(self) -> None:
        if await self.credentials.remove(self.settings.user_id):
            await self.telling.connection(connected=False)

    async def _go_on(self, offer: QrOffer | None) -> None:
        if offer is None:
            id = await self.pairing.start()
        else:
            id = self.vault.decrypt_text(offer.pairing_id, purpose=PURPOSE)
        match await self.pairing.look(id):
            case Connected() as connected:
                await self._connect(id, connected)
            case QrCode() as code:
                await self._show(id, code, offer)
            case LoggedOut():
                await self._forget()

    async def _connect(self, id: str, connected: Connected) -> None:
        session = WhatsAppSession(
            phone_number_id=connected.phone_number_id,
            token=connected.token.get_secret_value(),
            pairing_id=id,
        )
        await self.credentials.store(self.settings.user_id, session.model_dump_json())
        await self._forget()
        await self.telling.connection(connected=True)

    async def _show(self, id: str, code: QrCode, offer: QrOffer | None) -> None:
        """Keep a code and tell of it, where it is another one than before."""
        if offer is not None and offer.picture == code.image:
            return
        sealed = self.vault.encrypt_text(id, purpose=PURPOSE)
        ends = now_ms() + round(code.expires_in * 1000)
        row = QrOffer(id=ONLY, pairing_id=sealed, picture=code.image, expires_at=ends)
        async with self.database.session() as session:
            await session.merge(row)
        await self.telling.qr(code.image, ends)

    async def _forget(self) -> None:
        async with self.database.session() as session:
            await session.execute(delete(QrOffer))
