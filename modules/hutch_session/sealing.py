"""Sealing: a session's data as bytes that only this app can read."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from hutch_session.data import Data, decode, encode
from hutch_session.errors import SessionTooLarge
from hutch_session.ids import Place
from hutch_session.owner import Owner
from hutch_session.profiles import Profiles
from hutch_session.settings import SessionSettings
from hutch_session.store import Content, Record
from hutch_vault import Vault

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Cipher:
    """What encrypts: the vault, opened only if a profile needs it."""

    vault: Vault | None


def cipher_kind(profiles: Profiles) -> str:
    """Name the cipher that the app's profiles need."""
    return "vault" if profiles.any_encrypted else "none"


def with_vault(vault: Vault) -> Cipher:
    """Return a cipher; the vault must have its keys."""
    return Cipher(vault)


def without_vault() -> Cipher:
    """Return a cipher for profiles of which none is encrypted."""
    return Cipher(None)


class Sealing:
    """Writes and reads the data of records, by what their profile says."""

    def __init__(self, settings: SessionSettings, cipher: Cipher) -> None:
        self._limit = int(settings.data_limit)
        self._vault = cipher.vault

    def seal(self, place: Place, owner: Owner, data: Data) -> Content:
        """Write data for a place and an owner; encrypted it can be read for no others.

        Raises:
            InvalidSession: It is no JSON.
            SessionTooLarge: It is larger than the setting allows.
        """
        sealed = encode(data)
        self._check(len(sealed))
        # A name that holds no text (any more) is removed beside the data.
        plain = {name: _text(data.get(name)) for name in place.profile.plain}
        if place.profile.encrypted and self._vault is not None:
            sealed = self._vault.encrypt(sealed, purpose=_purpose(place, owner))
        return Content(sealed, plain)

    def open(self, record: Record) -> tuple[Data, bytes] | None:
        """Read the data of a record, also as JSON.

        Returns:
            None, with a line in the log, if it cannot be read.
        """
        place, text = record.place, record.sealed
        try:
            if place.profile.encrypted and self._vault is not None:
                text = self._vault.decrypt(text, purpose=_purpose(place, record.owner))
            return decode(text), text
        except ValueError as error:
            _log.warning("session cannot be read", error=getattr(error, "code", "no-json"))
            return None

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise SessionTooLarge(
                f"session data: {size} bytes, at most {self._limit} are allowed "
                "(HUTCH_SESSION__DATA_LIMIT); keep large things elsewhere and their ids here."
            )


def _purpose(place: Place, owner: Owner) -> str:
    # How long the stamp is tells it from the user, whatever is in the two.
    stamp = owner.stamp or ""
    return f"session {place.handle} {len(stamp)} {stamp}{owner.user or ''}"


def _text(part: object) -> str | None:
    return part if isinstance(part, str) else None
