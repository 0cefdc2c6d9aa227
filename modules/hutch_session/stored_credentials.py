"""Credentials over a store: encryption, times, checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from hutch_redis import InvalidKey, Keys
from hutch_session.credentials import Credential
from hutch_session.errors import InvalidSession, SessionTooLarge
from hutch_session.owner import check_user
from hutch_session.settings import SessionSettings
from hutch_vault import Vault, VaultError

_SECONDS_BEFORE = 10**11
_KEYS = Keys("app:")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A credential as it is kept; times in Unix milliseconds.

    Records of other programs have seconds; numbers below 10^11 (of 1973 in milliseconds)
    are read as such.
    """

    sealed: str = field(repr=False)
    connected: int
    expires: int

    @property
    def expires_ms(self) -> int:
        """When it ends, in milliseconds whatever the record has."""
        return _milliseconds(self.expires)

    def opened(self, token: str) -> Credential:
        """Return what the app sees."""
        return Credential(token, _time(self.connected), _time(self.expires))


class CredentialStore(Protocol):
    """Keeps one record for each user."""

    async def put(self, user: str, sealed: str, lifetime: int) -> Kept:
        """Keep a record for as many seconds, in place of the one before."""
        ...

    async def get(self, user: str) -> Kept | None:
        """Return a record that has not ended."""
        ...

    async def drop(self, user: str) -> bool:
        """Remove a record; return whether there was one."""
        ...


class StoredCredentials:
    """The port over any store."""

    def __init__(self, store: CredentialStore, vault: Vault, settings: SessionSettings) -> None:
        self._store = store
        self._vault = vault
        self._lifetime = settings.credential_lifetime
        self._limit = int(settings.data_limit)

    async def store(self, user: str, token: str) -> Credential:
        """Keep a user's credential; see the port."""
        purpose = _purpose(user)
        if not token:
            raise InvalidSession("credential: the token is empty; remove() forgets one.")
        if len(token) > self._limit:
            raise SessionTooLarge(
                f"credential: {len(token)} characters, at most {self._limit} are allowed "
                "(HUTCH_SESSION__DATA_LIMIT)."
            )
        sealed = self._vault.encrypt_text(token, purpose=purpose)
        kept = await self._store.put(user, sealed, self._lifetime)
        return kept.opened(token)

    async def of(self, user: str) -> Credential | None:
        """Return a user's credential; see the port."""
        purpose = _purpose(user)
        kept = await self._store.get(user)
        if kept is None:
            return None
        try:
            return kept.opened(self._vault.decrypt_text(kept.sealed, purpose=purpose))
        except VaultError as error:
            _log.warning("credential cannot be read", error=error.code)
            return None

    async def remove(self, user: str) -> bool:
        """Forget a user's credential; see the port."""
        _purpose(user)
        return await self._store.drop(user)


def _purpose(user: str) -> str:
    try:
        _KEYS.key("SESSION", check_user(user))
    except InvalidKey:
        # Its message quotes the user.
        raise InvalidSession(
            "credential: the user's id cannot stand in a key; it is too long, or has control "
            "characters."
        ) from None
    return f"credential {user}"


def _milliseconds(moment: int) -> int:
    return moment * 1000 if moment < _SECONDS_BEFORE else moment


def _time(moment: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=_milliseconds(moment))
