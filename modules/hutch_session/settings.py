"""Settings of the sessions."""

from __future__ import annotations

from typing import Annotated

from pydantic import ByteSize, Field

from hutch.settings import Settings
from hutch_redis import Backend

_DAY = 24 * 60 * 60


class SessionSettings(Settings, section="session"):
    """Sessions of visitors, and the credentials that an app keeps for its users."""

    backend: Backend | None = None
    """redis or memory; by default memory in tests, else redis."""
    lifetime: Annotated[int, Field(ge=1)] = 7 * _DAY
    """Seconds that a session of the default profile lives, however often it is used."""
    remembered: Annotated[int, Field(ge=1)] = 30 * _DAY
    """Seconds that it lives for those who want to be remembered."""
    idle: Annotated[int, Field(ge=1)] | None = None
    """Seconds that it lives without a request; unset, its whole life."""
    encrypted: bool = True
    """Whether the vault encrypts the data of the default profile."""
    credential_lifetime: Annotated[int, Field(ge=1)] = _DAY
    """Seconds that a credential is kept."""
    data_limit: Annotated[ByteSize, Field(gt=0)] = ByteSize(64 * 1024)
    """The largest data of one session, in bytes or as 64KiB."""
