"""Ids: the secret that a cookie holds, and the public name that is made of it."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from hutch_session.profiles import DEFAULT, Profiles, SessionProfile

_BYTES = 32
_ID = re.compile(r"(?:([a-z][a-z0-9_-]{0,31})\.)?[A-Za-z0-9_-]{43}")
_HANDLE = re.compile(r"(?:([a-z][a-z0-9_-]{0,31})\.)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session is kept; it tells nothing of its id.

    Attributes:
        profile: The profile.
        digest: The SHA-256 of the id.
    """

    profile: SessionProfile
    digest: str

    @property
    def handle(self) -> str:
        """The session's public name."""
        return _named(self.profile, self.digest)


def new_id(profile: SessionProfile) -> str:
    """Draw an id of 256 random bits; it names the profile, unless that is the default."""
    return _named(profile, secrets.token_urlsafe(_BYTES))


def place_of(id: str, profiles: Profiles) -> Place | None:
    """Return where the session of an id is kept; None where no id looks like this."""
    match = _ID.fullmatch(id)
    profile = profiles.get(match[1] or DEFAULT) if match else None
    if profile is None:
        return None
    # Of the whole id, so that the same secret under another profile is another place.
    return Place(profile, hashlib.sha256(id.encode()).hexdigest())


def place_of_handle(handle: str, profiles: Profiles) -> Place | None:
    """Return where the session of a public name is kept; None where no name looks like this."""
    match = _HANDLE.fullmatch(handle)
    profile = profiles.get(match[1] or DEFAULT) if match else None
    return Place(profile, match[2]) if match and profile else None


def _named(profile: SessionProfile, text: str) -> str:
    return text if profile.name == DEFAULT else f"{profile.name}.{text}"
