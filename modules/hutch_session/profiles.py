"""Profiles: how long sessions live, and where and how they are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from hutch.discovery import Discovery
from hutch_session.errors import InvalidProfile, UnknownProfile
from hutch_session.settings import SessionSettings

DEFAULT = "default"
# fmt: off
OWN_FIELDS = frozenset((
    "createdAt", "expiresAt", "seenAt", "userId", "idle", "version", "issued",
    "handle", "index", "epoch", "next", "follow", "data", "stamp", "remember",
))
# fmt: on

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_PLACE = "{id}"
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SessionProfile:
    """A kind of session.

    Args:
        name: What ``create(profile=...)`` calls it; ``"default"`` takes the place of the
            one that the settings describe.
        lifetime: How long it lives, however often it is used.
        remembered: How long with ``remember``.
        idle: How long it lives without a request; None is its whole life.
        key: The name of its record; ``{id}`` becomes the SHA-256 of its id.
        encrypted: Whether the vault encrypts its data.
        plain: Names in the data whose text is copied beside it, not encrypted, for other
            programs that read the record.

    Raises:
        InvalidProfile: One of them cannot work.
    """

    name: str
    lifetime: timedelta = timedelta(days=7)
    remembered: timedelta = timedelta(days=30)
    idle: timedelta | None = None
    key: str = "session:{id}"
    encrypted: bool = True
    plain: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise self._refused("a name has 1 to 32 of a-z 0-9 _ - and begins with a letter")
        idle = _SECOND if self.idle is None else self.idle
        if min(self.lifetime, self.remembered, idle) < _SECOND:
            raise self._refused("lifetime, remembered and idle are a second or more")
        if self.key.split(":").count(_PLACE) != 1:
            raise self._refused(f"key {self.key!r} needs one part {_PLACE}, e.g. 'session:{{id}}'")
        taken = OWN_FIELDS.intersection(self.plain)
        if taken:
            raise self._refused(f"plain {sorted(taken)[0]!r} is a field of the record's own")

    def key_parts(self, digest: str) -> list[str]:
        """Return the parts of a record's key."""
        return [digest if part == _PLACE else part for part in self.key.split(":")]

    def _refused(self, reason: str) -> InvalidProfile:
        return InvalidProfile(f"SessionProfile({self.name!r}): {reason}.")


class Profiles:
    """The profiles of the app: that of the settings, and those that modules declare."""

    def __init__(self, discovery: Discovery, settings: SessionSettings) -> None:
        self._discovery = discovery
        self._settings = settings
        self._known: dict[str, SessionProfile] | None = None

    def __getitem__(self, name: str) -> SessionProfile:
        """Return a profile.

        Raises:
            UnknownProfile: No module declares it; tells which ones there are.
        """
        profile = self.get(name)
        if profile is None:
            known = ", ".join(sorted(self._all()))
            raise UnknownProfile(
                f"no module declares the session profile {name!r}; there are: {known}. "
                f"Import session_module(SessionProfile({name!r}))."
            )
        return profile

    def get(self, name: str) -> SessionProfile | None:
        """Return a profile, None where there is none of that name."""
        return self._all().get(name)

    @property
    def longest(self) -> int:
        """For how many seconds a session can live, as far as the profiles say now."""
        profiles = self._all().values()
        return seconds(max(max(p.lifetime, p.remembered) for p in profiles))

    @property
    def any_encrypted(self) -> bool:
        """Whether a profile needs the vault."""
        return any(profile.encrypted for profile in self._all().values())

    def _all(self) -> dict[str, SessionProfile]:
        if self._known is None:
            known: dict[str, SessionProfile] = {}
            for profile in self._discovery.declared(SessionProfile):
                if known.setdefault(profile.name, profile) != profile:
                    raise InvalidProfile(
                        f"the session profile {profile.name!r} is declared twice and not alike; "
                        "declare it once."
                    )
            known.setdefault(DEFAULT, _of_settings(self._settings))
            self._known = known
        return self._known


def seconds(duration: timedelta) -> int:
    """Return whole seconds."""
    return duration // _SECOND


def _of_settings(settings: SessionSettings) -> SessionProfile:
    return SessionProfile(
        DEFAULT,
        lifetime=timedelta(seconds=settings.lifetime),
        remembered=timedelta(seconds=settings.remembered),
        idle=None if settings.idle is None else timedelta(seconds=settings.idle),
        encrypted=settings.encrypted,
    )
